import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withChannelTable } from './channel-table.ts';
import { packageRoot } from './package-root.ts';

// Run by `npm run docs`.
const readme = join(packageRoot(), 'README.md');
writeFileSync(readme, withChannelTable(readFileSync(readme, 'utf8')));

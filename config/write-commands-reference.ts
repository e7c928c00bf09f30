import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCommandsReference } from '../core/commands/commands-reference.ts';
import { packageRoot } from './package-root.ts';

// Run by `npm run docs`.
writeFileSync(join(packageRoot(), 'docs', 'commands.md'), renderCommandsReference());

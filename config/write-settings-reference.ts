import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';
import { renderSettingsReference } from './settings-reference.ts';

// Run by `npm run docs`.
writeFileSync(join(packageRoot(), 'docs', 'settings.md'), renderSettingsReference());

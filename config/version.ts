import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';
import { isTree } from './settings-tree.ts';

/** The version of this MetaClaw, as its package says. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return isTree(manifest) ? String(manifest['version']) : 'unknown';
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const projectRoot = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports: paths relative to the root for own files, package names for the rest. */
  readonly imports: readonly string[];
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"();]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(path: string, text: string): string[] {
  const found: string[] = [];
  for (const match of text.matchAll(importPattern)) {
    const target = match[1] ?? match[2] ?? match[3];
    if (target === undefined) continue;
    found.push(
      target.startsWith('.') ? relative(projectRoot, join(projectRoot, path, '..', target)) : target,
    );
  }
  return found;
}

/** Every TypeScript file below the given folders (and the given files). */
export function sourceFiles(...roots: string[]): SourceFile[] {
  const files: SourceFile[] = [];
  for (const root of roots) {
    const entries = root.endsWith('.ts')
      ? [root]
      : readdirSync(join(projectRoot, root), { recursive: true, encoding: 'utf8' }).map(
          (name) => `${root}/${name}`,
        );
    for (const path of entries) {
      if (!path.endsWith('.ts')) continue;
      const text = readFileSync(join(projectRoot, path), 'utf8');
      files.push({ path, text, imports: importsOf(path, text) });
    }
  }
  return files.sort((a, b) => a.path.localeCompare(b.path));
}

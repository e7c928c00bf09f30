import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchSize } from './bench-report.ts';

const mostBytes = 300_000;
const smokeWords = 5_000;

function markdownProse(text: string): string {
  return text
    .replaceAll(/```[\s\S]*?```|`[^`\n]*`|<[^>\n]*>|^ {4}.*$/gm, ' ')
    .replaceAll(/\]\([^)\n]*\)|\bhttps?:\S+/g, ' ');
}

function commentProse(text: string): string {
  return [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map((match) => match[1] ?? '').join('\n');
}

/**
 * Real words in their real order: what the installed packages say in their Markdown files and in the comments of their
 * types, without code and links. The same for the same `package-lock.json`. A smoke run gets the first few thousand.
 */
export function readProse(projectRoot: string, size: BenchSize): readonly string[] {
  const found = globSync(['node_modules/**/*.md', 'node_modules/**/*.d.ts'], { cwd: projectRoot }).sort();
  const words: string[] = [];
  for (const file of found) {
    if (size === 'smoke' && words.length > smokeWords) break;
    const path = join(projectRoot, file);
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > mostBytes) continue;
    const text = readFileSync(path, 'utf8');
    const prose = file.endsWith('.md') ? markdownProse(text) : commentProse(text);
    for (const match of prose.matchAll(/[A-Za-z][A-Za-z-]*[A-Za-z]/g)) words.push(match[0]);
  }
  return words;
}

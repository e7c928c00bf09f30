import { graphemeFloor } from '../../domain/text-cut.ts';
import { hiddenCharacters } from './hidden-characters.ts';
import type { SecretSpan } from './secret-spans.ts';

const mask = '•••';
const mostChars = 80;
const charsBefore = 20;

/**
 * The words around a place on one line, at most 80 characters, every secret masked. `undefined` for a text with hidden
 * characters: a secret that they cut in two would not be known.
 */
export function excerptAt(text: string, from: number, secrets: readonly SecretSpan[]): string | undefined {
  if (hiddenCharacters(text, true).length > 0) return undefined;
  const start = graphemeFloor(text, Math.max(0, from - charsBefore));
  const end = Math.min(text.length, start + 4 * mostChars);
  let shown = start > 0 ? '…' : '';
  let at = start;
  for (const span of secrets) {
    if (span.to <= at || span.from >= end) continue;
    shown += text.slice(at, Math.max(at, span.from)) + mask;
    at = span.to;
  }
  if (at < end) shown += text.slice(at, end);
  const line = shown.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return undefined;
  if (line.length <= mostChars && end === text.length) return line;
  return `${line.slice(0, graphemeFloor(line, mostChars - 1)).trimEnd()}…`;
}

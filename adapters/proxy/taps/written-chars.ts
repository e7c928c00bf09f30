import { isObject } from './json-values.ts';

/** What stands beside what a model wrote: names that its server gave, words that it quotes, pictures and sound. */
const notWritten: ReadonlySet<string> = new Set([
  'type',
  'id',
  'item_id',
  'call_id',
  'role',
  'status',
  'index',
  'citation',
  'citations',
  'annotations',
  'logprobs',
  'audio',
  'images',
  'image_url',
  'result',
]);

/** How many characters a model wrote in a piece of an answer, whatever they are for. */
export function writtenChars(piece: unknown): number {
  if (typeof piece === 'string') return piece.length;
  let chars = 0;
  // No recursion: it may be nested as deeply as its server likes.
  const waiting: unknown[] = [piece];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string') chars += value.length;
    else if (Array.isArray(value)) for (const part of value) waiting.push(part);
    else if (isObject(value)) {
      for (const [key, part] of Object.entries(value)) if (!notWritten.has(key)) waiting.push(part);
    }
  }
  return chars;
}

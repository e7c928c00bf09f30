import { firstElementAt, type Span } from './json-spans.ts';
import type { Splice } from './splice.ts';

/** Adds to the end of a JSON string, behind a blank line where there is something before it. */
export function appendedText({ start, end }: Span, text: string): Splice {
  const isEmpty = end - start === 2;
  const written = JSON.stringify(isEmpty ? text : `\n\n${text}`);
  return { start: end - 1, end: end - 1, text: written.slice(1, -1) };
}

/** Adds a part of text to the end of a JSON array. */
export function appendedPart(json: Buffer, { start, end }: Span, text: string): Splice {
  const part = JSON.stringify({ type: 'text', text });
  const isEmpty = firstElementAt(json, start) === undefined;
  return { start: end - 1, end: end - 1, text: isEmpty ? part : `,${part}` };
}

/** Puts something right behind the bracket or brace that begins at `start`, in front of what is there. */
export function prepended(start: number, written: string): Splice {
  return { start: start + 1, end: start + 1, text: `${written},` };
}

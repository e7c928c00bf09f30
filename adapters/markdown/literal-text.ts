import { withoutMarks } from './bound-structure.ts';

/**
 * Embeddings, overrides and isolates. They can show words in another order than they are read in, and one that is left
 * open turns what follows around. Text in right-to-left scripts does not need them (renderers isolate where they can);
 * the implicit marks U+200E, U+200F and U+061C, which only settle where a neutral character belongs, stay.
 */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g;

/** A text of the parser's tree as it stands in a document: without our own marks and without what reorders the text around it. */
export function literalText(value: string): string {
  return withoutMarks(value).replaceAll(reordering, '');
}

import type { Document } from '../../core/domain/document.ts';
import { codePoints } from './code-points.ts';
import { markdownBound } from './render-markdown.ts';

/** The longest `content` of a message, in code points of its markup (https://docs.discord.com/developers/resources/message#create-message). */
export const MAX_TEXT_CHARS = 2_000;

/** How much of `MAX_TEXT_CHARS` a document takes: never less than what is sent for it. Pure and total. */
export function measureDocument(body: Document): number {
  return codePoints(markdownBound(body));
}

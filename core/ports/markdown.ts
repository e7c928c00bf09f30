import type { Document } from '../domain/document.ts';

/** Markdown text to a plain tree. Pure and total: any string gives a document, never a throw. Half-written Markdown gives what it says so far. */
export interface MarkdownPort {
  parse(markdown: string): Document;
}

import type { Document } from '../domain/document.ts';

/**
 * Markdown text to a plain tree. Pure and total: any string gives a document, never a throw. Half-written Markdown gives
 * what it says so far. Time is bounded: what is too deep, too long or too much for that keeps its words and loses markup.
 */
export interface MarkdownPort {
  parse(markdown: string): Document;
}

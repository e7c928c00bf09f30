import type { Document } from '../../core/domain/document.ts';
import { forEachText } from './document-text.ts';

/**
 * Size of a body in the page's own count: UTF-16 units of its text and link addresses, and one between each block and
 * the next, inner blocks included.
 */
export function measureDocument(body: Document): number {
  let chars = 0;
  let blocks = 0;
  forEachText(body.blocks, (text, kind) => {
    chars += text.length;
    if (kind === 'block') blocks += 1;
  });
  return chars + Math.max(0, blocks - 1);
}

import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import type { Block } from '../../core/domain/document.ts';
import { boundInline } from './bound-inline.ts';
import { boundStructure } from './bound-structure.ts';
import { literalText } from './literal-text.ts';
import { toBlocks } from './to-blocks.ts';

const extensions = [...boundInline(gfm({ singleTilde: false }))];
const mdastExtensions = [gfmFromMarkdown()];

/** A list this long without a place to cut it, or any other block so long that nobody reads it, is only its words. */
const maxListLines = 4_000;
const maxChars = 300_000;
const anyListItem = /^[ >]*(?:[-*+]|\d{1,9}[.)])[ \t]/gm;

function isTooLong(text: string): boolean {
  if (text.length > maxChars) return true;
  let items = 0;
  for (const _ of text.matchAll(anyListItem)) {
    items += 1;
    if (items > maxListLines) return true;
  }
  return false;
}

/** Blocks of a text with `\n` line endings, read as a whole. Total. */
export function parseSegment(text: string): readonly Block[] {
  if (isTooLong(text)) return literalBlocks(text);
  try {
    return toBlocks(fromMarkdown(boundStructure(text), { extensions, mdastExtensions }));
  } catch {
    // The parser overran its stack or has a fault: the words still have to arrive.
    return literalBlocks(text);
  }
}

/** A paragraph for each run of lines, nothing read as markup. */
function literalBlocks(text: string): readonly Block[] {
  return literalText(text)
    .split(/\n[ \t]*\n/)
    .filter((part) => part.trim() !== '')
    .map((part) => ({
      type: 'paragraph',
      children: part
        .split('\n')
        .filter((line) => line.trim() !== '')
        .flatMap((line, index) => [
          ...(index === 0 ? [] : [{ type: 'break' as const }]),
          { type: 'text' as const, text: line },
        ]),
    }));
}

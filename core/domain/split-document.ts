import { type BlocksCut, takeBlocks } from './cut-block.ts';
import type { Block, Document } from './document.ts';
import { inlineLength, inlineText, sliceInlines, trimInlines } from './inline-slices.ts';
import { simplifyBlock } from './simplify-block.ts';

/** A body with this many times as much text as a message may measure is not worth measuring. */
const hopelessFactor = 16;

/**
 * Cuts a document into messages of at most `maxChars` by `measure`, in order, nothing lost but blanks at a cut, no
 * message empty. No document gives no message.
 *
 * Cuts fall between blocks. A block that fits a message is not cut, save after a heading that would otherwise stay
 * alone. A longer one is cut inside: code after lines, each part with its language; lists after items, numbers go on;
 * tables after rows, the header repeated; quotes like documents; text after a sentence, else between words, else
 * between graphemes. Where a block's frame alone leaves no room its words go on without the frame. Only a single code
 * point that measures more than `maxChars` gives a message over the limit.
 *
 * Messages are filled greedily and each depends only on what stands in it and on whether the next thing still fits.
 * So, as a document grows at its end (blocks added, the last one longer), all messages but the last stay as they were;
 * when Markdown gives earlier text another meaning, those that hold it change.
 *
 * `measure` should not shrink when something is added; it is asked about what may fit, never about all of a long body.
 */
export function splitDocument(
  body: Document,
  maxChars: number,
  measure: (body: Document) => number,
): readonly Document[] {
  const fits = (blocks: readonly Block[]): boolean =>
    !exceeds(blocks, maxChars * hopelessFactor) && measure({ blocks }) <= maxChars;
  const pieces: Document[] = [];
  let rest = body.blocks.flatMap(shownBlock);
  while (rest.length > 0) {
    const cut = takeBlocks(rest, fits) ?? cutForced(rest, (block) => fits([block]));
    if (cut.head.length > 0) pieces.push({ blocks: cut.head });
    rest = cut.tail.flatMap(shownBlock);
  }
  return pieces;
}

/** Nothing of the first block fits: it becomes simpler, or gives its first code point. */
function cutForced(blocks: readonly Block[], fits: (block: Block) => boolean): BlocksCut {
  const [first, ...others] = blocks;
  if (first === undefined) return { head: [], tail: [] };
  const simpler = simplifyBlock(first, fits);
  if (simpler !== undefined) return { head: [], tail: [...simpler, ...others] };
  if (first.type !== 'paragraph') return { head: [first], tail: others };
  const { children } = first;
  const codePoint = inlineText(sliceInlines(children, 0, 2)).codePointAt(0) ?? 0;
  const length = codePoint > 0xffff ? 2 : 1;
  return {
    head: [{ ...first, children: sliceInlines(children, 0, length) }],
    tail: [{ ...first, children: sliceInlines(children, length, Number.POSITIVE_INFINITY) }, ...others],
  };
}

/** A block without blanks around its words; nothing where it has none. */
function shownBlock(block: Block): readonly Block[] {
  switch (block.type) {
    case 'paragraph':
    case 'heading': {
      const children = trimInlines(block.children);
      if (children.length === 0) return [];
      return [children === block.children ? block : { ...block, children }];
    }
    case 'code_block':
      return block.text.trim() === '' ? [] : [block];
    case 'quote':
      return block.blocks.some((inner) => shownBlock(inner).length > 0) ? [block] : [];
    case 'list':
      return block.items.length === 0 ? [] : [block];
    case 'table':
      return block.rows.length === 0 ? [] : [block];
    case 'rule':
      return [block];
  }
}

/** Whether blocks hold more characters than a number; looks no further than it needs to. */
function exceeds(blocks: readonly Block[], chars: number): boolean {
  return charsUpTo(blocks, chars) > chars;
}

function charsUpTo(blocks: readonly Block[], enough: number): number {
  let total = 0;
  for (const block of blocks) {
    if (total > enough) break;
    total += blockChars(block, enough - total);
  }
  return total;
}

function blockChars(block: Block, enough: number): number {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return inlineLength(block.children);
    case 'code_block':
      return block.text.length;
    case 'quote':
      return charsUpTo(block.blocks, enough);
    case 'list': {
      let total = 0;
      for (const item of block.items) {
        if (total > enough) break;
        total += charsUpTo(item.blocks, enough - total);
      }
      return total;
    }
    case 'table': {
      let total = 0;
      for (const row of block.rows) {
        if (total > enough) break;
        for (const cell of row) total += inlineLength(cell);
      }
      return total;
    }
    case 'rule':
      return 0;
  }
}

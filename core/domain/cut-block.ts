import { cutInlines } from './cut-inlines.ts';
import type { Block } from './document.ts';
import { largestFit } from './largest-fit.ts';
import { graphemeFloor } from './text-cut.ts';

export interface BlockCut {
  readonly head: Block;
  readonly tail: readonly Block[];
}

type Of<Type extends Block['type']> = Extract<Block, { readonly type: Type }>;
type Fits<Part> = (part: Part) => boolean;

/** The longest beginning of blocks that fits, and what is left; a heading at its end goes with what follows it. */
export interface BlocksCut {
  readonly head: readonly Block[];
  readonly tail: readonly Block[];
}

/**
 * Takes as many whole blocks as fit. Headings at the end stay with what they introduce; where that leaves nothing, the
 * block after them, or the first block, is cut inside. `undefined` where nothing fits.
 */
export function takeBlocks(blocks: readonly Block[], fits: Fits<readonly Block[]>): BlocksCut | undefined {
  const count = largestFit(blocks.length, (n) => fits(blocks.slice(0, n)));
  if (count === blocks.length) return { head: blocks, tail: [] };
  let whole = count;
  while (blocks[whole - 1]?.type === 'heading') whole -= 1;
  if (whole > 0) return { head: blocks.slice(0, whole), tail: blocks.slice(whole) };

  const headings = blocks.slice(0, count);
  const next = blocks[count];
  if (next === undefined) return undefined;
  const cut =
    next.type === 'heading' && count > 0 ? undefined : cutBlock(next, (part) => fits([...headings, part]));
  if (cut !== undefined)
    return { head: [...headings, cut.head], tail: [...cut.tail, ...blocks.slice(count + 1)] };
  return count > 0 ? { head: headings, tail: blocks.slice(count) } : undefined;
}

function cutBlock(block: Block, fits: Fits<Block>): BlockCut | undefined {
  switch (block.type) {
    case 'paragraph':
    case 'heading': {
      const cut = cutInlines(block.children, (children) => fits({ ...block, children }));
      if (cut === undefined) return undefined;
      const tail = cut.tail.length > 0 ? [{ ...block, children: cut.tail }] : [];
      return { head: { ...block, children: cut.head }, tail };
    }
    case 'code_block':
      return cutCode(block, fits);
    case 'quote': {
      const cut = takeBlocks(block.blocks, (blocks) => fits({ type: 'quote', blocks }));
      if (cut === undefined) return undefined;
      const tail: readonly Block[] = cut.tail.length > 0 ? [{ type: 'quote', blocks: cut.tail }] : [];
      return { head: { type: 'quote', blocks: cut.head }, tail };
    }
    case 'list':
      return cutList(block, fits);
    case 'table':
      return cutTable(block, fits);
    case 'rule':
      return undefined;
  }
}

const blankLinesBefore = /^(?:[ \t]*\n)+/;

function withoutBlankLinesAfter(text: string): string {
  const lineEnd = text.indexOf('\n', text.trimEnd().length);
  return lineEnd === -1 ? text : text.slice(0, lineEnd);
}

/** After whole lines where one fits, else inside the line. Blank lines at the cut are dropped. */
function cutCode(block: Of<'code_block'>, fits: Fits<Block>): BlockCut | undefined {
  const text = block.text.replace(blankLinesBefore, '');
  const headOf = (end: number): Of<'code_block'> => ({
    ...block,
    text: withoutBlankLinesAfter(text.slice(0, end)),
  });
  const maxChars = largestFit(text.length, (end) => fits(headOf(end)));
  const lineEnd = text[maxChars] === '\n' ? maxChars : text.lastIndexOf('\n', maxChars - 1);
  const cut = maxChars === text.length ? maxChars : lineEnd > 0 ? lineEnd : graphemeFloor(text, maxChars);
  const head = headOf(cut);
  if (cut === 0 || !fits(head)) return undefined;
  // A line that begins with more blanks than fit.
  if (head.text.trim() === '') return cutCode({ ...block, text: text.trimStart() }, fits);
  const rest = text.slice(text[cut] === '\n' ? cut + 1 : cut).replace(blankLinesBefore, '');
  return { head, tail: rest.trim() === '' ? [] : [{ ...block, text: rest }] };
}

/** After whole items; an item that is too long goes on without a marker of its own. Numbers go on. */
function cutList(block: Of<'list'>, fits: Fits<Block>): BlockCut | undefined {
  const count = largestFit(block.items.length, (n) => fits({ ...block, items: block.items.slice(0, n) }));
  if (count > 0)
    return { head: { ...block, items: block.items.slice(0, count) }, tail: listAfter(block, count) };
  const [item] = block.items;
  if (item === undefined) return undefined;
  const cut = takeBlocks(item.blocks, (blocks) => fits({ ...block, items: [{ ...item, blocks }] }));
  if (cut === undefined || cut.head.length === 0) return undefined;
  const head: Block = { ...block, items: [{ ...item, blocks: cut.head }] };
  return { head, tail: [...cut.tail, ...listAfter(block, 1)] };
}

/** What is left of a list after its first items, numbered on. */
export function listAfter(block: Of<'list'>, count: number): readonly Block[] {
  const items = block.items.slice(count);
  if (items.length === 0) return [];
  return [{ ...block, start: block.ordered ? block.start + count : block.start, items }];
}

/** After whole rows, the header repeated. */
function cutTable(block: Of<'table'>, fits: Fits<Block>): BlockCut | undefined {
  const [header, ...body] = block.rows;
  if (header === undefined) return undefined;
  const count = largestFit(body.length, (n) => fits({ ...block, rows: [header, ...body.slice(0, n)] }));
  if (count === 0) return undefined;
  const head: Block = { ...block, rows: [header, ...body.slice(0, count)] };
  const rest = body.slice(count);
  return { head, tail: rest.length > 0 ? [{ ...block, rows: [header, ...rest] }] : [] };
}

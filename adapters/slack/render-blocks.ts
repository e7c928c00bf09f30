import { cleanCode } from '../../core/domain/clean-text.ts';
import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { tableLines } from '../../core/domain/table-lines.ts';
import type { KnownBlock, RichTextBlockElement, RichTextElement, RichTextList } from './client.ts';
import { elementsText, joinedElements, richInlines, withLead, withLineLead } from './rich-inlines.ts';
import { fitsTable, tableBlock } from './table-block.ts';

/** Where blocks are shown: a view takes no tables. */
export type Surface = 'message' | 'view';

/** A nesting deeper than this looks like this one. */
const maxListLevels = 5;

/** What stands below what, before it is grouped into Slack's elements. */
type Piece =
  | { readonly kind: 'words'; readonly elements: readonly RichTextElement[]; readonly quote?: number }
  | {
      readonly kind: 'item';
      readonly elements: readonly RichTextElement[];
      readonly level: number;
      /** Of an ordered list. */
      readonly number?: number;
      readonly quote?: number;
    }
  /** An item whose number is written out. */
  | { readonly kind: 'line'; readonly elements: readonly RichTextElement[]; readonly quote?: number }
  | { readonly kind: 'code'; readonly text: string; readonly quote?: number }
  | { readonly kind: 'block'; readonly block: KnownBlock };

type TextPiece = Exclude<Piece, { readonly kind: 'block' }>;

interface Place {
  /** Of the list that this stands in; 0 for the first, absent outside of lists. */
  readonly level?: number;
  /** Which quote of the message this stands in. */
  readonly quote?: number;
  /** What marks an inner quote: Slack's do not nest. */
  readonly lead: string;
  /** Words after the first ones of a list item stand in the same item. */
  readonly isTop: boolean;
}

/**
 * A document as blocks: one rich text for all words, so that no text goes through a parser of Slack's, broken by
 * dividers and by the first table that fits Slack's limits; other tables are aligned code. Headings are bold lines: a
 * header block takes 150 characters of plain text without links or code, and each costs one of the 50 blocks. Pure and
 * total; no element is empty. A document without anything to show gives no block.
 */
export function renderBlocks(document: Document, surface: Surface = 'message'): readonly KnownBlock[] {
  const pieces = createCollector(surface).collect(document.blocks);
  const blocks: KnownBlock[] = [];
  let run: TextPiece[] = [];
  const endRun = (): void => {
    if (run.length > 0) blocks.push({ type: 'rich_text', elements: grouped(run) });
    run = [];
  };
  for (const piece of pieces) {
    if (piece.kind === 'block') {
      endRun();
      blocks.push(piece.block);
    } else run.push(piece);
  }
  endRun();
  return blocks;
}

/** A table as it stands where Slack has none. */
export function tableText(table: Extract<Block, { readonly type: 'table' }>): string {
  return tableLines(
    table.rows.map((row) => row.map(cellText)),
    table.align,
  );
}

const cellText = (cell: readonly Inline[]): string =>
  elementsText(richInlines(cell)).replaceAll(/\s*\n\s*/g, ' ');

function createCollector(surface: Surface): { collect(blocks: readonly Block[]): readonly Piece[] } {
  let quotes = 0;
  let hasTable = false;

  function words(nodes: readonly Inline[], place: Place, isHeading: boolean): readonly Piece[] {
    const elements = richInlines(nodes, isHeading ? { bold: true } : {});
    if (elementsText(elements).trim() === '') return [];
    return [{ kind: 'words', elements: withLineLead(place.lead, elements), ...quoteOf(place) }];
  }

  function code(text: string, place: Place): readonly Piece[] {
    const clean = cleanCode(text).replace(/\n+$/, '');
    return clean.trim() === '' ? [] : [{ kind: 'code', text: clean, ...quoteOf(place) }];
  }

  function quote(blocks: readonly Block[], place: Place): readonly Piece[] {
    if (place.quote !== undefined) return inner(blocks, { ...place, lead: `${place.lead}> `, isTop: false });
    quotes += 1;
    return inner(blocks, { ...place, quote: quotes, isTop: false });
  }

  function table(block: Extract<Block, { readonly type: 'table' }>, place: Place): readonly Piece[] {
    if (place.isTop && surface === 'message' && !hasTable && fitsTable(block)) {
      hasTable = true;
      return [{ kind: 'block', block: tableBlock(block) }];
    }
    return block.rows.length === 0 ? [] : code(tableText(block), place);
  }

  /**
   * Slack numbers a list from 1, and again from 1 behind anything that stands between two items: other numbers are
   * written out. (Its reference has an `offset`; the SDK's types do not.)
   */
  function list(block: Extract<Block, { readonly type: 'list' }>, place: Place): readonly Piece[] {
    const level = Math.min(place.level === undefined ? 0 : place.level + 1, maxListLevels - 1);
    const items = block.items.map((item) => itemOf(item, { ...place, level, isTop: false }));
    const isOwnNumbering = block.start === 1 && items.slice(0, -1).every(({ rest }) => rest.length === 0);
    return items.flatMap(({ elements, rest }, index): readonly Piece[] => {
      const number = block.ordered ? { number: block.start + index } : {};
      const piece: Piece =
        block.ordered && !isOwnNumbering
          ? {
              kind: 'line',
              elements: withLead(`${'    '.repeat(level)}${block.start + index}. `, elements),
              ...quoteOf(place),
            }
          : { kind: 'item', elements, level, ...number, ...quoteOf(place) };
      return [piece, ...rest];
    });
  }

  /** What stands beside an item's sign, and what stands below. */
  function itemOf(
    item: ListItem,
    place: Place,
  ): { readonly elements: readonly RichTextElement[]; readonly rest: readonly Piece[] } {
    const box = item.checked === undefined ? '' : item.checked ? '☑ ' : '☐ ';
    const pieces = inner(item.blocks, place);
    const end = pieces.findIndex((piece) => piece.kind !== 'words' || piece.quote !== place.quote);
    const own = pieces.slice(0, end === -1 ? pieces.length : end);
    const words = joinedElements(
      own.map((piece) => (piece.kind === 'words' ? piece.elements : [])),
      '\n',
    );
    const shown = withLead(box, words);
    return {
      elements: shown.length === 0 ? [{ type: 'text', text: ' ' }] : shown,
      rest: pieces.slice(own.length),
    };
  }

  const inner = (blocks: readonly Block[], place: Place): readonly Piece[] =>
    blocks.flatMap((block) => piecesOf(block, place));

  function piecesOf(block: Block, place: Place): readonly Piece[] {
    switch (block.type) {
      case 'paragraph':
        return words(block.children, place, false);
      case 'heading':
        return words(block.children, place, true);
      case 'code_block':
        return code(block.text, place);
      case 'quote':
        return quote(block.blocks, place);
      case 'list':
        return list(block, place);
      case 'table':
        return table(block, place);
      case 'rule':
        return place.isTop
          ? [{ kind: 'block', block: { type: 'divider' } }]
          : words([{ type: 'text', text: '———' }], place, false);
    }
  }

  return { collect: (blocks) => inner(blocks, { lead: '', isTop: true }) };
}

const quoteOf = ({ quote }: { readonly quote?: number }): { readonly quote?: number } =>
  quote === undefined ? {} : { quote };

/** Slack draws a quote's edge beside lists and code too. */
const borderOf = (piece: TextPiece): { readonly border?: 1 } =>
  piece.quote === undefined ? {} : { border: 1 };

/** Neighbours of one kind become one element of Slack's. */
function grouped(pieces: readonly TextPiece[]): RichTextBlockElement[] {
  const elements: RichTextBlockElement[] = [];
  for (let index = 0; index < pieces.length; ) {
    const first = pieces[index];
    if (first === undefined) break;
    let end = index + 1;
    while (end < pieces.length && belongs(pieces[end - 1], pieces[end])) end += 1;
    elements.push(elementOf(first, pieces.slice(index, end), pieces[index - 1]));
    index = end;
  }
  return elements;
}

function belongs(a: TextPiece | undefined, b: TextPiece | undefined): boolean {
  if (a === undefined || b === undefined || a.quote !== b.quote) return false;
  if (a.kind === 'words' || a.kind === 'line') return a.kind === b.kind;
  if (a.kind !== 'item' || b.kind !== 'item' || a.level !== b.level) return false;
  return a.number === undefined ? b.number === undefined : b.number === a.number + 1;
}

function elementOf(
  first: TextPiece,
  group: readonly TextPiece[],
  above: TextPiece | undefined,
): RichTextBlockElement {
  if (first.kind === 'code') {
    return {
      type: 'rich_text_preformatted',
      elements: [{ type: 'text', text: first.text }],
      ...borderOf(first),
    };
  }
  const parts = group.map((piece) => (piece.kind === 'code' ? [] : piece.elements));
  if (first.kind === 'item') return listOf(first, parts);
  const elements = joinedElements(parts, first.kind === 'line' ? '\n' : '\n\n');
  if (first.quote !== undefined) return { type: 'rich_text_quote', elements: [...elements] };
  // Slack leaves no room below a list.
  const isBelowList = first.kind === 'words' && (above?.kind === 'item' || above?.kind === 'line');
  return { type: 'rich_text_section', elements: [...withLead(isBelowList ? '\n' : '', elements)] };
}

function listOf(
  first: Extract<Piece, { readonly kind: 'item' }>,
  parts: readonly (readonly RichTextElement[])[],
): RichTextList {
  return {
    type: 'rich_text_list',
    style: first.number === undefined ? 'bullet' : 'ordered',
    elements: parts.map((elements) => ({ type: 'rich_text_section', elements: [...elements] })),
    ...(first.level === 0 ? {} : { indent: first.level }),
    ...borderOf(first),
  };
}

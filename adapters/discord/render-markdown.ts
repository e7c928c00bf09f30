import { cleanCode, cleanText } from '../../core/domain/clean-text.ts';
import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { oneLine, plainInlines } from '../../core/domain/plain-text.ts';
import { tableLines } from '../../core/domain/table-lines.ts';
import { JOINER } from './escape-text.ts';
import { linesOf, type Run } from './inline-runs.ts';
import { writeLine } from './write-line.ts';

interface Place {
  readonly isInList: boolean;
  readonly isInQuote: boolean;
  /** In a quote in a quote, which Discord does not have: signs stand for it, and there is no code between them. */
  readonly isPlain: boolean;
  readonly isBound: boolean;
}

const deepestHeading = 3;

const written = (runs: readonly Run[], place: Place): string => writeLine(runs, place.isBound);

const paragraph = (inlines: readonly Inline[], place: Place): string =>
  linesOf(inlines)
    .map((line) => written(line, place))
    .join('\n');

function heading({ depth, children }: Extract<Block, { type: 'heading' }>, place: Place): string {
  const lines = linesOf(children);
  if (place.isInList || place.isPlain || depth > deepestHeading) {
    return paragraph([{ type: 'strong', children }], place);
  }
  const words = lines
    .map((line) => written(line, place).trim())
    .filter((line) => line !== '')
    .join(' ');
  // Discord takes signs at the end for an end of the heading.
  return words === '' ? '' : `${'#'.repeat(depth)} ${words}${words.endsWith('#') ? JOINER : ''}`;
}

function fenced(code: string, language: string | undefined, place: Place): string {
  const text = cleanCode(code).replaceAll(/^\n+|\n+$/g, '');
  if (text.trim() === '') return '';
  if (place.isPlain) return paragraph([{ type: 'text', text }], place);
  const name = language !== undefined && /^[a-z0-9_+.-]{1,32}$/i.test(language) ? language : '';
  return `\`\`\`${name}\n${text.replaceAll(/``(?=`)/g, `\`\`${JOINER}`)}\n\`\`\``;
}

const prefixed = (text: string, first: string, others: string): string =>
  first + text.replaceAll('\n', `\n${others}`);

function quote(blocks: readonly Block[], place: Place): string {
  const inside = blocksText(blocks, { ...place, isInQuote: true, isPlain: place.isInQuote }, '\n\n');
  if (inside.trim() === '') return '';
  const sign = place.isInQuote ? '\\> ' : '> ';
  return prefixed(inside, sign, sign);
}

function item({ blocks, checked }: ListItem, marker: string, place: Place): string {
  const inside = blocksText(blocks, { ...place, isInList: true }, '\n');
  const indent = ' '.repeat(marker.length + 1);
  const lead = checked === undefined ? marker : `${marker} ${checked ? '☑' : '☐'}`;
  if (inside === '') return lead;
  const [first] = blocks;
  const isWords = first?.type === 'paragraph' || first?.type === 'heading';
  // A quote or code begins at the start of a line, and the box is not that.
  const gap = checked === undefined || isWords ? ' ' : `\n${indent}`;
  return `${lead}${gap}${prefixed(inside, '', indent)}`;
}

const cellText = (cell: readonly Inline[]): string => oneLine(cleanText(plainInlines(cell)));

function blockText(block: Block, place: Place): string {
  switch (block.type) {
    case 'paragraph':
      return paragraph(block.children, place);
    case 'heading':
      return heading(block, place);
    case 'code_block':
      return fenced(block.text, block.language, place);
    case 'quote':
      return quote(block.blocks, place);
    case 'list':
      return block.items
        .map((one, index) => item(one, block.ordered ? `${block.start + index}.` : '-', place))
        .join('\n');
    case 'table': {
      const rows = block.rows.map((row) => row.map(cellText));
      return rows.length === 0 ? '' : fenced(tableLines(rows, block.align), undefined, place);
    }
    case 'rule':
      return '———';
  }
}

/** Blocks without anything to show leave no gap. */
function blocksText(blocks: readonly Block[], place: Place, separator: string): string {
  let text = '';
  let last: Block['type'] | undefined;
  for (const block of blocks) {
    const part = blockText(block, place);
    if (part.trim() === '') continue;
    if (last !== undefined) text += separatorBetween(last, block.type, separator);
    text += part;
    last = block.type;
  }
  return text;
}

function separatorBetween(last: Block['type'], next: Block['type'], separator: string): string {
  if (last === 'heading') return '\n';
  // Without a line between them two lists are one, and so are two quotes.
  const wouldJoin = separator === '\n' && last === next && (next === 'list' || next === 'quote');
  return wouldJoin ? `\n${JOINER}\n` : separator;
}

const topOf = (isBound: boolean): Place => ({ isInList: false, isInQuote: false, isPlain: false, isBound });

/**
 * A document in Discord's markup. Pure and total. No mention, emoji, link or formatting comes of literal text; links
 * lead where the tree says. Marks that would not be read as such are left out; their words stay.
 */
export function renderMarkdown(document: Document): string {
  return blocksText(document.blocks, topOf(false), '\n\n').trim();
}

/** At least as long as `renderMarkdown`, and hardly ever shorter when something is added to the document. */
export function markdownBound(document: Document): string {
  return blocksText(document.blocks, topOf(true), '\n\n');
}

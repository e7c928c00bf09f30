import { cleanCode, cleanText } from '../../core/domain/clean-text.ts';
import type { Block, Document, Inline, ListItem } from '../../core/domain/document.ts';
import { tableLines } from '../../core/domain/table-lines.ts';
import { type InlineDialect, writeInlines } from './inline-writer.ts';
import { linkAddress } from './link-address.ts';

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Slack has no escape for its marks: where one could be read as a mark, a sign that looks alike stands for it. */
const lookAlikes: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ', '|': '∣' };
const lookAlike = (sign: string): string => lookAlikes[sign] ?? sign;

const word = /[\p{L}\p{N}]/u;

/**
 * Literal text of which nothing is read as markup. A mark between two letters or two blanks is none and stays. A `>` at
 * the start of a line would be a quote, even escaped: a space without width stands before it.
 */
function literal(text: string): string {
  const clean = cleanText(text);
  const unmarked = clean.replaceAll(/[*_~`]/g, (sign, at: number) => {
    const before = clean.charAt(at - 1);
    const after = clean.charAt(at + 1);
    const isInWord = word.test(before) && word.test(after);
    const isAlone = /\s/.test(before) && /\s/.test(after);
    return sign !== '`' && (isInWord || isAlone) ? sign : lookAlike(sign);
  });
  return escapeText(unmarked.replaceAll(/(^|\n)(\s*)>/g, '$1$2\u200b>'));
}

function link(url: string, label: string): string {
  const address = linkAddress(url);
  if (address === undefined) return literal(label === '' ? url : label);
  const shown = label === '' || label === url ? '' : `|${literal(label).replaceAll('|', lookAlike)}`;
  return `<${escapeText(address)}${shown}>`;
}

const codeText = (text: string): string => escapeText(cleanCode(text));

function dialect(keepsAllMarks: boolean): InlineDialect {
  return {
    markers: { strong: '*', emphasis: '_', strikethrough: '~' },
    literal,
    code: (text) => `\`${codeText(text).replaceAll('`', lookAlike)}\``,
    link,
    lineBreak: '\n',
    keepsAllMarks,
  };
}

interface Place {
  readonly inlines: InlineDialect;
  /** Fences and quotes work at the left edge only. */
  readonly isTop: boolean;
}

const lineOf = (nodes: readonly Inline[], { inlines }: Place): string =>
  writeInlines(nodes, inlines).join('');

const cellText = (cell: readonly Inline[]): string =>
  cell
    .map((node): string => {
      if (node.type === 'break') return ' ';
      return 'text' in node ? cleanText(node.text) : cellText(node.children);
    })
    .join('')
    .replaceAll(/\s*\n\s*/g, ' ');

const prefixed = (text: string, first: string, others: string): string =>
  first + text.replaceAll('\n', `\n${others}`);

function fenced(text: string, place: Place): string {
  if (text.trim() === '') return '';
  if (!place.isTop) return literal(text);
  const inside = codeText(text).replaceAll(/`{3,}/g, (run) => lookAlike('`').repeat(run.length));
  return `\`\`\`\n${inside}\n\`\`\``;
}

function itemText(item: ListItem, marker: string, place: Place): string {
  const box = item.checked === undefined ? '' : item.checked ? '☑ ' : '☐ ';
  const inside = blocksText(item.blocks, { ...place, isTop: false }, '\n');
  return prefixed(inside, `${marker} ${box}`, '    ');
}

function blockText(block: Block, place: Place): string {
  switch (block.type) {
    case 'paragraph':
      return lineOf(block.children, place);
    case 'heading':
      return lineOf([{ type: 'strong', children: block.children }], place);
    case 'code_block':
      return fenced(block.text, place);
    case 'quote': {
      const sign = place.isTop ? '> ' : '&gt; ';
      const inside = blocksText(block.blocks, { ...place, isTop: false }, '\n\n');
      return inside === '' ? '' : prefixed(inside, sign, sign);
    }
    case 'list':
      return block.items
        .map((item, index) => itemText(item, block.ordered ? `${block.start + index}.` : '•', place))
        .join('\n');
    case 'table': {
      const rows = block.rows.map((row) => row.map(cellText));
      return rows.length === 0 ? '' : fenced(tableLines(rows, block.align), place);
    }
    case 'rule':
      return '———';
  }
}

function blocksText(blocks: readonly Block[], place: Place, separator: string): string {
  return blocks
    .map((block) => blockText(block, place))
    .filter((text) => text.trim() !== '')
    .join(separator);
}

/**
 * A document in Slack's own markup, for `text`: what notifications and clients without blocks show. Pure and total.
 * No mention, no other control sequence and no formatting comes of literal text; links lead where the tree says.
 * Marks that Slack would not read as such are left out; their words stay.
 */
export function renderMrkdwn(document: Document): string {
  return blocksText(document.blocks, { inlines: dialect(false), isTop: true }, '\n\n');
}

/** At least as long as `renderMrkdwn`, and never shorter when something is added to the document. */
export function mrkdwnBound(document: Document): number {
  return blocksText(document.blocks, { inlines: dialect(true), isTop: true }, '\n\n').length;
}

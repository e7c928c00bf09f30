import type { Block, Document, Inline, ListItem } from './document.ts';
import { tableLines } from './table-lines.ts';

/**
 * A document as text that reads well without any markup being shown, for terminals, notifications and fallbacks: lists
 * with their markers, quotes with `>`, code between fences, tables aligned for a fixed-width font, links with their
 * address behind them unless they are their address. No trailing blanks or line endings.
 */
export function plainText(document: Document): string {
  return blocksText(document.blocks).replaceAll(/[ \t]+$/gm, '');
}

/** The same for what stands inside one block; breaks are line endings. */
export function plainInlines(inlines: readonly Inline[]): string {
  return inlines.map(plainInline).join('');
}

/** Words on one line, as cells of aligned tables need them: blanks around line endings become one, tabs too. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s*[\n\r\u2028\u2029]\s*|\t/g, ' ');
}

function plainInline(inline: Inline): string {
  switch (inline.type) {
    case 'text':
    case 'code':
      return inline.text;
    case 'break':
      return '\n';
    case 'link': {
      const label = plainInlines(inline.children);
      return isAddress(label, inline.url) ? label : `${label} (${inline.url})`;
    }
    default:
      return plainInlines(inline.children);
  }
}

function isAddress(label: string, url: string): boolean {
  const bare = (text: string): string =>
    text
      .toLowerCase()
      .replace(/^(?:https?:\/\/|mailto:)/, '')
      .replace(/\/$/, '');
  return bare(label) === bare(url);
}

function blocksText(blocks: readonly Block[]): string {
  return blocks.map(blockText).join('\n\n');
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return plainInlines(block.children);
    case 'heading':
      return plainInlines(block.children);
    case 'code_block': {
      const fence = fenceFor(block.text);
      return `${fence}${block.language ?? ''}\n${block.text}\n${fence}`;
    }
    case 'quote':
      return prefixed(blocksText(block.blocks), '> ', '> ');
    case 'list':
      return block.items
        .map((item, index) => itemText(item, block.ordered ? `${block.start + index}.` : '-'))
        .join('\n');
    case 'table':
      return tableText(block);
    case 'rule':
      return '---';
  }
}

/** Longer than any fence inside. */
function fenceFor(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map((match) => match[0].length));
  return '`'.repeat(longest + 1);
}

function itemText(item: ListItem, marker: string): string {
  const box = item.checked === undefined ? '' : item.checked ? '[x] ' : '[ ] ';
  const lead = `${marker} ${box}`;
  const text = item.blocks
    .map((block, index) => {
      const between = index === 0 ? '' : block.type === 'list' ? '\n' : '\n\n';
      return between + blockText(block);
    })
    .join('');
  return prefixed(text, lead, ' '.repeat(marker.length + 1));
}

function prefixed(text: string, first: string, others: string): string {
  return text
    .split('\n')
    .map((line, index) => (index === 0 ? first : others) + line)
    .join('\n');
}

function tableText(table: Extract<Block, { readonly type: 'table' }>): string {
  const rows = table.rows.map((row) => row.map((cell) => oneLine(plainInlines(cell))));
  return tableLines(rows, table.align);
}

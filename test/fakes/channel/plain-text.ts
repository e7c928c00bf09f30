import type { Block, Document, Inline, ListItem } from '../../../core/domain/document.ts';

function inlineText(children: readonly Inline[]): string {
  return children
    .map((child) => {
      if (child.type === 'break') return '\n';
      return 'children' in child ? inlineText(child.children) : child.text;
    })
    .join('');
}

function itemText(item: ListItem, marker: string): string {
  const box = item.checked === undefined ? '' : item.checked ? '[x] ' : '[ ] ';
  const body = blocksText(item.blocks, '\n');
  return `${marker} ${box}${body.replaceAll('\n', `\n${' '.repeat(marker.length + 1)}`)}`;
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return inlineText(block.children);
    case 'code_block':
      return block.text;
    case 'quote':
      return `> ${blocksText(block.blocks, '\n\n').replaceAll('\n', '\n> ')}`;
    case 'list':
      return block.items
        .map((item, index) => itemText(item, block.ordered ? `${block.start + index}.` : '-'))
        .join('\n');
    case 'table':
      return block.rows.map((row) => row.map(inlineText).join(' | ')).join('\n');
    case 'rule':
      return '---';
  }
}

const blocksText = (blocks: readonly Block[], separator: string): string =>
  blocks.map(blockText).join(separator);

/** What a person would read of a document on a screen without formatting; blocks are parted by an empty line. */
export function plainText(document: Document): string {
  return blocksText(document.blocks, '\n\n');
}

/** A document of one paragraph that says `text` literally. */
export function paragraph(text: string): Document {
  return { blocks: [{ type: 'paragraph', children: [{ type: 'text', text }] }] };
}

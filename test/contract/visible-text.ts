import type { Block, Document, Inline } from '../../core/domain/document.ts';

function ofInlines(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.type === 'break') return '\n';
      return 'text' in inline ? inline.text : ofInlines(inline.children);
    })
    .join('');
}

function ofBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
    case 'heading':
      return ofInlines(block.children);
    case 'code_block':
      return block.text;
    case 'quote':
      return block.blocks.map(ofBlock).join('\n');
    case 'list':
      return block.items.flatMap((item) => item.blocks.map(ofBlock)).join('\n');
    case 'table':
      return block.rows.flatMap((row) => row.map(ofInlines)).join('\n');
    case 'rule':
      return '';
  }
}

/** The words of a document in order, without anything that a renderer would add. */
export function visibleText(document: Document): string {
  return document.blocks.map(ofBlock).join('\n');
}

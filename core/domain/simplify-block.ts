import { listAfter } from './cut-block.ts';
import type { Block, Inline, TableRow } from './document.ts';

/**
 * The same words in blocks that take less room, for a block of which nothing fits: without the frame around them, at
 * last without marks. `undefined` for a paragraph that cannot be simpler.
 */
export function simplifyBlock(block: Block, fits: (block: Block) => boolean): readonly Block[] | undefined {
  switch (block.type) {
    case 'rule':
      return [];
    case 'heading':
      return [{ type: 'paragraph', children: block.children }];
    case 'quote':
      return block.blocks;
    case 'list':
      return [...(block.items[0]?.blocks ?? []), ...listAfter(block, 1)];
    case 'code_block':
      return paragraphOf(linesOf(block.text));
    case 'table':
      return simplifyTable(block, fits);
    case 'paragraph':
      if (block.children.every((child) => child.type === 'text' || child.type === 'break')) return undefined;
      return paragraphOf(withoutMarks(block.children));
  }
}

function paragraphOf(children: readonly Inline[]): readonly Block[] {
  return children.length === 0 ? [] : [{ type: 'paragraph', children }];
}

function linesOf(text: string): readonly Inline[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line, index): readonly Inline[] => [
      ...(index === 0 ? [] : [{ type: 'break' as const }]),
      { type: 'text', text: line },
    ]);
}

/**
 * Where the header fits: the first row as lines of "column: value", the rest a table. Otherwise every row is a line, so
 * that the header looks the same before its first row has arrived.
 */
function simplifyTable(
  block: Extract<Block, { readonly type: 'table' }>,
  fits: (block: Block) => boolean,
): readonly Block[] {
  const [header = [], row, ...rest] = block.rows;
  if (row === undefined || !fits({ ...block, rows: [header] }))
    return block.rows.flatMap((cells) => paragraphOf(joined(cells, [{ type: 'text', text: ' · ' }])));
  const cells = row.map((cell, column) => {
    const name = header[column] ?? [];
    return name.length === 0 || cell.length === 0
      ? [...name, ...cell]
      : [...name, { type: 'text' as const, text: ': ' }, ...cell];
  });
  const table: readonly Block[] = rest.length > 0 ? [{ ...block, rows: [header, ...rest] }] : [];
  return [...paragraphOf(joined(cells, [{ type: 'break' }])), ...table];
}

function joined(cells: TableRow, between: readonly Inline[]): readonly Inline[] {
  return cells
    .filter((cell) => cell.length > 0)
    .flatMap((cell, index) => (index === 0 ? cell : [...between, ...cell]));
}

function withoutMarks(inlines: readonly Inline[]): readonly Inline[] {
  return inlines.flatMap((inline): readonly Inline[] => {
    switch (inline.type) {
      case 'text':
      case 'break':
        return [inline];
      case 'code':
        return [{ type: 'text', text: inline.text }];
      case 'link':
        return [...withoutMarks(inline.children), { type: 'text', text: ` (${inline.url})` }];
      default:
        return withoutMarks(inline.children);
    }
  });
}

import type { Block, Inline } from '../../core/domain/document.ts';
import type { RichTextBlock, TableBlock } from './client.ts';
import { elementsText, richInlines } from './rich-inlines.ts';

type Table = Extract<Block, { readonly type: 'table' }>;
type Cell = TableBlock['rows'][number][number];

/** https://docs.slack.dev/reference/block-kit/blocks/table-block */
const maxRows = 100;
const maxColumns = 20;
const maxCellChars = 10_000;

/** Whether Slack takes this table as one. */
export function fitsTable({ rows }: Table): boolean {
  const columns = columnsOf(rows);
  if (rows.length === 0 || rows.length > maxRows || columns === 0 || columns > maxColumns) return false;
  let chars = 0;
  for (const row of rows)
    for (const cell of row) chars += Math.max(1, elementsText(richInlines(cell)).length);
  return chars + rows.length * columns <= maxCellChars;
}

/** Every row has as many cells as the longest one; words wrap, so that a table stays within a narrow window. */
export function tableBlock({ rows, align }: Table): TableBlock {
  const columns = Array.from({ length: columnsOf(rows) }, (_, column) => column);
  return {
    type: 'table',
    rows: rows.map((row) => columns.map((column) => cellOf(row[column] ?? []))),
    column_settings: columns.map((column) => {
      const side = align[column] ?? 'none';
      return side === 'none' ? { is_wrapped: true } : { align: side, is_wrapped: true };
    }),
  };
}

const columnsOf = (rows: Table['rows']): number => rows.reduce((most, row) => Math.max(most, row.length), 0);

function cellOf(cell: readonly Inline[]): Cell {
  const elements = richInlines(
    cell.map((node) => (node.type === 'break' ? { type: 'text', text: ' ' } : node)),
  );
  const [only, ...others] = elements;
  if (only === undefined) return { type: 'raw_text', text: ' ' };
  if (only.type === 'text' && others.length === 0 && only.style === undefined) {
    return { type: 'raw_text', text: only.text };
  }
  const block: RichTextBlock = {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [...elements] }],
  };
  return block;
}

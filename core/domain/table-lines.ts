import { displayWidth } from './display-width.ts';
import type { CellAlign } from './document.ts';

function padded(text: string, width: number, align: CellAlign): string {
  const room = Math.max(0, width - displayWidth(text));
  if (align === 'right') return ' '.repeat(room) + text;
  if (align === 'center') return ' '.repeat(room >> 1) + text + ' '.repeat(room - (room >> 1));
  return text + ' '.repeat(room);
}

/**
 * A table as lines for a fixed-width font, columns aligned by what is seen (East Asian characters and emoji take two
 * places); the first row is the header and gets a rule below it. Cells are words on one line. No trailing blanks.
 */
export function tableLines(rows: readonly (readonly string[])[], align: readonly CellAlign[]): string {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, displayWidth(row[column] ?? '')), 1),
  );
  const lines = rows.map((row) =>
    widths
      .map((width, column) => padded(row[column] ?? '', width, align[column] ?? 'none'))
      .join(' | ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('-+-');
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].join('\n');
}

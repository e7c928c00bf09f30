import { displayWidth } from '../../core/domain/display-width.ts';
import type { CellAlign } from '../../core/domain/document.ts';

function padded(text: string, width: number, align: CellAlign): string {
  const room = Math.max(0, width - displayWidth(text));
  if (align === 'right') return ' '.repeat(room) + text;
  if (align === 'center') return ' '.repeat(room >> 1) + text + ' '.repeat(room - (room >> 1));
  return text + ' '.repeat(room);
}

/** A table as aligned lines for a fixed-width font; the first row is the header and gets a rule below it. */
export function tableLines(rows: readonly (readonly string[])[], align: readonly CellAlign[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(1, ...rows.map((row) => displayWidth(row[column] ?? ''))),
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

import type { Logger } from '../../core/ports/logger.ts';

/**
 * Maps rows to values. A row that cannot be understood is left out with a log entry: one damaged row must not keep
 * the bot from all the others.
 */
export function readRows<Row, T>(
  logger: Logger,
  table: string,
  rows: readonly Row[],
  idOf: (row: Row) => string,
  parse: (row: Row) => T | undefined,
): readonly T[] {
  const values: T[] = [];
  for (const row of rows) {
    const value = parse(row);
    if (value === undefined) logger.error('storage_row_skipped', { table, id: idOf(row) });
    else values.push(value);
  }
  return values;
}

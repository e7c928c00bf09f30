import { AppError } from '../../core/domain/app-error.ts';
import type { PastWindow } from '../../core/domain/schedule.ts';
import type { StoredSchedule, WindowStore } from '../../core/ports/window-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isClosing, isSignals, isStoredSchedule } from './schedule-wire.ts';
import { parseColumn } from './wire.ts';

interface StateRow {
  readonly scope: string;
  readonly state: string;
}

interface PastRow {
  readonly number: number;
  readonly opened_at: number;
  readonly closed_at: number;
  readonly opened_by: string;
  readonly closed_by: string;
  readonly worked_ms: number;
}

function toPast(row: PastRow): PastWindow | undefined {
  const openedBy = parseColumn(row.opened_by, isSignals);
  if (openedBy === undefined || !isClosing(row.closed_by)) return undefined;
  return {
    from: row.opened_at,
    to: row.closed_at,
    openedBy,
    closedBy: row.closed_by,
    workedMs: row.worked_ms,
  };
}

/** What could not be read again is not stored. */
function stateText(state: StoredSchedule): string {
  const text = JSON.stringify(state);
  if (parseColumn(text, isStoredSchedule) !== undefined) return text;
  throw new AppError('invalid_input', 'The state of a window holds a time that is none.');
}

function refuseNoTimes({ from, to, workedMs }: PastWindow): void {
  if ([from, to, workedMs].every(Number.isFinite)) return;
  throw new AppError('invalid_input', 'A window that has closed holds a time that is none.');
}

export function createWindowStore(database: SqliteDatabase): WindowStore {
  const stateOf = database.statement<[string], StateRow>(
    'SELECT scope, state FROM window_states WHERE scope = ?',
  );
  const putState = database.statement<[string, string]>(`
    INSERT INTO window_states (scope, state) VALUES (?, ?)
    ON CONFLICT (scope) DO UPDATE SET state = excluded.state`);
  const insert = database.statement<[string, number, number, string, string, number]>(`
    INSERT INTO past_windows (scope, opened_at, closed_at, opened_by, closed_by, worked_ms)
    VALUES (?, ?, ?, ?, ?, ?)`);
  const past = database.statement<[string, number], PastRow>(`
    SELECT number, opened_at, closed_at, opened_by, closed_by, worked_ms FROM past_windows
    WHERE scope = ? AND closed_at > ? ORDER BY closed_at, number`);
  const prune = database.statement<[number]>('DELETE FROM past_windows WHERE closed_at < ?');

  return {
    state: async (scopeKey) => {
      const row = database.attempt(() => stateOf.get(scopeKey));
      const rows = row === undefined ? [] : [row];
      return readRows(
        database.logger,
        'window_states',
        rows,
        ({ scope }) => scope,
        ({ state }) => parseColumn(state, isStoredSchedule),
      )[0];
    },
    setState: async (scopeKey, state) => {
      const text = stateText(state);
      database.attempt(() => putState.run(scopeKey, text));
    },
    close: async (scopeKey, window, state) => {
      refuseNoTimes(window);
      const text = stateText(state);
      database.transact(() => {
        const { from, to, openedBy, closedBy, workedMs } = window;
        insert.run(scopeKey, from, to, JSON.stringify(openedBy), closedBy, workedMs);
        putState.run(scopeKey, text);
      });
    },
    past: async (scopeKey, since) => {
      const rows = database.attempt(() => past.all(scopeKey, since));
      return readRows(database.logger, 'past_windows', rows, ({ number }) => String(number), toPast);
    },
    prune: async (before) => {
      database.attempt(() => prune.run(before));
    },
  };
}

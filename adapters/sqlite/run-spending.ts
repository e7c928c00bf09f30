import { AppError } from '../../core/domain/app-error.ts';
import type { RunStore } from '../../core/ports/run-store.ts';
import type { SqliteDatabase } from './database.ts';
import { unknownRun } from './unknown-run.ts';

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** The part of the store that counts what runs cost. `change` makes a commit of its work. */
export function createRunSpending(
  database: SqliteDatabase,
  change: SqliteDatabase['transact'],
): Pick<RunStore, 'reserve' | 'refund' | 'spentSince'> {
  const known = database.statement<[string], { found: number }>(
    'SELECT 1 AS found FROM training_runs WHERE run_id = ?',
  );
  // A run that began earlier counts as well, or it would have no cap at all.
  const add = database.statement<readonly (string | number | null)[]>(`
    UPDATE training_runs SET calls = calls + 1, tokens = tokens + ?, micros = micros + ?
    WHERE run_id = ? AND (? IS NULL OR ? >= ? + (SELECT COALESCE(SUM(r.micros), 0) FROM training_runs r
        WHERE r.started_at >= ?) + iif(started_at >= ?, 0, micros))`);
  const takeBack = database.statement<readonly (string | number)[]>(`
    UPDATE training_runs SET calls = max(0, calls - 1), tokens = max(0, tokens - ?), micros = max(0, micros - ?)
    WHERE run_id = ?`);
  const spent = database.statement<[number], { micros: number }>(
    'SELECT COALESCE(SUM(micros), 0) AS micros FROM training_runs WHERE started_at >= ?',
  );

  function requireAmounts(...amounts: readonly number[]): void {
    if (amounts.every(isAmount)) return;
    throw new AppError('invalid_input', 'What a call costs must be a number that is not below zero.');
  }

  return {
    reserve: async (runId, { tokens, micros }, since, capMicros) => {
      requireAmounts(tokens, micros);
      const cap = capMicros ?? null;
      return change(() => {
        if (known.get(runId) === undefined) throw unknownRun(runId);
        return add.run(tokens, micros, runId, cap, cap, micros, since, since) > 0;
      });
    },
    refund: async (runId, { tokens, micros }) => {
      requireAmounts(tokens, micros);
      change(() => {
        if (takeBack.run(tokens, micros, runId) === 0) throw unknownRun(runId);
      });
    },
    spentSince: async (since) => database.attempt(() => spent.get(since))?.micros ?? 0,
  };
}

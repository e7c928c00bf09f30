import { AppError } from '../../core/domain/app-error.ts';
import type { RunStore } from '../../core/ports/run-store.ts';
import type { SqliteDatabase } from './database.ts';
import { unknownRun } from './unknown-run.ts';

const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** The part of the store that counts what runs cost. */
export function createRunSpending(database: SqliteDatabase): Pick<RunStore, 'reserve' | 'spentSince'> {
  const known = database.statement<[string], { found: number }>(
    'SELECT 1 AS found FROM training_runs WHERE run_id = ?',
  );
  // A run that began earlier counts as well, or it would have no cap at all.
  const add = database.statement<readonly (string | number | null)[]>(`
    UPDATE training_runs SET calls = calls + 1, tokens = tokens + ?, micros = micros + ?
    WHERE run_id = ? AND (? IS NULL OR ? >= ? + (SELECT COALESCE(SUM(r.micros), 0) FROM training_runs r
        WHERE r.started_at >= ?) + iif(started_at >= ?, 0, micros))`);
  const spent = database.statement<[number], { micros: number }>(
    'SELECT COALESCE(SUM(micros), 0) AS micros FROM training_runs WHERE started_at >= ?',
  );

  return {
    reserve: async (runId, { tokens, micros }, since, capMicros) => {
      if (!isAmount(tokens) || !isAmount(micros)) {
        throw new AppError('invalid_input', 'What a call costs must be a number that is not below zero.');
      }
      const cap = capMicros ?? null;
      return database.transact(() => {
        if (known.get(runId) === undefined) throw unknownRun(runId);
        return add.run(tokens, micros, runId, cap, cap, micros, since, since) > 0;
      });
    },
    spentSince: async (since) => database.attempt(() => spent.get(since))?.micros ?? 0,
  };
}

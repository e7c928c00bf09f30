import type { TurnId } from '../../core/domain/ids.ts';
import type { Invalidation } from '../../core/ports/library-store.ts';
import type { SqliteDatabase } from './database.ts';
import { OF_TURN } from './settlements.ts';

/** What a change of the library does to the turns that it was made from or that others were sampled in, inside the caller's commit. */
export interface SampleDrops {
  /**
   * These became skills under `generation`: no later change is made from them, and they never train the weights. Those that a
   * batch trains, or has trained, stay as they are: whoever comes first has them.
   */
  consume(turnIds: readonly TurnId[], generation: number, at: number): void;
  /** Drops waiting samples by what made `generation`. */
  drop(invalidation: Invalidation, generation: number): void;
}

export function createSampleDrops(database: SqliteDatabase): SampleDrops {
  const trains = database.statement<[string], { found: number }>(
    "SELECT 1 AS found FROM settlements WHERE turn_id = ? AND purpose = 'weights' AND state = 'used'",
  );
  // What was said last of an open one comes too late for the reward that it was used with.
  const use = database.statement<[string, number, string, string]>(`
    INSERT INTO settlements (turn_id, purpose, state, due_at, role, role_reason, space_id, asked_at)
    VALUES (?, 'skills', 'used', ?, 'support', 'failure', ${OF_TURN})
    ON CONFLICT (turn_id, purpose) DO UPDATE SET late_signals = late_signals + (state = 'open'), state = 'used',
      role = 'support', role_reason = 'failure'`);
  // What was dropped before says more clearly now why it is no sample.
  const dropUsed = database.statement<[number, string]>(`
    UPDATE settlements SET dropped_by = COALESCE(dropped_by, ?),
      role = iif(role = 'query', 'statistics', role),
      role_reason = iif(role = 'query' OR role_reason = 'library_changed', 'used_as_support', role_reason)
    WHERE turn_id = ? AND purpose = 'weights' AND state <> 'used'`);
  const dropping = `dropped_by = ?, role = iif(role = 'query', 'statistics', role),
      role_reason = iif(role = 'query', 'library_changed', role_reason)`;
  const dropOne = database.statement<[number, string]>(`
    UPDATE settlements SET ${dropping}
    WHERE turn_id = ? AND purpose = 'weights' AND state <> 'used' AND dropped_by IS NULL`);
  const dropEarlier = database.statement<[number, number]>(`
    UPDATE settlements INDEXED BY settlements_not_dropped SET ${dropping}
    WHERE purpose = 'weights' AND state <> 'used' AND dropped_by IS NULL
      AND (SELECT t.generation FROM turns t WHERE t.turn_id = settlements.turn_id) < ?`);

  return {
    consume(turnIds, generation, at) {
      for (const turnId of turnIds) {
        if (trains.get(turnId) !== undefined) continue;
        use.run(turnId, at, turnId, turnId);
        dropUsed.run(generation, turnId);
      }
    },
    drop(invalidation, generation) {
      if (invalidation.mode === 'strict') dropEarlier.run(generation, generation);
      else for (const turnId of invalidation.turns) dropOne.run(generation, turnId);
    },
  };
}

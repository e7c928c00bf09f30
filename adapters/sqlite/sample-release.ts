import type { TurnId } from '../../core/domain/ids.ts';
import type { RunId } from '../../core/domain/policy.ts';
import type { SqliteDatabase } from './database.ts';

/** Takes samples out of a run and frees them, inside the caller's commit. */
export interface SampleRelease {
  /** One that is leased or claimed; any other stays. */
  one(runId: RunId, turnId: TurnId, reason: string): void;
  /** Whatever the run holds, but for what it has trained up to and with a step. */
  all(runId: RunId, reason: KeptReasons, keepsTrainedTo: number): void;
}

/** Why what was trained is not kept, and why the rest is not. */
export interface KeptReasons {
  readonly trained: string;
  readonly rest: string;
}

interface HeldRow {
  readonly turn_id: TurnId;
  readonly step: number;
  readonly status: 'leased' | 'claimed' | 'trained';
  readonly claimed_late_signals: number | null;
  readonly claimed_generation: number | null;
}

export function createSampleRelease(database: SqliteDatabase): SampleRelease {
  const select = `SELECT turn_id, step, status, claimed_late_signals, claimed_generation FROM run_samples
    WHERE run_id = ? AND status <> 'left_out'`;
  const one = database.statement<[string, string], HeldRow>(
    `${select} AND turn_id = ? AND status <> 'trained'`,
  );
  const all = database.statement<[string], HeldRow>(select);
  const leaveOut = database.statement<[string, string, string]>(`
    UPDATE run_samples SET status = 'left_out', reason = ? WHERE run_id = ? AND turn_id = ?`);
  const settleAgain = database.statement<[string, number | null, number | null]>(`
    UPDATE settlements SET state = 'settled' WHERE turn_id = ? AND purpose = 'weights' AND state = 'used'
      AND late_signals = ? AND (SELECT h.generation FROM library_head h WHERE h.one = 1) = ?`);
  // What was said since the claim came in time after all. The new revision keeps a plan that was made before it from counting.
  const open = database.statement<[number | null, string]>(`
    UPDATE settlements SET state = 'open', due_at = 0, reward = NULL, outcome = NULL, value = NULL, role = NULL,
      role_reason = NULL, revision = revision + 1, late_signals = ?
    WHERE turn_id = ? AND purpose = 'weights' AND state = 'used'`);

  function free(runId: RunId, row: HeldRow, reason: string): void {
    const { turn_id: turnId, status, claimed_late_signals: late, claimed_generation: generation } = row;
    leaveOut.run(reason, runId, turnId);
    if (status === 'leased') return;
    // It may have been claimed after the change that it did not heed: then nothing tells that but the reason.
    const isAsItWas = reason !== 'changed' && settleAgain.run(turnId, late, generation) > 0;
    if (!isAsItWas) open.run(late, turnId);
  }

  return {
    one(runId, turnId, reason) {
      const row = one.get(runId, turnId);
      if (row !== undefined) free(runId, row, reason);
    },
    all(runId, reason, keepsTrainedTo) {
      for (const row of all.all(runId)) {
        if (row.status !== 'trained') free(runId, row, reason.rest);
        else if (row.step > keepsTrainedTo) free(runId, row, reason.trained);
      }
    },
  };
}

import type { SpaceId, TurnId } from '../../core/domain/ids.ts';
import { type PolicyId, type PolicyScope, policyScopeKey, type RunId } from '../../core/domain/policy.ts';
import type { PlannedSample, RunSample } from '../../core/domain/training-run.ts';
import type { RunStore } from '../../core/ports/run-store.ts';
import type { SqliteDatabase } from './database.ts';
import { type RunSampleRow, SELECT_RUN_SAMPLE, toRunSample } from './run-rows.ts';
import { createSampleRelease, type SampleRelease } from './sample-release.ts';
import { IS_WAITING } from './sample-store.ts';

/** What runs do with samples. All but `ready`, `spacesReady`, `samples` and `trainedOn` work inside the caller's commit. */
export interface RunSamples extends Pick<RunStore, 'ready' | 'spacesReady' | 'samples' | 'trainedOn'> {
  /** Leases what is a sample of the scope now, with the revision that was planned, and in no run; the others are left out. */
  lease(runId: RunId, scope: PolicyScope, samples: readonly PlannedSample[]): void;
  /** Claims what a step has leased and is a sample still; the others are left out. */
  claimLeased(runId: RunId, step: number): void;
  claimed(runId: RunId, step: number): readonly RunSample[];
  /** The step took effect. */
  train(runId: RunId, step: number): void;
  /** These, where they are leased or claimed. */
  leaveOut(runId: RunId, turnIds: readonly TurnId[], reason: string): void;
  /** What the step has claimed. */
  leaveOutStep(runId: RunId, step: number, reason: string): void;
  readonly leaveOutAll: SampleRelease['all'];
}

/** Of `settlements s`, as an index holds them. */
const IS_SETTLED =
  "s.purpose = 'weights' AND s.dropped_by IS NULL AND s.state = 'settled' AND s.role = 'query'";
const NO_SKILL = `NOT EXISTS (SELECT 1 FROM settlements k
  WHERE k.turn_id = s.turn_id AND k.purpose = 'skills' AND k.state = 'used')`;
const NOT_HELD = `NOT EXISTS (SELECT 1 FROM run_samples h
  WHERE h.turn_id = s.turn_id AND h.status <> 'left_out')`;

export function createRunSamples(database: SqliteDatabase): RunSamples {
  interface IdRow {
    readonly turn_id: TurnId;
  }
  const page = `AND ${NO_SKILL} AND ${NOT_HELD} AND s.turn_id > ? ORDER BY s.turn_id LIMIT ?`;
  const ready = database.statement<[string, number], IdRow>(`
    SELECT s.turn_id FROM settlements s INDEXED BY settlements_waiting
    WHERE ${IS_WAITING} AND s.state = 'settled' ${page}`);
  const readyOf = database.statement<[string, string, number], IdRow>(`
    SELECT s.turn_id FROM settlements s INDEXED BY settlements_ready
    WHERE s.space_id = ? AND ${IS_SETTLED} ${page}`);
  const spaces = database.statement<[], { space_id: SpaceId }>(`
    SELECT DISTINCT s.space_id FROM settlements s INDEXED BY settlements_ready
    WHERE ${IS_SETTLED} AND s.space_id <> '' AND ${NO_SKILL} AND ${NOT_HELD} ORDER BY s.space_id`);
  const free = database.statement<[string, number, string, string], { found: number }>(`
    SELECT 1 AS found FROM settlements s WHERE s.turn_id = ? AND s.revision = ? AND (? = '*' OR s.space_id = ?)
      AND ${IS_SETTLED} AND ${NO_SKILL} AND ${NOT_HELD}`);
  const insert = database.statement<readonly (string | number | null)[]>(`
    INSERT INTO run_samples (run_id, turn_id, place, step, revision, value, weight, baseline, status, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

  const ofRun = database.statement<[string], RunSampleRow>(
    `${SELECT_RUN_SAMPLE} WHERE run_id = ? ORDER BY step, place`,
  );
  const ofStep = database.statement<[string, number, string], RunSampleRow>(
    `${SELECT_RUN_SAMPLE} WHERE run_id = ? AND step = ? AND status = ? ORDER BY place`,
  );
  const use = database.statement<[string, number]>(`
    UPDATE settlements AS s SET state = 'used'
    WHERE s.turn_id = ? AND s.revision = ? AND ${IS_SETTLED} AND ${NO_SKILL}`);
  const claim = database.statement<[string, string]>(`
    UPDATE run_samples SET status = 'claimed',
      claimed_late_signals = (SELECT s.late_signals FROM settlements s
        WHERE s.turn_id = run_samples.turn_id AND s.purpose = 'weights'),
      claimed_generation = (SELECT h.generation FROM library_head h WHERE h.one = 1)
    WHERE run_id = ? AND turn_id = ?`);
  const train = database.statement<[string, number]>(
    "UPDATE run_samples SET status = 'trained' WHERE run_id = ? AND step = ? AND status = 'claimed'",
  );
  const release = createSampleRelease(database);
  const trainedOn = database.statement<[string], { candidate_id: PolicyId }>(`
    SELECT r.candidate_id FROM run_samples h JOIN training_runs r ON r.run_id = h.run_id
    WHERE h.turn_id = ? AND h.status <> 'left_out' AND h.status = 'trained' AND r.candidate_id IS NOT NULL`);

  return {
    ready: async (scope, afterTurnId, limit) => {
      const rows = database.attempt(() =>
        scope.kind === 'everywhere'
          ? ready.all(afterTurnId, limit)
          : readyOf.all(scope.spaceId, afterTurnId, limit),
      );
      return rows.map((row) => row.turn_id);
    },
    spacesReady: async () => database.attempt(() => spaces.all()).map((row) => row.space_id),
    samples: async (runId) => database.attempt(() => ofRun.all(runId)).map(toRunSample),
    trainedOn: async (turnId) => database.attempt(() => trainedOn.all(turnId)).map((row) => row.candidate_id),
    lease(runId, scope, samples) {
      const key = policyScopeKey(scope);
      for (const [place, sample] of samples.entries()) {
        const { turnId, step, revision, value, weight, baseline } = sample;
        const isFree = free.get(turnId, revision, key, key) !== undefined;
        const [status, reason] = isFree ? ['leased', null] : ['left_out', 'not_free'];
        insert.run(runId, turnId, place, step, revision, value, weight, baseline, status, reason);
      }
    },
    claimLeased(runId, step) {
      for (const { turn_id: turnId, revision } of ofStep.all(runId, step, 'leased')) {
        if (use.run(turnId, revision) > 0) claim.run(runId, turnId);
        else release.one(runId, turnId, 'changed');
      }
    },
    claimed: (runId, step) => ofStep.all(runId, step, 'claimed').map(toRunSample),
    train: (runId, step) => {
      train.run(runId, step);
    },
    leaveOut(runId, turnIds, reason) {
      for (const turnId of turnIds) release.one(runId, turnId, reason);
    },
    leaveOutStep(runId, step, reason) {
      for (const { turn_id: turnId } of ofStep.all(runId, step, 'claimed'))
        release.one(runId, turnId, reason);
    },
    leaveOutAll: release.all,
  };
}

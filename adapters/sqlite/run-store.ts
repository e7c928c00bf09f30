import { AppError } from '../../core/domain/app-error.ts';
import { haveCommonSpaces, policyScopeKey, type RunId } from '../../core/domain/policy.ts';
import type {
  PlannedSample,
  RunSample,
  RunState,
  RunStep,
  TrainingRun,
} from '../../core/domain/training-run.ts';
import type { NewRun, RunEnd, RunStore } from '../../core/ports/run-store.ts';
import type { SqliteDatabase } from './database.ts';
import { createLeaseFence } from './lease-fence.ts';
import { readRows } from './rows.ts';
import { type RunRow, type RunStepRow, SELECT_RUN, SELECT_RUN_STEP, toRun, toRunStep } from './run-rows.ts';
import { createRunSamples } from './run-samples.ts';
import { createRunSpending } from './run-spending.ts';
import { metricsText, scopeOf } from './training-wire.ts';
import { unknownRun } from './unknown-run.ts';

type Value = string | number | null;
type Reads = Pick<
  RunStore,
  'get' | 'byNumber' | 'list' | 'latest' | 'unfinished' | 'allUnfinished' | 'steps'
>;

const UNFINISHED = `${SELECT_RUN} INDEXED BY training_runs_unfinished WHERE ended_at IS NULL ORDER BY number`;

function createReads(database: SqliteDatabase): Reads {
  const get = database.statement<[string], RunRow>(`${SELECT_RUN} WHERE run_id = ?`);
  const byNumber = database.statement<[number], RunRow>(`${SELECT_RUN} WHERE number = ?`);
  const list = database.statement<[number], RunRow>(`${SELECT_RUN} ORDER BY number DESC LIMIT ?`);
  const listOf = database.statement<[string, number], RunRow>(
    `${SELECT_RUN} WHERE scope = ? ORDER BY number DESC LIMIT ?`,
  );
  const newest = 'WHERE scope = ? AND kind = ? ORDER BY number DESC LIMIT 1';
  const latest = database.statement<[string, string], RunRow>(`${SELECT_RUN} ${newest}`);
  const latestBegun = database.statement<[string, string], RunRow>(
    `${SELECT_RUN} ${newest.replace('ORDER', 'AND is_begun = 1 ORDER')}`,
  );
  const unfinished = database.statement<[], RunRow>(UNFINISHED);
  const unfinishedOf = database.statement<[string], RunRow>(
    `${SELECT_RUN} WHERE ended_at IS NULL AND scope = ?`,
  );
  const steps = database.statement<[string], RunStepRow>(`${SELECT_RUN_STEP} WHERE run_id = ? ORDER BY step`);

  const many = (read: () => readonly RunRow[]): readonly TrainingRun[] =>
    readRows(database.logger, 'training_runs', database.attempt(read), (row) => row.run_id, toRun);

  return {
    get: async (runId) => many(() => get.all(runId))[0],
    byNumber: async (number) => many(() => byNumber.all(number))[0],
    list: async (limit, scope) =>
      many(() => (scope === undefined ? list.all(limit) : listOf.all(policyScopeKey(scope), limit))),
    latest: async (scope, kind, which) =>
      many(() => (which === 'begun' ? latestBegun : latest).all(policyScopeKey(scope), kind))[0],
    unfinished: async (scope) =>
      many(() => (scope === undefined ? unfinished.all() : unfinishedOf.all(policyScopeKey(scope))))[0],
    allUnfinished: async () => many(() => unfinished.all()),
    steps: async (runId) => database.attempt(() => steps.all(runId)).map(toRunStep),
  };
}

function insertParams(run: NewRun, state: RunState, reason: string | undefined): readonly Value[] {
  return [
    run.runId,
    policyScopeKey(run.scope),
    run.kind,
    JSON.stringify(run.methods),
    state,
    reason ?? null,
    run.parentId ?? null,
    run.generation,
    JSON.stringify(run.plan),
    run.startedAt,
    state === 'running' ? null : run.startedAt,
    run.askedBy ?? null,
    state === 'running' ? 1 : 0,
  ];
}

function refuseTwice(samples: readonly PlannedSample[]): void {
  if (new Set(samples.map(({ turnId }) => turnId)).size === samples.length) return;
  throw new AppError('invalid_input', 'The plan of a run names an answer twice. Plan it again.');
}

export function createRunStore(database: SqliteDatabase): RunStore {
  return runStoreBehind(database, () => {});
}

/** Of which every change begins with `check`, in the same commit. */
function runStoreBehind(database: SqliteDatabase, check: () => void): RunStore {
  const requireCurrent = createLeaseFence(database);
  const { ready, spacesReady, samples, trainedOn, ...leases } = createRunSamples(database);
  const insert = database.statement<readonly Value[]>(`
    INSERT INTO training_runs (run_id, scope, kind, methods, state, reason, parent_id, generation, plan, started_at,
      ended_at, asked_by, is_begun)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const stored = database.statement<[string], RunRow>(`${SELECT_RUN} WHERE run_id = ?`);
  const unfinished = database.statement<[], RunRow>(UNFINISHED);
  const setState = database.statement<[string, string | null, string]>(
    'UPDATE training_runs SET state = ?, reason = ? WHERE run_id = ? AND ended_at IS NULL',
  );
  const setProgress = database.statement<[string, string]>(
    'UPDATE training_runs SET progress = ? WHERE run_id = ?',
  );
  const end = database.statement<readonly Value[]>(`
    UPDATE training_runs SET state = ?, reason = ?, candidate_id = ?, ended_at = ?
    WHERE run_id = ? AND ended_at IS NULL`);
  const stepOf = database.statement<[string, number], RunStepRow>(
    `${SELECT_RUN_STEP} WHERE run_id = ? AND step = ?`,
  );
  const beginStep = database.statement<[string, number, number]>(
    "INSERT INTO run_steps (run_id, step, state, started_at) VALUES (?, ?, 'begun', ?)",
  );
  const endStep = database.statement<readonly Value[]>(`
    UPDATE run_steps SET state = ?, reason = ?, metrics = ?, state_path = ?, started_at = ?, ended_at = ?
    WHERE run_id = ? AND step = ? AND state = 'begun'`);

  const change: SqliteDatabase['transact'] = (work) =>
    database.transact(() => {
      check();
      return work();
    });

  function put(run: NewRun, state: RunState, reason?: string): void {
    if (stored.get(run.runId) !== undefined) {
      throw new AppError('conflict', `A run ${run.runId} is stored already. Begin one with another id.`);
    }
    insert.run(...insertParams(run, state, reason));
  }

  /** As it will be read. What could not be read again is not stored. */
  function read(runId: RunId): TrainingRun {
    const row = stored.get(runId);
    const run = row && toRun(row);
    if (run !== undefined) return run;
    throw new AppError('invalid_input', 'The plan of a run holds numbers that are none. Plan it again.');
  }

  function begin(run: NewRun, planned: readonly PlannedSample[]): TrainingRun {
    refuseTwice(planned);
    const other = unfinished.all().find(({ scope }) => haveCommonSpaces(scopeOf(scope), run.scope));
    if (other !== undefined) {
      throw new AppError(
        'conflict',
        `Run ${other.number} is not finished. Wait for its end or cancel it, then begin another.`,
      );
    }
    put(run, 'running');
    leases.lease(run.runId, run.scope, planned);
    return read(run.runId);
  }

  function requireRun(runId: RunId): RunRow {
    const row = stored.get(runId);
    if (row === undefined) throw unknownRun(runId);
    return row;
  }

  function requireUnfinished(runId: RunId): void {
    const { number, ended_at: endedAt } = requireRun(runId);
    if (endedAt !== null) throw new AppError('conflict', `Run ${number} has ended. Begin another.`);
  }

  function claim(runId: RunId, step: number, at: number): readonly RunSample[] {
    requireUnfinished(runId);
    const before = stepOf.get(runId, step);
    if (before !== undefined && before.state !== 'begun') {
      throw new AppError('conflict', `Step ${step} of this run has ended. Go on with the next.`);
    }
    if (before === undefined) {
      beginStep.run(runId, step, at);
      leases.claimLeased(runId, step);
    }
    return leases.claimed(runId, step);
  }

  function finishStep(runId: RunId, ended: RunStep): void {
    requireUnfinished(runId);
    const { step, state, reason, metrics, statePath, startedAt, endedAt } = ended;
    const values = [
      state,
      reason ?? null,
      metricsText(metrics),
      statePath ?? null,
      startedAt,
      endedAt ?? null,
    ];
    if (endStep.run(...values, runId, step) === 0) {
      throw new AppError('conflict', `Step ${step} of this run has not begun, or has ended. Begin it first.`);
    }
    if (state === 'done') leases.train(runId, step);
    else leases.leaveOutStep(runId, step, reason ?? 'skipped');
  }

  function finish(runId: RunId, ending: RunEnd): boolean {
    const { state, reason, candidateId, keepsSteps = Number.POSITIVE_INFINITY, at } = ending;
    if (end.run(state, reason ?? null, candidateId ?? null, at, runId) === 0) return false;
    const isKept = candidateId !== undefined;
    const why = { trained: isKept ? (reason ?? 'run_ended') : 'run_ended', rest: 'run_ended' };
    leases.leaveOutAll(runId, why, isKept ? keepsSteps : 0);
    return true;
  }

  function endUnreadable(reason: string, at: number): boolean {
    const unreadable = unfinished.all().filter((row) => toRun(row) === undefined);
    for (const row of unreadable) finish(row.run_id, { state: 'failed', reason, at });
    return unreadable.length > 0;
  }

  return {
    fenced: (lease) =>
      runStoreBehind(database, () => {
        check();
        requireCurrent(lease);
      }),
    ready,
    spacesReady,
    samples,
    trainedOn,
    begin: async (run, planned) => change(() => begin(run, planned)),
    skip: async (run, reason) =>
      change(() => {
        put(run, 'skipped', reason);
        return read(run.runId);
      }),
    claim: async (runId, step, at) => change(() => claim(runId, step, at)),
    leaveOut: async (runId, turnIds, reason) =>
      change(() => {
        requireRun(runId);
        leases.leaveOut(runId, turnIds, reason);
      }),
    finishStep: async (runId, step) => change(() => finishStep(runId, step)),
    setState: async (runId, state, reason) => change(() => setState.run(state, reason ?? null, runId)) > 0,
    setProgress: async (runId, progress) => {
      change(() => {
        if (setProgress.run(progress, runId) === 0) throw unknownRun(runId);
      });
    },
    endUnreadable: async (reason, at) => change(() => endUnreadable(reason, at)),
    end: async (runId, ending) => change(() => finish(runId, ending)),
    ...createReads(database),
    ...createRunSpending(database, change),
  };
}

import { AppError, toAppError } from '../../domain/app-error.ts';
import type { PersonId } from '../../domain/ids.ts';
import { type PolicyId, type PolicyScope, policyScopeKey, runId } from '../../domain/policy.ts';
import type { RunKind, TrainingRun } from '../../domain/training-run.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NewRun, RunStore } from '../../ports/run-store.ts';
import type { SettingsStore } from '../../ports/settings-store.ts';
import type { IdleWindow } from '../../schedule/training-window.ts';
import type { DriverEnd, RunDriver } from './run-driver.ts';
import type { PlannedRun, RunPlanner } from './run-planner.ts';
import type { RunReason } from './run-reasons.ts';
import { createSpendGate } from './spend-gate.ts';

export interface TrainingRunnerDeps {
  readonly runs: RunStore;
  readonly settings: Pick<SettingsStore, 'get' | 'set'>;
  readonly window: IdleWindow;
  /** The scopes in which something may wait. */
  readonly scopes: () => Promise<readonly PolicyScope[]>;
  /** Tried in this order: the first whose plan is ready becomes a run. */
  readonly planners: readonly RunPlanner[];
  readonly drivers: Readonly<Partial<Record<RunKind, RunDriver>>>;
  /** What serves in a scope; `undefined` for the configured model. */
  readonly servingIn: (scope: PolicyScope) => PolicyId | undefined;
  /** Makes the policy of a run, once, also where it is told of again. */
  readonly addCandidate: (
    run: TrainingRun,
    source: Extract<DriverEnd, { kind: 'candidate' }>['source'],
  ) => Promise<PolicyId>;
  readonly generation: () => number;
  /** What all runs of a month may cost, in millionths; `undefined` for any. */
  readonly capMicros: number | undefined;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'next'>;
  readonly logger: Logger;
}

export type StartedRun =
  | { readonly kind: 'began' | 'resumed'; readonly run: TrainingRun }
  | { readonly kind: 'nothing'; readonly reason: RunReason };

/** The slow loop: begins runs while the window is open, carries on the one at hand, and leaves a record of every attempt. */
export interface TrainingRunner {
  start(): void;
  /** Resolves when the call under way is over; the run goes on with the next start. */
  stop(): Promise<void>;
  /** Begins a run of a scope, or goes on with the one at hand, also where nobody has been away for long. */
  now(scope: PolicyScope, by: PersonId): Promise<StartedRun>;
  /** No call is made any more until `resume`, over restarts too. False where it was paused already. */
  pause(by: PersonId): Promise<boolean>;
  resume(by: PersonId): Promise<boolean>;
  /** Ends the run at hand for good; its samples are free again. */
  cancel(by: PersonId): Promise<TrainingRun | undefined>;
  isPausedByPerson(): Promise<boolean>;
  /** What the runner cannot do at present, a sentence; for `status`. */
  problem(): string | undefined;
}

const settingsScope = 'system';
const pausedKey = 'training-paused';
const lookEveryMs = 60 * 60_000;
/** The same reason not to begin is written down once in so long. */
const skipEveryMs = 24 * 60 * 60_000;
const shortestPauseMs = 1_000;
/** After a fault of the stores. */
const retryMs = 5 * 60_000;

export function createTrainingRunner(deps: TrainingRunnerDeps): TrainingRunner {
  const { runs, window, clock, logger } = deps;
  const stopping = new AbortController();
  let halt = new AbortController();
  /** Ends the calls under way of the run that is driven: what they would bring is thrown away. */
  let cut = new AbortController();
  let timer: Timer | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let isStarted = false;
  let isCancelling = false;
  let notBefore = Number.NEGATIVE_INFINITY;
  let fault: string | undefined;
  let unsubscribe = (): void => {};

  /** One thing after another: a run has one driver. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = tail.then(work);
    tail = next.catch(() => undefined);
    return next;
  }

  const pausedByPerson = async (): Promise<boolean> =>
    (await deps.settings.get(settingsScope, pausedKey)) === true;

  function arm(delayMs: number): void {
    timer?.cancel();
    if (!isStarted || stopping.signal.aborted) return;
    timer = clock.after(Math.max(shortestPauseMs, delayMs), () => void inTurn(round));
  }

  async function round(): Promise<void> {
    let nextMs = lookEveryMs;
    try {
      nextMs = await work();
      fault = undefined;
    } catch (thrown) {
      const error = toAppError(thrown);
      logger.error('training_failed', { error });
      nextMs = retryMs;
      fault = `Training stands still: ${error.message}`;
    }
    arm(nextMs);
  }

  /** Gives the milliseconds after which there may be something to do again. */
  async function work(): Promise<number> {
    if (stopping.signal.aborted || (await pausedByPerson())) return lookEveryMs;
    const atHand = await runs.unfinished();
    const worksOutside = atHand !== undefined && deps.drivers[atHand.kind]?.worksOutside === true;
    if (window.closedBecause() !== undefined && !worksOutside) {
      if (atHand?.state === 'running') await runs.setState(atHand.runId, 'paused', 'window_closed');
      return lookEveryMs;
    }
    const waitMs = notBefore - clock.monotonicMs();
    if (waitMs > 0) return waitMs;
    const run = atHand ?? (await beginAny());
    if (run === undefined) {
      window.release();
      return lookEveryMs;
    }
    return drive(run);
  }

  async function beginAny(): Promise<TrainingRun | undefined> {
    for (const scope of await deps.scopes()) {
      const began = await begin(scope, undefined);
      if (began.kind !== 'nothing') return began.run;
    }
    return undefined;
  }

  async function begin(scope: PolicyScope, by: PersonId | undefined): Promise<StartedRun> {
    let why: RunReason = 'no_engine';
    for (const [index, planner] of deps.planners.entries()) {
      const planned = await planner.plan(scope, stopping.signal);
      const parentId = deps.servingIn(scope);
      const record: NewRun = {
        runId: runId(deps.ids.next('run')),
        scope,
        kind: planner.kind,
        methods: planned.kind === 'ready' ? planned.methods : [],
        ...(parentId === undefined ? {} : { parentId }),
        generation: deps.generation(),
        plan: planned.plan,
        ...(by === undefined ? {} : { askedBy: by }),
        startedAt: clock.now(),
      };
      if (planned.kind === 'ready') {
        const run = await runs.begin(record, planned.samples);
        logger.info('training_began', { run: run.number, kind: run.kind, samples: run.plan.samples });
        return { kind: 'began', run };
      }
      if (index === 0) why = planned.reason;
      await noteSkipped(record, planned, by);
    }
    return { kind: 'nothing', reason: why };
  }

  /** Every attempt leaves a record; one that a window made for the same reason as the one before it, only once a day. */
  async function noteSkipped(
    record: NewRun,
    { reason }: Extract<PlannedRun, { kind: 'not_ready' }>,
    by: PersonId | undefined,
  ): Promise<void> {
    const latest = (await runs.list(20, record.scope)).find(({ kind }) => kind === record.kind);
    const isKnown =
      latest?.state === 'skipped' &&
      latest.reason === reason &&
      record.startedAt - latest.startedAt < skipEveryMs;
    if (isKnown && by === undefined) return;
    await runs.skip(record, reason);
    logger.info('training_not_begun', { scope: policyScopeKey(record.scope), kind: record.kind, reason });
  }

  async function drive(run: TrainingRun): Promise<number> {
    const driver = deps.drivers[run.kind];
    if (driver === undefined) {
      await runs.end(run.runId, { state: 'failed', reason: 'no_engine', at: clock.now() });
      return shortestPauseMs;
    }
    halt = new AbortController();
    cut = new AbortController();
    // What closed between the question and here is seen by nobody else.
    if (window.closedBecause() !== undefined || (await pausedByPerson()) || isCancelling) halt.abort();
    if (stopping.signal.aborted) halt.abort();
    await runs.setState(run.runId, 'running');
    const gate = createSpendGate(run.runId, halt.signal, deps);
    const end = await driver.drive(run, gate, AbortSignal.any([stopping.signal, cut.signal]));
    return conclude(run, driver, end);
  }

  async function conclude(run: TrainingRun, driver: RunDriver, end: DriverEnd): Promise<number> {
    const { runId } = run;
    const at = clock.now();
    switch (end.kind) {
      case 'candidate': {
        const candidateId = await deps.addCandidate(run, end.source);
        await runs.end(runId, { state: 'done', candidateId, at });
        logger.info('training_done', { run: run.number, policy: candidateId });
        return shortestPauseMs;
      }
      case 'nothing':
        await driver.abandon(run);
        await runs.end(runId, { state: 'skipped', reason: end.reason, at });
        logger.info('training_came_to_nothing', { run: run.number, reason: end.reason });
        return shortestPauseMs;
      case 'failed':
        await driver.abandon(run);
        await runs.end(runId, { state: 'failed', reason: end.reason, at });
        logger.warn('training_failed_for_good', { run: run.number, reason: end.reason, error: end.error });
        return lookEveryMs;
      case 'waiting':
        notBefore = clock.monotonicMs() + end.againMs;
        return end.againMs;
      case 'paused': {
        const reason = (await pausedByPerson()) ? 'person_paused' : 'window_closed';
        if (!isCancelling && !stopping.signal.aborted) await runs.setState(runId, 'paused', reason);
        return lookEveryMs;
      }
    }
  }

  const resumed = (run: TrainingRun): StartedRun => ({ kind: 'resumed', run });

  async function beginOrFind(scope: PolicyScope, by: PersonId): Promise<StartedRun> {
    const run = await runs.unfinished();
    return run === undefined ? begin(scope, by) : resumed(run);
  }

  async function mustNotBePaused(): Promise<void> {
    if (await pausedByPerson()) {
      throw new AppError('conflict', 'Training is paused. `train resume` lets it go on.');
    }
  }

  return {
    start() {
      if (isStarted) return;
      isStarted = true;
      unsubscribe = window.onChange(() => {
        if (window.closedBecause() === undefined) arm(0);
        else halt.abort();
      });
      arm(0);
    },
    async stop() {
      stopping.abort();
      halt.abort();
      timer?.cancel();
      unsubscribe();
      window.stop();
      await tail;
    },
    async now(scope, by) {
      await mustNotBePaused();
      const atHand = await runs.unfinished();
      const started = atHand === undefined ? await inTurn(() => beginOrFind(scope, by)) : resumed(atHand);
      if (started.kind === 'nothing') return started;
      notBefore = Number.NEGATIVE_INFINITY;
      window.force();
      arm(0);
      return started;
    },
    async pause(by) {
      if (await pausedByPerson()) return false;
      await deps.settings.set(settingsScope, pausedKey, true);
      halt.abort();
      logger.info('training_paused', { by });
      // One that is driven says so itself when its step is through.
      void inTurn(async () => {
        const run = await runs.unfinished();
        if (run !== undefined) await runs.setState(run.runId, 'paused', 'person_paused');
      }).catch((error: unknown) => logger.error('training_failed', { error }));
      return true;
    },
    async resume(by) {
      if (!(await pausedByPerson())) return false;
      await deps.settings.set(settingsScope, pausedKey, false);
      logger.info('training_resumed', { by });
      arm(0);
      return true;
    },
    async cancel(by) {
      isCancelling = true;
      halt.abort();
      cut.abort();
      try {
        return await inTurn(async () => {
          const run = await runs.unfinished();
          if (run === undefined) return undefined;
          await deps.drivers[run.kind]?.abandon(run);
          await runs.end(run.runId, { state: 'cancelled', reason: 'person_cancelled', at: clock.now() });
          logger.info('training_cancelled', { run: run.number, by });
          return runs.get(run.runId);
        });
      } finally {
        isCancelling = false;
      }
    },
    isPausedByPerson: pausedByPerson,
    problem: () => fault,
  };
}

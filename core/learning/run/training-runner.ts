import { AppError, toAppError } from '../../domain/app-error.ts';
import type { PersonId } from '../../domain/ids.ts';
import { type PolicyId, type PolicyScope, policyScopeKey } from '../../domain/policy.ts';
import type { RunKind, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunEnd, RunStore } from '../../ports/run-store.ts';
import type { SettingsStore } from '../../ports/settings-store.ts';
import type { IdleWindow } from '../../schedule/training-window.ts';
import { type BeginRunDeps, createRunStarter, type StartedRun } from './begin-run.ts';
import type { DriverEnd, RunDriver } from './run-driver.ts';
import type { RunReason } from './run-reasons.ts';
import { createSpendGate } from './spend-gate.ts';
import { createTrainingPauses, isMeant, isSameScope, type PauseTarget } from './training-pauses.ts';
import { createTrainingRounds } from './training-rounds.ts';

export type { StartedRun } from './begin-run.ts';

export interface TrainingRunnerDeps extends BeginRunDeps {
  readonly runs: RunStore;
  readonly settings: Pick<SettingsStore, 'get' | 'set'>;
  readonly window: IdleWindow;
  /** The scopes in which something may wait. */
  readonly scopes: () => Promise<readonly PolicyScope[]>;
  readonly drivers: Readonly<Partial<Record<RunKind, RunDriver>>>;
  /** Makes the policy of a run, once, also where it is told of again. */
  readonly addCandidate: (
    run: TrainingRun,
    source: Extract<DriverEnd, { kind: 'candidate' }>['source'],
  ) => Promise<PolicyId>;
  readonly clock: Clock;
}

/** The slow loop: begins runs while the window is open, carries on the one at hand, and leaves a record of every attempt. */
export interface TrainingRunner {
  start(): void;
  /** Resolves when the call under way is over; the run goes on with the next start. */
  stop(): Promise<void>;
  /**
   * Begins a run of a scope, or goes on with the one at hand, also where nobody has been away for long. `other_run` where
   * that one is of another scope.
   */
  now(scope: PolicyScope, by: PersonId): Promise<StartedRun>;
  /**
   * In a scope, or in all, no run begins and no call is made any more until `resume`, over restarts too. False where it was paused
   * already. One run is at hand at a time: while it is paused, other scopes wait for it.
   */
  pause(target: PauseTarget, by: PersonId): Promise<boolean>;
  /** A pause of all is taken back by `all` only, one of a scope by the scope only. False where there is none. */
  resume(target: PauseTarget, by: PersonId): Promise<boolean>;
  /** Ends the run at hand for good, where it is of the scope; its samples are free again. */
  cancel(scope: PolicyScope, by: PersonId): Promise<TrainingRun | undefined>;
  /** Whether somebody has paused the scope, or all. */
  isPausedByPerson(scope: PolicyScope): Promise<boolean>;
  /** What the runner cannot do at present, a sentence; for `status`. */
  problem(): string | undefined;
}

/** What the run that is driven can be stopped with. */
interface Driven {
  readonly scope: PolicyScope;
  /** No call is made any more. */
  readonly halt: AbortController;
  /** Ends the calls under way: what they would bring is thrown away. */
  readonly cut: AbortController;
}

const lookEveryMs = 60 * 60_000;
const soonMs = 1_000;

export function createTrainingRunner(deps: TrainingRunnerDeps): TrainingRunner {
  const { runs, window, clock, logger } = deps;
  const pauses = createTrainingPauses(deps.settings);
  const begin = createRunStarter(deps);
  const stopping = new AbortController();
  let whileOpen = new AbortController();
  let driven: Driven | undefined;
  const cancelling = new Set<string>();
  /** The run for which a person has the window open. */
  let forcedFor: TrainingRun | undefined;
  /** Of the run at hand, by `monotonicMs`. */
  let notBefore = Number.NEGATIVE_INFINITY;
  let unsubscribe = (): void => {};
  const { inTurn, ask, ...rounds } = createTrainingRounds({ work, clock, logger });

  /** Fires when the window closes; has fired where it is closed. */
  function openSignal(): AbortSignal {
    if (window.closedBecause() !== undefined) whileOpen.abort();
    else if (whileOpen.signal.aborted) whileOpen = new AbortController();
    return whileOpen.signal;
  }

  /** Gives the milliseconds after which there may be something to do again. */
  async function work(): Promise<number> {
    if (stopping.signal.aborted) return lookEveryMs;
    const atHand = await runAtHand();
    // What a person has opened is open for their run, and for no other.
    if (forcedFor !== undefined && forcedFor.runId !== atHand?.runId) release();
    if (atHand !== undefined && (await pauses.isPaused(atHand.scope))) {
      await showHalted(atHand, 'person_paused');
      return lookEveryMs;
    }
    const worksOutside = atHand !== undefined && deps.drivers[atHand.kind]?.worksOutside === true;
    if (window.closedBecause() !== undefined && !worksOutside) {
      if (atHand !== undefined) await showHalted(atHand, 'window_closed');
      return lookEveryMs;
    }
    const waitMs = notBefore - clock.monotonicMs();
    if (waitMs > 0) return waitMs;
    const run = atHand ?? (await beginAny());
    return run === undefined ? lookEveryMs : drive(run);
  }

  async function showHalted({ runId, state, reason }: TrainingRun, why: RunReason): Promise<void> {
    if (state === 'running' || reason !== why) await runs.setState(runId, 'paused', why);
  }

  /** In turn only. One that nobody can read would be at hand for ever. */
  async function runAtHand(): Promise<TrainingRun | undefined> {
    const run = await runs.unfinished();
    if (run !== undefined) return run;
    const reason: RunReason = 'unreadable';
    if (await runs.endUnreadable(reason, clock.now())) logger.error('training_run_unreadable', {});
    return undefined;
  }

  async function beginAny(): Promise<TrainingRun | undefined> {
    const signal = AbortSignal.any([stopping.signal, openSignal()]);
    try {
      for (const scope of await deps.scopes()) {
        if (signal.aborted) return undefined;
        if (await pauses.isPaused(scope)) continue;
        const started = await begin({ scope, signal, heldBy: () => heldBy(scope, signal) });
        if (started.kind !== 'nothing') return started.run;
      }
    } catch (thrown) {
      if (!signal.aborted || toAppError(thrown).code !== 'aborted') throw thrown;
    }
    return undefined;
  }

  async function heldBy(scope: PolicyScope, signal: AbortSignal): Promise<RunReason | undefined> {
    if (await pauses.isPaused(scope)) return 'person_paused';
    return signal.aborted ? 'window_closed' : undefined;
  }

  async function drive(run: TrainingRun): Promise<number> {
    const { scope } = run;
    const driver = deps.drivers[run.kind];
    if (driver === undefined) {
      await finish(run, { state: 'failed', reason: 'no_engine', at: clock.now() });
      return soonMs;
    }
    const halt = new AbortController();
    const cut = new AbortController();
    driven = { scope, halt, cut };
    try {
      // What closed between the question and here is seen by nobody else.
      const isPaused = await pauses.isPaused(scope);
      const isOver = stopping.signal.aborted || cancelling.has(policyScopeKey(scope));
      if (isPaused || isOver || window.closedBecause() !== undefined) halt.abort();
      await runs.setState(run.runId, 'running');
      const gate = createSpendGate(run.runId, halt.signal, deps);
      const end = await driver.drive(run, gate, AbortSignal.any([stopping.signal, cut.signal]));
      return await conclude(run, driver, end);
    } finally {
      driven = undefined;
    }
  }

  async function conclude(run: TrainingRun, driver: RunDriver, end: DriverEnd): Promise<number> {
    const { runId, number } = run;
    switch (end.kind) {
      case 'candidate': {
        const { source, kind: _, ...how } = end;
        const candidateId = await deps.addCandidate(run, source);
        await finish(run, { state: 'done', candidateId, ...how, at: clock.now() });
        logger.info('training_done', { run: number, policy: candidateId, reason: end.reason ?? null });
        return soonMs;
      }
      case 'nothing':
        await driver.abandon(run, openSignal());
        await finish(run, { state: 'skipped', reason: end.reason, at: clock.now() });
        logger.info('training_came_to_nothing', { run: number, reason: end.reason });
        return soonMs;
      case 'failed':
        await driver.abandon(run, openSignal());
        await finish(run, { state: 'failed', reason: end.reason, at: clock.now() });
        logger.warn('training_failed_for_good', { run: number, reason: end.reason, error: end.error });
        return soonMs;
      case 'waiting':
        if (end.reason !== undefined) await runs.setState(runId, 'running', end.reason);
        // Nothing of it needs the window that a person has opened.
        if (driver.worksOutside === true) release();
        notBefore = clock.monotonicMs() + end.againMs;
        return end.againMs;
      case 'paused': {
        const reason: RunReason = (await pauses.isPaused(run.scope)) ? 'person_paused' : 'window_closed';
        const isOver = stopping.signal.aborted || cancelling.has(policyScopeKey(run.scope));
        if (!isOver) await runs.setState(runId, 'paused', reason);
        return lookEveryMs;
      }
    }
  }

  async function finish({ runId }: TrainingRun, end: RunEnd): Promise<void> {
    await runs.end(runId, end);
    notBefore = Number.NEGATIVE_INFINITY;
    release();
  }

  function release(): void {
    forcedFor = undefined;
    window.release();
  }

  function openFor(run: TrainingRun): void {
    notBefore = Number.NEGATIVE_INFINITY;
    forcedFor = run;
    window.force();
    ask();
  }

  function goOnWith(run: TrainingRun, scope: PolicyScope): StartedRun {
    if (!isSameScope(run.scope, scope)) return { kind: 'nothing', reason: 'other_run' };
    openFor(run);
    return { kind: 'resumed', run };
  }

  async function beginOrFind(scope: PolicyScope, by: PersonId): Promise<StartedRun> {
    const run = await runAtHand();
    if (run !== undefined) return goOnWith(run, scope);
    const { signal } = stopping;
    const started = await begin({ scope, by, signal, heldBy: () => heldBy(scope, signal) });
    if (started.kind !== 'nothing') openFor(started.run);
    return started;
  }

  /** One that is driven says so itself when its step is through. */
  async function showPaused(target: PauseTarget): Promise<void> {
    const run = await runs.unfinished();
    if (run === undefined || !isMeant(target, run.scope)) return;
    // Somebody may have resumed it since.
    if (await pauses.isPaused(run.scope)) await runs.setState(run.runId, 'paused', 'person_paused');
  }

  async function cancelRun(scope: PolicyScope, by: PersonId): Promise<TrainingRun | undefined> {
    const run = await runs.unfinished();
    if (run === undefined || !isSameScope(run.scope, scope)) return undefined;
    await deps.drivers[run.kind]?.abandon(run, openSignal());
    await finish(run, { state: 'cancelled', reason: 'person_cancelled', at: clock.now() });
    logger.info('training_cancelled', { run: run.number, by });
    return runs.get(run.runId);
  }

  return {
    start() {
      unsubscribe();
      unsubscribe = window.onChange(() => {
        if (window.closedBecause() === undefined) return ask();
        whileOpen.abort();
        driven?.halt.abort();
      });
      rounds.start();
    },
    async stop() {
      stopping.abort();
      driven?.halt.abort();
      unsubscribe();
      window.stop();
      await rounds.stop();
    },
    async now(scope, by) {
      if (await pauses.isPaused(scope)) {
        throw new AppError('conflict', 'Training is paused. `train resume` lets it go on.');
      }
      // One at hand may be driven for long: that is not waited for.
      const atHand = await runs.unfinished();
      return atHand === undefined ? inTurn(() => beginOrFind(scope, by)) : goOnWith(atHand, scope);
    },
    async pause(target, by) {
      if (!(await pauses.pause(target))) return false;
      if (driven !== undefined && isMeant(target, driven.scope)) driven.halt.abort();
      if (forcedFor !== undefined && isMeant(target, forcedFor.scope)) release();
      logger.info('training_paused', { by });
      void inTurn(() => showPaused(target)).catch((error: unknown) =>
        logger.error('training_failed', { error }),
      );
      return true;
    },
    async resume(target, by) {
      if (!(await pauses.resume(target))) return false;
      logger.info('training_resumed', { by });
      ask();
      return true;
    },
    async cancel(scope, by) {
      const run = await runs.unfinished();
      if (run === undefined || !isSameScope(run.scope, scope)) return undefined;
      const key = policyScopeKey(scope);
      cancelling.add(key);
      if (driven !== undefined && isSameScope(driven.scope, scope)) {
        driven.halt.abort();
        driven.cut.abort();
      }
      try {
        return await inTurn(() => cancelRun(scope, by));
      } finally {
        cancelling.delete(key);
        ask();
      }
    },
    isPausedByPerson: pauses.isPaused,
    problem: rounds.problem,
  };
}

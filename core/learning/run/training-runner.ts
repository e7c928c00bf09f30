import { AppError, toAppError } from '../../domain/app-error.ts';
import type { PersonId } from '../../domain/ids.ts';
import { type PolicyId, type PolicyScope, policyScopeKey } from '../../domain/policy.ts';
import type { RunKind, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RunEnd, RunStore } from '../../ports/run-store.ts';
import type { SettingsStore } from '../../ports/settings-store.ts';
import type { RunWindow } from '../../schedule/training-window.ts';
import { type BeginRunDeps, createRunStarter, type StartedRun } from './begin-run.ts';
import { isLeaseLost } from './lease-lost.ts';
import { createOneAtATime } from './one-at-a-time.ts';
import { createOpenSignals } from './open-signals.ts';
import type { DriverEnd, RunDriver } from './run-driver.ts';
import { haltError } from './run-gate.ts';
import type { RunReason } from './run-reasons.ts';
import { createRunRests } from './run-rests.ts';
import { createRunTurn, type RunTurn, type RunTurns } from './run-turn.ts';
import { createRunsAtHand } from './runs-at-hand.ts';
import { createSpendGate } from './spend-gate.ts';
import { createTrainingPauses, isMeant, isSameScope, type PauseTarget } from './training-pauses.ts';
import { createTrainingRounds } from './training-rounds.ts';

export type { StartedRun } from './begin-run.ts';

export interface TrainingRunnerDeps extends BeginRunDeps {
  readonly runs: RunStore;
  readonly settings: Pick<SettingsStore, 'get' | 'set'>;
  readonly window: RunWindow;
  /** Whether this instance is the one that may change runs. @default always */
  readonly leads?: () => boolean;
  /** How long a step of such a run takes, as far as that was measured, milliseconds. @default unknown: any time left is enough */
  readonly stepMs?: (kind: RunKind) => number;
  /** @default none: nothing else is done beside */
  readonly turns?: RunTurns;
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

/**
 * The slow loop: begins runs while windows are open, carries on those at hand, and leaves a record of every attempt. Each scope has one
 * run at hand at most, and one of all is driven at a time: the first that may go on now. While none may, a scope without one begins its own.
 */
export interface TrainingRunner {
  start(): void;
  /** Resolves when the call under way is over; the runs go on with the next start. */
  stop(): Promise<void>;
  /**
   * Begins a run of a scope, or goes on with the one at hand, also where nobody has been away for long; not before the end of one that is driven.
   * The last scope that was asked for has its window open, no other. `other_run` where a run of everywhere and one of a space would be at hand at once.
   */
  now(scope: PolicyScope, by: PersonId): Promise<StartedRun>;
  /**
   * In a scope, or in all, no run begins and no call is made any more until `resume`, over restarts too. False where it was paused
   * already.
   */
  pause(target: PauseTarget, by: PersonId): Promise<boolean>;
  /** A pause of all is taken back by `all` only, one of a scope by the scope only. False where there is none. */
  resume(target: PauseTarget, by: PersonId): Promise<boolean>;
  /** Ends the run at hand of a scope for good; its samples are free again. */
  cancel(scope: PolicyScope, by: PersonId): Promise<TrainingRun | undefined>;
  /** Whether somebody has paused the scope, or all. */
  isPausedByPerson(scope: PolicyScope): Promise<boolean>;
  /** What the runner cannot do at present, a sentence; for `status`. */
  problem(): string | undefined;
}

/** The run that is driven, and what it can be stopped with. */
interface Driven {
  readonly run: TrainingRun;
  /** No call is made any more. */
  readonly halt: AbortController;
  /** Ends the calls under way: what they would bring is thrown away. */
  readonly cut: AbortController;
}

const lookEveryMs = 60 * 60_000;
/** While another instance leads. */
const followMs = 60_000;
const soonMs = 1_000;

export function createTrainingRunner(deps: TrainingRunnerDeps): TrainingRunner {
  const { runs, window, clock, logger } = deps;
  const pauses = createTrainingPauses(deps.settings);
  const begin = createRunStarter(deps);
  /** Nobody who wants a run waits for the one that is driven, which may take hours. */
  const beginnings = createOneAtATime();
  const atHand = createRunsAtHand({ ...deps, pauses });
  const rests = createRunRests(clock);
  const stopping = new AbortController();
  const openSignals = createOpenSignals(window);
  let driven: Driven | undefined;
  const cancelling = new Set<string>();
  /** The run for which a person has the window open. */
  let forcedFor: TrainingRun | undefined;
  let unsubscribe = (): void => {};
  const { inTurn, ask, ...rounds } = createTrainingRounds({ work: workAsLeader, clock, logger });

  const isDriven = (run: TrainingRun): boolean => driven?.run.runId === run.runId;
  const isCancelling = ({ scope }: TrainingRun): boolean => cancelling.has(policyScopeKey(scope));

  /** What another instance looks after is left to it; that it took over in the middle is no failure. */
  async function workAsLeader(): Promise<number> {
    if (deps.leads?.() === false) return followMs;
    try {
      return await work();
    } catch (thrown) {
      if (!isLeaseLost(thrown)) throw thrown;
      logger.info('training_left', {});
      return soonMs;
    }
  }

  /** Gives the milliseconds after which there may be something to do again. */
  async function work(): Promise<number> {
    if (stopping.signal.aborted) return lookEveryMs;
    const forcedBefore = forcedFor;
    const unfinished = await atHand.all();
    // What a person has opened is open for their run, and for no other.
    if (forcedBefore !== undefined && !unfinished.some(({ runId }) => runId === forcedBefore.runId)) {
      releaseOf(forcedBefore);
    }
    rests.keepOnly(unfinished.map(({ runId }) => runId));
    const [next, ...others] = await readyOf(unfinished);
    const run = next ?? (await beginAny());
    if (run === undefined) return Math.min(lookEveryMs, rests.soonestMs());
    for (const other of others) await atHand.showHalted(other, 'other_run');
    return drive(run);
  }

  /** That of a person first, then by number. */
  async function readyOf(unfinished: readonly TrainingRun[]): Promise<readonly TrainingRun[]> {
    const ready: TrainingRun[] = [];
    for (const run of unfinished) {
      if (isCancelling(run)) continue;
      const bar = await atHand.barOf(run);
      if (bar !== undefined) await atHand.showHalted(run, bar);
      else if (rests.leftMs(run.runId) > 0) continue;
      else if (run.runId === forcedFor?.runId) ready.unshift(run);
      else ready.push(run);
    }
    return ready;
  }

  async function beginAny(): Promise<TrainingRun | undefined> {
    for (const scope of await deps.scopes()) {
      if (stopping.signal.aborted) return undefined;
      const run = await beginnings.run(() => beginWhileOpen(scope));
      if (run !== undefined) return run;
    }
    return undefined;
  }

  async function beginWhileOpen(scope: PolicyScope): Promise<TrainingRun | undefined> {
    if (!window.isOpen(scope) || (await pauses.isPaused(scope))) return undefined;
    if ((await atHand.inTheWayOf(scope)) !== undefined) return undefined;
    const signal = AbortSignal.any([stopping.signal, openSignals.of(scope)]);
    try {
      const started = await begin({ scope, signal, heldBy: () => heldBy(scope, signal) });
      return started.kind === 'nothing' ? undefined : started.run;
    } catch (thrown) {
      if (!signal.aborted || toAppError(thrown).code !== 'aborted') throw thrown;
      return undefined;
    }
  }

  async function heldBy(scope: PolicyScope, signal: AbortSignal): Promise<RunReason | undefined> {
    if (await pauses.isPaused(scope)) return 'person_paused';
    return signal.aborted ? 'window_closed' : undefined;
  }

  async function drive(run: TrainingRun): Promise<number> {
    const driver = deps.drivers[run.kind];
    if (driver === undefined) {
      await finish(run, { state: 'failed', reason: 'no_engine', at: clock.now() });
      return soonMs;
    }
    const isBeingCancelled = isCancelling(run);
    const own: Driven = { run, halt: new AbortController(), cut: new AbortController() };
    driven = own;
    try {
      // Whoever cancels it from now on finds it driven; who came before may have ended it.
      const hasEnded = (await runs.get(run.runId))?.endedAt !== undefined;
      return isBeingCancelled || hasEnded ? soonMs : await driveIn(own, driver);
    } finally {
      driven = undefined;
    }
  }

  async function driveIn({ run, halt, cut }: Driven, driver: RunDriver): Promise<number> {
    const { scope } = run;
    const turn = createRunTurn(deps.turns);
    let rest = (): void => {};
    try {
      // What closed between the question and here is seen by nobody else.
      const isPaused = await pauses.isPaused(scope);
      const isOver = stopping.signal.aborted || isCancelling(run);
      const isOpen = window.isOpen(scope);
      if (isPaused || isOver || !isOpen) halt.abort();
      if (isOpen) {
        await turn.take(AbortSignal.any([halt.signal, stopping.signal]));
        rest = window.working(scope);
      }
      await runs.setState(run.runId, 'running');
      const gate = createSpendGate(run.runId, halt.signal, {
        ...deps,
        beforeStep: () => beforeStep(run, turn, halt.signal),
      });
      const end = await driver.drive(run, gate, AbortSignal.any([stopping.signal, cut.signal]));
      return await conclude(run, driver, end, halt.signal);
    } catch (thrown) {
      if (!halt.signal.aborted || toAppError(thrown).code !== 'aborted') throw thrown;
      return await conclude(run, driver, { kind: 'paused' }, halt.signal);
    } finally {
      rest();
      turn.giveBack();
    }
  }

  /** What would be cut off half way is made again from the last checkpoint: better not begun. */
  async function beforeStep(run: TrainingRun, turn: RunTurn, halted: AbortSignal): Promise<void> {
    if (!atHand.hasTimeFor(run)) throw haltError('paused');
    try {
      await turn.letOthersGo(halted);
    } catch (thrown) {
      throw halted.aborted ? haltError('paused') : thrown;
    }
  }

  async function conclude(
    run: TrainingRun,
    driver: RunDriver,
    end: DriverEnd,
    halted: AbortSignal,
  ): Promise<number> {
    const { runId, number } = run;
    switch (end.kind) {
      case 'candidate': {
        const { source, kind: _, ...how } = end;
        // Whoever leads no more makes no policy: this one is rejected then.
        await runs.setState(runId, 'running');
        const candidateId = await deps.addCandidate(run, source);
        await finish(run, { state: 'done', candidateId, ...how, at: clock.now() });
        logger.info('training_done', { run: number, policy: candidateId, reason: end.reason ?? null });
        break;
      }
      case 'nothing':
        await driver.abandon(run, openSignals.of(run.scope));
        await finish(run, { state: 'skipped', reason: end.reason, at: clock.now() });
        logger.info('training_came_to_nothing', { run: number, reason: end.reason });
        break;
      case 'failed':
        await driver.abandon(run, openSignals.of(run.scope));
        await finish(run, { state: 'failed', reason: end.reason, at: clock.now() });
        logger.warn('training_failed_for_good', { run: number, reason: end.reason, error: end.error });
        break;
      case 'waiting':
        if (end.reason !== undefined) await runs.setState(runId, 'running', end.reason);
        // Nothing of it needs the window that a person has opened.
        if (driver.worksOutside === true) releaseOf(run);
        rests.rest(runId, end.againMs, 'time');
        break;
      case 'paused':
        if (!stopping.signal.aborted && !isCancelling(run)) await pauseFor(run, halted);
    }
    return soonMs;
  }

  async function pauseFor(run: TrainingRun, halted: AbortSignal): Promise<void> {
    const bar = await atHand.barOf(run);
    await runs.setState(run.runId, 'paused', bar ?? 'window_closed');
    // What was halted and may go on again meanwhile does; any other would pause for the same reason again.
    const mayGoOn = halted.aborted && bar === undefined && window.isOpen(run.scope);
    if (!mayGoOn) rests.rest(run.runId, lookEveryMs, 'change');
  }

  async function finish(run: TrainingRun, end: RunEnd): Promise<void> {
    await runs.end(run.runId, end);
    rests.wake(run.runId);
    releaseOf(run);
  }

  function releaseOf({ runId }: TrainingRun): void {
    if (forcedFor?.runId !== runId) return;
    forcedFor = undefined;
    window.release();
  }

  function openFor(run: TrainingRun): void {
    rests.wake(run.runId);
    forcedFor = run;
    window.force(run.scope);
    ask();
  }

  function goOnWith(run: TrainingRun, scope: PolicyScope): StartedRun {
    if (!isSameScope(run.scope, scope)) return { kind: 'nothing', reason: 'other_run' };
    openFor(run);
    return { kind: 'resumed', run };
  }

  async function beginOrFind(scope: PolicyScope, by: PersonId): Promise<StartedRun> {
    await atHand.all();
    const run = await atHand.inTheWayOf(scope);
    if (run !== undefined) return goOnWith(run, scope);
    const { signal } = stopping;
    const started = await begin({ scope, by, signal, heldBy: () => heldBy(scope, signal) });
    if (started.kind === 'nothing') return started;
    if (driven !== undefined) await atHand.showHalted(started.run, 'other_run');
    openFor(started.run);
    return started;
  }

  /** One that is driven says so itself when its step is through. */
  async function showPaused(target: PauseTarget): Promise<void> {
    for (const run of await runs.allUnfinished()) {
      // Somebody may have resumed it since.
      const isShown = isMeant(target, run.scope) && !isDriven(run) && (await pauses.isPaused(run.scope));
      if (isShown) await atHand.showHalted(run, 'person_paused');
    }
  }

  async function cancelRun(scope: PolicyScope, by: PersonId): Promise<TrainingRun | undefined> {
    const run = await runs.unfinished(scope);
    if (run === undefined) return undefined;
    await deps.drivers[run.kind]?.abandon(run, openSignals.of(run.scope));
    await finish(run, { state: 'cancelled', reason: 'person_cancelled', at: clock.now() });
    logger.info('training_cancelled', { run: run.number, by });
    return runs.get(run.runId);
  }

  return {
    start() {
      unsubscribe();
      unsubscribe = window.onChange(() => {
        openSignals.look();
        rests.changed();
        if (driven === undefined) return ask();
        if (window.isOpen(driven.run.scope)) return ask();
        driven.halt.abort();
      });
      rounds.start();
    },
    async stop() {
      stopping.abort();
      driven?.halt.abort();
      unsubscribe();
      await rounds.stop();
      await beginnings.whenOver();
    },
    async now(scope, by) {
      if (await pauses.isPaused(scope)) {
        throw new AppError('conflict', 'Training is paused. `train resume` lets it go on.');
      }
      // A plan of another scope may be made for long: who only goes on does not wait for it.
      const found = await atHand.inTheWayOf(scope);
      return found === undefined ? beginnings.run(() => beginOrFind(scope, by)) : goOnWith(found, scope);
    },
    async pause(target, by) {
      if (!(await pauses.pause(target))) return false;
      if (driven !== undefined && isMeant(target, driven.run.scope)) driven.halt.abort();
      if (forcedFor !== undefined && isMeant(target, forcedFor.scope)) releaseOf(forcedFor);
      logger.info('training_paused', { by });
      showPaused(target).catch((error: unknown) => logger.error('training_failed', { error }));
      return true;
    },
    async resume(target, by) {
      if (!(await pauses.resume(target))) return false;
      logger.info('training_resumed', { by });
      rests.changed();
      ask();
      return true;
    },
    async cancel(scope, by) {
      if ((await runs.unfinished(scope)) === undefined) return undefined;
      const key = policyScopeKey(scope);
      cancelling.add(key);
      try {
        if (driven === undefined || !isSameScope(driven.run.scope, scope)) {
          return await beginnings.run(() => cancelRun(scope, by));
        }
        driven.halt.abort();
        driven.cut.abort();
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

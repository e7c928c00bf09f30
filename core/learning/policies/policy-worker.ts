import { createRecurringWork } from '../../feedback/recurring-work.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import { inTurn } from '../../schedule/in-turn.ts';
import type { TakeTurn } from '../../schedule/work-turns.ts';
import type { LiveGate } from './live-gate.ts';
import { isLeftToPerson } from './person-decides.ts';
import type { GateStep, PolicyGate } from './policy-gate.ts';

export interface PolicyWorkerDeps {
  readonly gate: PolicyGate;
  readonly live: LiveGate;
  readonly store: Pick<PolicyStore, 'inState'>;
  /** Whether models may be called for it now. */
  readonly mayWork: () => boolean;
  /** Called at once whenever that changes. Gives a function that ends it. */
  readonly onChange: (listener: () => void) => () => void;
  /**
   * What the trying of candidates waits for; the looking for harm does not. It lasts for a minute of work, and what people cut off in it is made again in it.
   * One that comes while people are answered has waited for them long enough. Absent: nothing.
   */
  readonly turn?: TakeTurn;
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
  readonly logger: Logger;
}

/** The test of policies as it is, for `status`. */
export interface PolicyReport {
  /** Policies that are neither in service nor decided about. */
  readonly candidates: number;
  /** Why it does not go on, as a sentence; absent while it does. */
  readonly problem?: string;
}

export interface PolicyWorker {
  start(): void;
  /** Cuts off what is under way; it is done again after the next start. Resolves when all has ended; safe to call twice. */
  stop(): Promise<void>;
  report(): Promise<PolicyReport>;
}

const lookEveryMs = 30_000;
/** A step that began in time is made to its end. */
const turnMs = 60_000;
/** So long a turn is kept while people are answered. */
const longestQuietWaitMs = 10 * 60_000;
/** Where people have cut off every step for so long, the next one is made to its end. */
const longestCutMs = 2 * 60 * 60_000;
/** People's words are counted this often. */
const liveEveryMs = 10 * 60_000;

const storageWords = 'Policies cannot be tested, as the storage failed; the log says why.';
const budgetWords = 'Policies are tested no further today: the calls of the day are spent.';
/** So long a candidate waits before anybody is told. */
const longWaitMs = 24 * 60 * 60_000;
const quietWords =
  'The test of a policy waits for a quiet time: for more than 24 hours there was none in which it could go on.';

/**
 * Tests policies beside everything else: harm is looked for at any time, models are called only while they may be, and what is
 * under way is cut off as soon as they may not; but where that never leaves the time for a step, one is made now and then. A failing store is logged
 * and tried again.
 */
export function createPolicyWorker(deps: PolicyWorkerDeps): PolicyWorker {
  const { gate, live, clock, logger, mayWork, onChange } = deps;
  const recurring = createRecurringWork(clock, tick);
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** When a step last came to its end, or none was to be made. */
  let goneOnAtMs = clock.monotonicMs();
  let problem: string | undefined;
  let inTurns: Promise<void> | undefined;

  const mayGoOn = (): boolean => !recurring.signal.aborted && mayWork();

  async function lookAtLive(): Promise<void> {
    if (clock.monotonicMs() - lookedAtMs < liveEveryMs) return;
    await live.look(recurring.signal);
    lookedAtMs = clock.monotonicMs();
  }

  /** Whoever is being answered must not wait behind a step that began before they came. */
  async function stepUntilCut(): Promise<GateStep | 'cut'> {
    const cut = new AbortController();
    const endListening = onChange(() => {
      if (!mayWork()) cut.abort();
    });
    try {
      const ended = await gate.step(AbortSignal.any([recurring.signal, cut.signal]));
      return ended.kind === 'stopped' && cut.signal.aborted ? 'cut' : ended;
    } finally {
      endListening();
    }
  }

  async function stepOnce(isUncut: boolean): Promise<'worked' | 'cut' | 'nothing'> {
    const ended = isUncut ? await gate.step(recurring.signal) : await stepUntilCut();
    if (ended === 'cut') return ended;
    if (ended.kind === 'unavailable') logger.warn('policy_gate_down', { error: ended.error });
    if (ended.kind !== 'stopped') {
      problem = ended.kind === 'no_budget' ? budgetWords : undefined;
      goneOnAtMs = clock.monotonicMs();
    }
    return ended.kind === 'worked' ? 'worked' : 'nothing';
  }

  function failed(error: unknown): void {
    problem = storageWords;
    logger.error('policy_gate_failed', { error });
  }

  /** Resolves when nobody is answered any more, after a while, and at the stop; with whether one may work. */
  function becomesQuiet(): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (): void => {
        endListening();
        timer.cancel();
        recurring.signal.removeEventListener('abort', end);
        resolve(mayGoOn());
      };
      const endListening = onChange(() => {
        if (mayWork()) end();
      });
      const timer = clock.after(longestQuietWaitMs, end);
      recurring.signal.addEventListener('abort', end);
    });
  }

  /** True where there is more to do. */
  async function stepForAMinute(): Promise<boolean> {
    const wasLet = mayWork();
    let leftMs = turnMs;
    while (!recurring.signal.aborted && leftMs > 0) {
      const isUncut = !wasLet || clock.monotonicMs() - goneOnAtMs >= longestCutMs;
      if (!isUncut && !mayWork() && !(await becomesQuiet())) return true;
      const beganMs = clock.monotonicMs();
      if ((await stepOnce(isUncut)) === 'nothing') return false;
      leftMs -= clock.monotonicMs() - beganMs;
    }
    return true;
  }

  /** Beside the looks for harm, which go on while it waits. */
  async function workInTurns(take: TakeTurn): Promise<void> {
    try {
      while (!recurring.signal.aborted && (await inTurn(take, recurring.signal, stepForAMinute)));
    } catch (error) {
      if (!recurring.signal.aborted) failed(error);
    }
    inTurns = undefined;
  }

  async function workAtOnce(): Promise<void> {
    while (mayGoOn() && (await stepOnce(false)) === 'worked') await lookAtLive();
  }

  async function tick(): Promise<number> {
    try {
      await lookAtLive();
      if (problem === storageWords) problem = undefined;
      const candidates = await deps.store.inState(['candidate']);
      if (candidates.every(isLeftToPerson)) goneOnAtMs = clock.monotonicMs();
      if (deps.turn === undefined) await workAtOnce();
      else if (!recurring.signal.aborted && candidates.length > 0) inTurns ??= workInTurns(deps.turn);
    } catch (error) {
      failed(error);
    }
    return lookEveryMs;
  }

  return {
    start: recurring.start,
    async stop() {
      await recurring.stop();
      await inTurns;
    },
    async report() {
      const waiting = await deps.store.inState(['candidate', 'canary']);
      const isWaiting = waiting.some((policy) => policy.state === 'candidate' && !isLeftToPerson(policy));
      const hasWaitedLong = clock.monotonicMs() - goneOnAtMs > longWaitMs;
      const why = gate.problem() ?? problem ?? (isWaiting && hasWaitedLong ? quietWords : undefined);
      return { candidates: waiting.length, ...(why === undefined ? {} : { problem: why }) };
    },
  };
}

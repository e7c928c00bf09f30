import { createRecurringWork } from '../../feedback/recurring-work.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
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
 * under way is cut off as soon as they may not. A failing store is logged and tried again.
 */
export function createPolicyWorker(deps: PolicyWorkerDeps): PolicyWorker {
  const { gate, live, clock, logger, mayWork, onChange } = deps;
  const recurring = createRecurringWork(clock, tick);
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let quietAtMs = clock.monotonicMs();
  let problem: string | undefined;

  const mayGoOn = (): boolean => !recurring.signal.aborted && mayWork();

  async function lookAtLive(): Promise<void> {
    if (clock.monotonicMs() - lookedAtMs < liveEveryMs) return;
    await live.look(recurring.signal);
    lookedAtMs = clock.monotonicMs();
  }

  /** Whoever is being answered must not wait behind a step that began before they came. */
  async function stepWhileLet(): Promise<GateStep> {
    const cut = new AbortController();
    const endListening = onChange(() => {
      if (!mayWork()) cut.abort();
    });
    try {
      return await gate.step(AbortSignal.any([recurring.signal, cut.signal]));
    } finally {
      endListening();
    }
  }

  /** False where nothing is to be done for now. */
  async function stepOnce(): Promise<boolean> {
    const ended = await stepWhileLet();
    if (ended.kind === 'unavailable') logger.warn('policy_gate_down', { error: ended.error });
    if (ended.kind !== 'stopped') problem = ended.kind === 'no_budget' ? budgetWords : undefined;
    return ended.kind === 'worked';
  }

  async function tick(): Promise<number> {
    try {
      await lookAtLive();
      if (problem === storageWords) problem = undefined;
      if (mayWork()) quietAtMs = clock.monotonicMs();
      while (mayGoOn() && (await stepOnce())) await lookAtLive();
    } catch (error) {
      problem = storageWords;
      logger.error('policy_gate_failed', { error });
    }
    return lookEveryMs;
  }

  return {
    start: recurring.start,
    stop: recurring.stop,
    async report() {
      const waiting = await deps.store.inState(['candidate', 'canary']);
      const isWaiting = waiting.some((policy) => policy.state === 'candidate' && !isLeftToPerson(policy));
      const hasWaitedLong = !mayWork() && clock.monotonicMs() - quietAtMs > longWaitMs;
      const why = gate.problem() ?? problem ?? (isWaiting && hasWaitedLong ? quietWords : undefined);
      return { candidates: waiting.length, ...(why === undefined ? {} : { problem: why }) };
    },
  };
}

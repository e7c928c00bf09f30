import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { LimitedCall, LimiterPort } from '../../core/ports/limiter.ts';
import { createKeptValues } from './kept-values.ts';
import { createPauses, type Verdict } from './pauses.ts';
import { createRateGates } from './rate-gates.ts';

export interface LimiterOptions {
  /** Most jobs that may start in a second, all together. Minimum: 1. Default 30. */
  readonly maxPerSecond?: number;
  /** Most calls a minute of each method that has a rate of its own. Minimum: 1. Default: none has. */
  readonly perMinute?: Readonly<Record<string, number>>;
  /** What a platform's `rate_limited` holds back: the method everywhere, or the destination. Default `destination`. */
  readonly pauses?: 'method' | 'destination';
  /** Most jobs in the queue. One that runs counts: a refusal sends it back. Minimum: 1. Default 1,000. */
  readonly maxWaiting?: number;
  /** The same for one destination. Default 100. */
  readonly maxWaitingPerDestination?: number;
  /** How long a job may wait for the platform's `rate_limited` in all. Default 30,000. */
  readonly maxRateLimitWaitMs?: number;
}

/** A destination: its jobs, one after another. */
interface Lane {
  /** Settles when the last job given to this lane has. */
  tail: Promise<void>;
  /** When the last job with an interval began, monotonic milliseconds. */
  lastSpacedMs: number;
  jobs: number;
}

interface Job {
  readonly call: LimitedCall;
  readonly lane: Lane;
  readonly givenMs: number;
  /** How the platform refused it last. */
  refusal?: AppError;
}

const LEAST_RETRY_MS = 1_000;
/** Calls that wait, the new one among them, before an expendable one is refused: a moment's worth at the rates of platforms. */
const EXPENDABLE_WAITING = 20;

const stoppedError = (cause?: unknown): AppError =>
  new AppError('aborted', 'The program is stopping: the call was not made.', { cause });

const isRateLimit = (thrown: unknown): thrown is AppError =>
  thrown instanceof AppError && thrown.code === 'rate_limited';

/**
 * The rates are Bottleneck's. The order and spacing of one destination is a chain of promises of our own in front of them:
 * a Bottleneck per destination would space the moments at which jobs enter the overall queue and not those at which
 * they run, and costs 100 KB each. A destination is forgotten when its spacing no longer matters. Only the first job
 * of each destination stands before the rates, so destinations take turns there, however long their own queues are.
 *
 * `overloaded` carries as `retryAfterMs` how long what waits there takes at least.
 */
export function createLimiter(clock: Clock, options: LimiterOptions = {}): LimiterPort {
  const { maxPerSecond = 30, maxWaiting = 1_000, maxWaitingPerDestination = 100 } = options;
  const gates = createRateGates(clock, { maxPerSecond, perMinute: options.perMinute ?? {} });
  const pauses = createPauses(clock, options.maxRateLimitWaitMs ?? 30_000);
  const lanes = createKeptValues<Lane>(
    clock,
    () => ({
      tail: Promise.resolve(),
      lastSpacedMs: Number.NEGATIVE_INFINITY,
      jobs: 0,
    }),
    () => undefined,
  );
  const stopping = new AbortController();
  let happenings = 0;
  let jobs = 0;
  let running = 0;
  /** The widest spacing that anybody asked for: so long a destination's last start may still matter. */
  let longestIntervalMs = 0;
  let stopped: Promise<void> | undefined;

  /** Counts everything that happens, so that before and after are told apart within one instant too. */
  const next = (): number => {
    happenings += 1;
    return happenings;
  };
  const scopeOf = (call: LimitedCall): string =>
    options.pauses === 'method' ? call.method : call.destination;

  async function waitForSpacing({ call, lane }: Job): Promise<void> {
    if (call.minIntervalMs <= 0) return;
    const waitMs = lane.lastSpacedMs + call.minIntervalMs - clock.monotonicMs();
    if (waitMs > 0) await clock.sleep(waitMs, stopping.signal);
  }

  function verdictOf({ call, givenMs }: Job): Verdict {
    const waits = call.waitsOnRateLimit !== false && call.hurry?.aborted !== true;
    return pauses.verdict(scopeOf(call), { givenMs, waits });
  }

  async function waitOutPause({ hurry }: LimitedCall, waitMs: number): Promise<void> {
    const cuts = hurry === undefined ? stopping.signal : AbortSignal.any([stopping.signal, hurry]);
    await clock.sleep(waitMs, cuts).catch(() => undefined);
  }

  async function waitForTurn(job: Job): Promise<void> {
    await waitForSpacing(job);
    for (let hasPassed = false; ; ) {
      if (stopping.signal.aborted) throw stoppedError();
      const verdict = verdictOf(job);
      if (verdict.kind === 'reject') throw verdict.error;
      if (verdict.kind === 'go' && hasPassed) return;
      // What passed before a pause passes again after it, or all that wait would begin at once.
      hasPassed = verdict.kind === 'go';
      if (verdict.kind === 'go') await gates.pass(job.call.method);
      else await waitOutPause(job.call, verdict.waitMs);
    }
  }

  /** A job that will not run (again) rejects with the platform's own refusal where there was one. */
  function whyNot(job: Job, thrown: unknown): AppError {
    if (job.refusal !== undefined) return job.refusal;
    return isRateLimit(thrown) ? thrown : stoppedError(thrown);
  }

  async function runUntilTaken<T>(job: Job, work: () => Promise<T>): Promise<T> {
    for (;;) {
      await waitForTurn(job).catch((thrown: unknown) => Promise.reject(whyNot(job, thrown)));
      const begunAs = next();
      if (job.call.minIntervalMs > 0) job.lane.lastSpacedMs = clock.monotonicMs();
      running += 1;
      try {
        const result = await work();
        pauses.succeeded(scopeOf(job.call), begunAs);
        return result;
      } catch (thrown) {
        if (!isRateLimit(thrown)) throw thrown;
        job.refusal = thrown;
        pauses.refused(scopeOf(job.call), thrown, next());
      } finally {
        running -= 1;
      }
    }
  }

  async function runInLane<T>(before: Promise<void>, job: Job, work: () => Promise<T>): Promise<T> {
    try {
      await before;
      return await runUntilTaken(job, work);
    } finally {
      leave(job);
    }
  }

  function leave({ call, lane }: Pick<Job, 'call' | 'lane'>): void {
    jobs -= 1;
    lane.jobs -= 1;
    lanes.release(call.destination, lane.lastSpacedMs + longestIntervalMs - clock.monotonicMs());
  }

  function overloadedError(call: LimitedCall, lane: Lane): AppError {
    const retryAfterMs = Math.ceil(
      Math.max(
        LEAST_RETRY_MS,
        pauses.leftMs(scopeOf(call)),
        lane.jobs * call.minIntervalMs,
        (jobs * 1_000) / maxPerSecond,
      ),
    );
    const message = 'Too many messages wait to be sent: try again in a while.';
    const details = { method: call.method, waiting: jobs, waitingThere: lane.jobs };
    return new AppError('overloaded', message, { retryable: true, retryAfterMs, details });
  }

  async function close(): Promise<void> {
    stopping.abort();
    await gates.close();
    await Promise.all(lanes.values().map((lane) => lane.tail));
    lanes.clear();
  }

  return {
    run(call, work) {
      if (stopping.signal.aborted) return Promise.reject(stoppedError());
      const lane = lanes.hold(call.destination);
      jobs += 1;
      lane.jobs += 1;
      const isInTheWay = call.isExpendable === true && jobs - running > EXPENDABLE_WAITING;
      if (isInTheWay || jobs > maxWaiting || lane.jobs > maxWaitingPerDestination) {
        leave({ call, lane });
        return Promise.reject(overloadedError(call, lane));
      }
      longestIntervalMs = Math.max(longestIntervalMs, call.minIntervalMs);
      const job: Job = { call, lane, givenMs: clock.monotonicMs() };
      const result = runInLane(lane.tail, job, work);
      lane.tail = result.then(
        () => undefined,
        () => undefined,
      );
      return result;
    },
    queue: () => ({ waiting: jobs - running, bound: maxWaiting }),
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}

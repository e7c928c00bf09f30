import Bottleneck from 'bottleneck';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { LimiterPort } from '../../core/ports/limiter.ts';

export interface LimiterOptions {
  /** Most jobs of all keys together that may start in a second. Minimum: 1. Default 30. */
  readonly maxPerSecond?: number;
}

interface Lane {
  /** Settles when the last job given to this lane has. */
  tail: Promise<void>;
  /** When the last job began, monotonic milliseconds. */
  lastStartedMs: number;
  /** The widest spacing that a job asked for. */
  longestIntervalMs: number;
  jobs: number;
  forgetting: Timer | undefined;
}

const stoppedError = (cause?: unknown): AppError =>
  new AppError('aborted', 'The program is stopping: the call was not made.', { cause });

/**
 * The overall rate is Bottleneck's. The order and spacing of one key is a chain of promises of our own in front of it:
 * a Bottleneck per key would space the moments at which jobs enter the overall queue and not those at which they run,
 * and costs 100 KB a key. A key is forgotten when its spacing no longer matters.
 *
 * A job waits for its own `minIntervalMs` since the start of the key's previous job. After `stop`, jobs that have not
 * begun and new ones reject with `aborted`; those that run finish first.
 */
export function createLimiter(clock: Clock, options: LimiterOptions = {}): LimiterPort {
  const overall = new Bottleneck({ minTime: Math.ceil(1_000 / (options.maxPerSecond ?? 30)) });
  const lanes = new Map<string, Lane>();
  const stopping = new AbortController();
  let waitingJobs = 0;

  function laneOf(key: string): Lane {
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const lane: Lane = {
      tail: Promise.resolve(),
      lastStartedMs: Number.NEGATIVE_INFINITY,
      longestIntervalMs: 0,
      jobs: 0,
      forgetting: undefined,
    };
    lanes.set(key, lane);
    return lane;
  }

  /** A later job might still need the spacing, so the lane outlives its last job by the widest one. */
  function forgetLater(key: string, lane: Lane): void {
    if (lane.jobs > 0) return;
    lane.forgetting = clock.after(lane.longestIntervalMs, () => lanes.delete(key));
  }

  async function runInLane<T>(lane: Lane, minIntervalMs: number, job: () => Promise<T>): Promise<T> {
    let begun = false;
    try {
      const waitMs = lane.lastStartedMs + minIntervalMs - clock.monotonicMs();
      if (waitMs > 0) await clock.sleep(waitMs, stopping.signal);
      if (stopping.signal.aborted) throw stoppedError();
      return await overall.schedule(async () => {
        begun = true;
        waitingJobs -= 1;
        lane.lastStartedMs = clock.monotonicMs();
        return await job();
      });
    } catch (thrown) {
      if (begun) throw thrown;
      waitingJobs -= 1;
      throw stoppedError(thrown);
    }
  }

  return {
    run(key, minIntervalMs, job) {
      if (stopping.signal.aborted) return Promise.reject(stoppedError());
      const lane = laneOf(key);
      lane.jobs += 1;
      lane.forgetting?.cancel();
      lane.longestIntervalMs = Math.max(lane.longestIntervalMs, minIntervalMs);
      waitingJobs += 1;
      const result = lane.tail.then(() => runInLane(lane, minIntervalMs, job));
      lane.tail = result
        .then(
          () => undefined,
          () => undefined,
        )
        .then(() => {
          lane.jobs -= 1;
          forgetLater(key, lane);
        });
      return result;
    },
    waiting: () => waitingJobs,
    async stop() {
      if (!stopping.signal.aborted) {
        stopping.abort();
        await overall.stop({ dropWaitingJobs: true });
      }
      await Promise.all([...lanes.values()].map((lane) => lane.tail));
      for (const lane of lanes.values()) lane.forgetting?.cancel();
      lanes.clear();
      await overall.disconnect(false);
    },
  };
}

import { createLimiter, type LimiterOptions } from '../../../adapters/limiter/limiter.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { LimitedCall, LimiterPort } from '../../../core/ports/limiter.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';

export interface Scene {
  readonly clock: FakeClock;
  readonly limiter: LimiterPort;
  /** `name@instant` of every start. */
  readonly begun: readonly string[];
  /** A job that notes its start and does what `work` does; without it, it resolves with its name. */
  job<T = string>(name: string, work?: () => T | Promise<T>): () => Promise<T | string>;
  /** Resolves when that many jobs have begun. */
  began(count: number): Promise<void>;
  /** Resolves when everything has begun that needs no more time on the clock. */
  quiet(): Promise<void>;
  /** Moves the clock on and waits for what that lets begin. */
  advance(ms: number): Promise<void>;
}

/** A call of one method by default, without spacing. */
export const to = (destination: string, extra: Partial<LimitedCall> = {}): LimitedCall => ({
  method: 'send',
  destination,
  minIntervalMs: 0,
  ...extra,
});

/** The platform's "too many requests". */
export const refusal = (retryAfterMs: number): AppError =>
  new AppError('rate_limited', 'The platform asks to wait.', { retryable: true, retryAfterMs });

/** Jobs that note when they began, on a clock that stands still; the rates' own timers are real and quick. */
export function openScene(options: LimiterOptions = {}): Scene {
  const clock = createFakeClock(0);
  const limiter = createLimiter(clock, { maxPerSecond: 1_000_000, ...options });
  /** Where the bound leaves no room for one job more. */
  const spare = createLimiter(clock, { maxPerSecond: 1_000_000 });
  const begun: string[] = [];
  const watchers = new Set<() => void>();

  /** Whatever was let through before it has begun when a job of another destination has run. */
  async function sentinel(): Promise<void> {
    // A method with a rate has a second gate to pass.
    const times = options.perMinute === undefined && options.maxWaiting === undefined ? 1 : 3;
    const call = to('sentinel', { method: 'sentinel' });
    const nothing = (): Promise<void> => Promise.resolve();
    for (let time = 0; time < times; time += 1)
      await limiter.run(call, nothing).catch(() => spare.run(call, nothing));
  }

  async function quiet(): Promise<void> {
    for (let before = -1; before !== begun.length; ) {
      before = begun.length;
      await clock.advance(0);
      await sentinel();
      await clock.advance(0);
    }
  }

  return {
    clock,
    limiter,
    begun,
    job: (name, work) => async () => {
      begun.push(`${name}@${clock.monotonicMs()}`);
      for (const watcher of [...watchers]) watcher();
      return work === undefined ? name : await work();
    },
    began: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (begun.length < count) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    quiet,
    async advance(ms) {
      await clock.advance(ms);
      await quiet();
    },
  };
}

/** Throws each of these in turn, then resolves. */
export function refusedBy(...errors: readonly Error[]): () => Promise<string> {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
}

export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => error,
  );

import { createSystemClock } from '../../adapters/system/clock.ts';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';

/** The time of this machine, or another one that goes as fast; a test may put it forward. */
export interface SkippingClock extends Clock {
  /** So much time has passed: everything that waited for less is due. */
  skip(delayMs: number): void;
}

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
  timer: Timer;
}

/** `startsAt`: what it shows at first, epoch milliseconds. @default the time of this machine */
export function createSkippingClock(startsAt?: number): SkippingClock {
  const system = createSystemClock();
  const offsetMs = startsAt === undefined ? 0 : startsAt - system.now();
  const waiting = new Set<Waiting>();
  let aheadMs = 0;
  const monotonicMs = (): number => system.monotonicMs() + aheadMs;

  function arm(one: Omit<Waiting, 'timer'>): Timer {
    return system.after(Math.max(0, one.dueMs - monotonicMs()), one.callback);
  }

  function after(delayMs: number, callback: () => void): Timer {
    const call = (): void => {
      waiting.delete(one);
      callback();
    };
    const due = { dueMs: monotonicMs() + delayMs, callback: call };
    const one: Waiting = { ...due, timer: arm(due) };
    waiting.add(one);
    return {
      cancel() {
        waiting.delete(one);
        one.timer.cancel();
      },
    };
  }

  return {
    now: () => system.now() + offsetMs + aheadMs,
    monotonicMs,
    after,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const timer = after(delayMs, () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        });
        function abort(): void {
          timer.cancel();
          reject(new AppError('aborted', 'The wait was stopped.'));
        }
        if (signal?.aborted === true) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      }),
    skip(delayMs) {
      aheadMs += delayMs;
      for (const one of waiting) {
        one.timer.cancel();
        one.timer = arm(one);
      }
    },
  };
}

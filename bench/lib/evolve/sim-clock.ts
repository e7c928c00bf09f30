import { AppError } from '../../../core/domain/app-error.ts';
import type { Clock } from '../../../core/ports/clock.ts';

/** A clock that a simulation moves by hours. */
export interface SimClock extends Clock {
  /** Moves on; nothing runs. */
  moveTo(at: number): void;
  /** Calls every timer that is due, once each, and not what they set in turn. */
  runDue(): void;
  /** Whether a timer waits that will be due within so long. */
  waitsWithin(ms: number): boolean;
}

interface Pending {
  readonly dueAt: number;
  readonly run: () => void;
}

export function createSimClock(startAt: number): SimClock {
  let now = startAt;
  const pending = new Set<Pending>();
  const add = (delayMs: number, run: () => void): Pending => {
    const entry = { dueAt: now + delayMs, run };
    pending.add(entry);
    return entry;
  };
  return {
    now: () => now,
    monotonicMs: () => now - startAt,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const entry = add(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          pending.delete(entry);
          reject(new AppError('aborted', 'The wait was stopped.'));
        });
      }),
    after(delayMs, callback) {
      const entry = add(delayMs, callback);
      return { cancel: () => void pending.delete(entry) };
    },
    moveTo(at) {
      now = Math.max(now, at);
    },
    runDue() {
      for (const entry of [...pending].filter(({ dueAt }) => dueAt <= now)) {
        pending.delete(entry);
        entry.run();
      }
    },
    waitsWithin: (ms) => [...pending].some(({ dueAt }) => dueAt <= now + ms),
  };
}

import { AppError } from '../../../core/domain/app-error.ts';
import type { Clock } from '../../../core/ports/clock.ts';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Moves both clocks on, running each due timer at its own instant and in order; what a timer or sleep sets going in
   * turn is given its say before the next one. Timers set meanwhile run too when they fall due inside the span.
   */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock only, also backwards: `monotonicMs`, timers and sleeps do not notice. */
  jump(ms: number): void;
  /** How many timers and sleeps wait. */
  waiting(): number;
}

interface Pending {
  readonly dueAtMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Lets everything that can go on without time passing go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createFakeClock(startAt: number = Date.UTC(2026, 0, 5, 12)): FakeClock {
  let wallAt = startAt;
  let elapsedMs = 0;
  let order = 0;
  const pending = new Set<Pending>();

  const add = (delayMs: number, run: () => void): Pending => {
    order += 1;
    const entry: Pending = { dueAtMs: elapsedMs + Math.max(0, delayMs), order, run };
    pending.add(entry);
    return entry;
  };
  const moveTo = (targetMs: number): void => {
    wallAt += targetMs - elapsedMs;
    elapsedMs = targetMs;
  };
  const nextDue = (limitMs: number): Pending | undefined =>
    [...pending]
      .filter((entry) => entry.dueAtMs <= limitMs)
      .sort((a, b) => a.dueAtMs - b.dueAtMs || a.order - b.order)[0];

  return {
    now: () => wallAt,
    monotonicMs: () => elapsedMs,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        const aborted = (): void => {
          pending.delete(entry);
          reject(new AppError('aborted', 'The wait was stopped.'));
        };
        const entry = add(delayMs, () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        });
        if (signal?.aborted) aborted();
        else signal?.addEventListener('abort', aborted, { once: true });
      });
    },
    after(delayMs, callback) {
      const entry = add(delayMs, callback);
      return { cancel: () => void pending.delete(entry) };
    },
    async advance(ms) {
      const targetMs = elapsedMs + ms;
      await settle();
      for (let due = nextDue(targetMs); due !== undefined; due = nextDue(targetMs)) {
        pending.delete(due);
        moveTo(Math.max(elapsedMs, due.dueAtMs));
        due.run();
        await settle();
      }
      moveTo(targetMs);
      await settle();
    },
    jump(ms) {
      wallAt += ms;
    },
    waiting: () => pending.size,
  };
}

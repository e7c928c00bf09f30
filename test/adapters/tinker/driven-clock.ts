import type { Clock } from '../../../core/ports/clock.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';

/** A fake clock that knows when its next timer is due. */
export interface DrivenClock extends Clock {
  advance(ms: number): Promise<void>;
  jump(ms: number): void;
  waiting(): number;
  /** Milliseconds until the next timer or sleep; `undefined` where none waits. */
  nextInMs(): number | undefined;
  /** How long each sleep that was begun was to be, in order; timers are none. */
  readonly sleeps: readonly number[];
}

export function createDrivenClock(): DrivenClock {
  const clock = createFakeClock();
  const due = new Set<{ readonly at: number }>();
  const sleeps: number[] = [];
  const add = (delayMs: number): { readonly at: number } => {
    const entry = { at: clock.monotonicMs() + Math.max(0, delayMs) };
    due.add(entry);
    return entry;
  };
  return {
    ...clock,
    sleeps,
    async sleep(delayMs, signal) {
      sleeps.push(delayMs);
      const entry = add(delayMs);
      try {
        await clock.sleep(delayMs, signal);
      } finally {
        due.delete(entry);
      }
    },
    after(delayMs, callback) {
      const entry = add(delayMs);
      const timer = clock.after(delayMs, () => {
        due.delete(entry);
        callback();
      });
      return {
        cancel() {
          due.delete(entry);
          timer.cancel();
        },
      };
    },
    nextInMs: () =>
      due.size === 0 ? undefined : Math.min(...[...due].map(({ at }) => at)) - clock.monotonicMs(),
  };
}

import type { Clock } from '../ports/clock.ts';

/** Notices what the bot did not live through: a wall clock that was set, a machine that slept. */
export interface ClockWatch {
  /** Since the last look. `undefined`: time went on as usual. Else how the wall clock stood at that look, epoch milliseconds. */
  look(): { readonly lastSeenAt: number } | undefined;
}

/** So far the two clocks may part between two looks before that is a gap: they are never corrected that fast. */
const partingMs = 60_000;

/** `longestMs`: it is looked at least that often while the machine is awake. */
export function createClockWatch(clock: Pick<Clock, 'now' | 'monotonicMs'>, longestMs: number): ClockWatch {
  let last = { at: clock.now(), ms: clock.monotonicMs() };
  return {
    look() {
      const before = last;
      last = { at: clock.now(), ms: clock.monotonicMs() };
      const passedMs = last.ms - before.ms;
      const isSteady = Math.abs(last.at - before.at - passedMs) <= partingMs && passedMs <= longestMs;
      return isSteady ? undefined : { lastSeenAt: before.at };
    },
  };
}

import { clipSpans, mergeSpans, type Span } from '../../core/domain/span.ts';
import { badFeed } from './errors.ts';

/** Gathers busy time in any order, in little more room than the result needs. */
export interface BusyTimes {
  /** Throws `bad_reply` where they are more than 10,000 apart from each other. */
  add(spans: readonly Span[]): void;
  /** Merged, clipped. */
  all(): readonly Span[];
}

const maxTimes = 10_000;

export function createBusyTimes(within: Span): BusyTimes {
  /** Merged whenever they are twice as many as may be left, so that each is gone over a few times only. */
  let times: Span[] = [];

  function merge(): void {
    times = [...mergeSpans(times)];
    if (times.length <= maxTimes) return;
    throw badFeed('The feed holds more than 10,000 busy times in two months. Connect one with fewer.');
  }

  return {
    add(spans) {
      for (const span of spans) {
        if (span.from >= within.to || span.to <= within.from) continue;
        times.push(span);
        if (times.length > 2 * maxTimes) merge();
      }
    },
    all() {
      merge();
      return clipSpans(times, within);
    },
  };
}

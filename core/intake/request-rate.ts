/** How often something may be asked: at once as often as in a minute, then evenly spread. */
export interface RequestRate {
  readonly perMinute: number;
  /** 0: taken. Else nothing was taken, and the milliseconds until one could be. `nowMs`: of a clock that never goes back. */
  take(nowMs: number): number;
}

const MINUTE_MS = 60_000;

/** A token bucket that is full at first. `perMinute`: whole, from 1. */
export function createRequestRate(perMinute: number, startMs: number): RequestRate {
  // In parts of a request that are whole numbers: a millisecond brings `perMinute` of them, a request costs a minute's.
  const fullAt = perMinute * MINUTE_MS;
  let credit = fullAt;
  let countedMs = startMs;
  return {
    perMinute,
    take(nowMs) {
      credit = Math.min(fullAt, credit + (nowMs - countedMs) * perMinute);
      countedMs = nowMs;
      if (credit < MINUTE_MS) return (MINUTE_MS - credit) / perMinute;
      credit -= MINUTE_MS;
      return 0;
    },
  };
}

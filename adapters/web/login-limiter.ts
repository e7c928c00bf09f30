import { createLatestMap } from '../../core/domain/latest-map.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** Holds back guessing: each key may try `burst` times at once and then once each `refillMs`. */
export interface LoginLimiter {
  /** Takes one attempt. Says how long to wait, milliseconds; 0 means go ahead. */
  take(key: string): number;
  /** Gives the attempt back: it was the right password. */
  giveBack(key: string): void;
}

const MAX_KEYS = 1_000;

interface Bucket {
  left: number;
  atMs: number;
}

export function createLoginLimiter(clock: Clock, burst: number, refillMs: number): LoginLimiter {
  const buckets = createLatestMap<string, Bucket>(MAX_KEYS);
  const bucketOf = (key: string): Bucket => {
    const nowMs = clock.monotonicMs();
    const known = buckets.get(key);
    const bucket = known ?? { left: burst, atMs: nowMs };
    bucket.left = Math.min(burst, bucket.left + (nowMs - bucket.atMs) / refillMs);
    bucket.atMs = nowMs;
    buckets.set(key, bucket);
    return bucket;
  };
  return {
    take(key) {
      const bucket = bucketOf(key);
      if (bucket.left < 1) return Math.ceil((1 - bucket.left) * refillMs);
      bucket.left -= 1;
      return 0;
    },
    giveBack(key) {
      const bucket = bucketOf(key);
      bucket.left = Math.min(burst, bucket.left + 1);
    },
  };
}

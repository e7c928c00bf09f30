import type { Clock } from '../../core/ports/clock.ts';

/** Watches how fast a body comes. */
export interface BodyPace {
  /** It has ended, or is not waited for any more. */
  stop(): void;
}

const graceMs = 10_000;
/** 8 KB (of 1,024 bytes) a second, which the slowest lines of today do. */
const leastBytesPerMs = 8.192;
/** Node's own limit for a request has to lie above it. */
export const longestBodyMs = 600_000;

/**
 * Calls `late` once, when a body has come more slowly than 8 KB a second on the mean, which counts after ten seconds, or has taken
 * ten minutes. `bytes`: how many have come so far.
 */
export function watchBodyPace(
  clock: Pick<Clock, 'after' | 'monotonicMs'>,
  bytes: () => number,
  late: () => void,
): BodyPace {
  const beganAt = clock.monotonicMs();
  let timer = clock.after(graceMs, look);

  /** What has come so far is enough until then. */
  function look(): void {
    const enoughMs = Math.min(longestBodyMs, Math.max(graceMs, bytes() / leastBytesPerMs));
    const leftMs = enoughMs - (clock.monotonicMs() - beganAt);
    if (leftMs <= 0) late();
    else timer = clock.after(Math.ceil(leftMs), look);
  }

  return { stop: () => timer.cancel() };
}

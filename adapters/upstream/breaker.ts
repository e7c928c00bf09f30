import { CircuitState, ConsecutiveBreaker } from 'cockatiel';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';

/** One attempt at an upstream; the first word about it counts. */
export interface BreakerEntry {
  served(): void;
  /** `why`: a sentence for whoever runs the bot. */
  failed(why: string): void;
  /** It ended without showing anything about the server. */
  dropped(): void;
}

/**
 * Leaves an upstream alone that failed five exchanges in a row. After 30 seconds single attempts try it, a few seconds apart, as an
 * answer may take its time; the others pass it over meanwhile. The first of them that shows something decides.
 */
export interface Breaker {
  /** Undefined while the upstream is left alone. */
  enter(): BreakerEntry | undefined;
  /** Whether `enter` would let an attempt in now. */
  admits(): boolean;
  /** Milliseconds until it lets an attempt in. */
  restMs(): number;
  /** While it failed and has not answered since. */
  problem(): string | undefined;
}

export interface BreakerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const failuresInARow = 5;
const restMs = 30_000;
const trialEveryMs = 2_000;

export function createBreaker({ name, clock, logger, metrics }: BreakerOptions): Breaker {
  // The package's policies wrap a promise each and rest by the wall clock: it counts, the states and the rest are kept here.
  const count = new ConsecutiveBreaker(failuresInARow);
  let state = CircuitState.Closed;
  /** Monotonic milliseconds. */
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let lastWhy = '';

  const admits = (): boolean => state === CircuitState.Closed || clock.monotonicMs() >= notBeforeMs;

  function rest(): void {
    state = CircuitState.Open;
    notBeforeMs = clock.monotonicMs() + restMs;
    logger.warn('upstream_rests', { upstream: name, restMs });
    metrics.count('upstream_rests_total', `upstream=${name}`);
  }

  function createEntry(isTrial: boolean): BreakerEntry {
    let isSettled = false;
    const settle = (): boolean => {
      const isFirst = !isSettled;
      isSettled = true;
      // What began before the rest says nothing about the server as it is now.
      return isFirst && (state === CircuitState.Closed || (isTrial && state === CircuitState.HalfOpen));
    };
    return {
      served() {
        if (!settle()) return;
        count.success();
        if (state === CircuitState.Closed) return;
        state = CircuitState.Closed;
        logger.info('upstream_recovered', { upstream: name });
      },
      failed(why) {
        if (!settle()) return;
        lastWhy = why;
        const isTooMuch = count.failure();
        if (state === CircuitState.HalfOpen || isTooMuch) rest();
      },
      dropped() {
        if (settle() && isTrial) notBeforeMs = clock.monotonicMs();
      },
    };
  }

  return {
    enter() {
      if (!admits()) return undefined;
      const isTrial = state !== CircuitState.Closed;
      if (isTrial) {
        state = CircuitState.HalfOpen;
        notBeforeMs = clock.monotonicMs() + trialEveryMs;
      }
      return createEntry(isTrial);
    },
    admits,
    restMs: () => (state === CircuitState.Closed ? 0 : Math.max(0, notBeforeMs - clock.monotonicMs())),
    problem() {
      if (state === CircuitState.Closed) return undefined;
      return `The upstream ${name} failed several times in a row and is left alone for now: ${lastWhy}`;
    },
  };
}

import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** A job as its pauses see it. */
export interface PausableJob {
  /** Monotonic milliseconds at which the limiter got it. */
  readonly givenMs: number;
  /** False: it rejects rather than waits. */
  readonly waits: boolean;
}

export type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'reject'; readonly error: AppError };

/** What the platform said about waiting, by the scope for which it holds: a method or a destination. */
export interface Pauses {
  /** What a job of that scope may do now. */
  verdict(scope: string, job: PausableJob): Verdict;
  /** The platform answered `rate_limited`. A pause is only ever made longer. */
  refused(scope: string, refusal: AppError, as: number): void;
  /** A call that began as `begunAs` succeeded: the limit is over, unless the refusal came after that. */
  succeeded(scope: string, begunAs: number): void;
  /** How much longer the scope is paused, milliseconds; 0 when it is not. */
  leftMs(scope: string): number;
}

interface Pause {
  readonly untilMs: number;
  /** The first refusal since the last success: waiting counts from here. */
  readonly sinceMs: number;
  readonly refusal: AppError;
  readonly refusedAs: number;
}

/** Where a platform does not say how long. */
const DEFAULT_PAUSE_MS = 1_000;

/**
 * A job waits through a pause where that takes at most `maxWaitMs`, counted from when it was given or from the first
 * refusal, whichever was later. Where it takes longer, it rejects with the refusal and what is left of the pause: the
 * platform is not asked again before the time that it named.
 */
export function createPauses(clock: Clock, maxWaitMs: number): Pauses {
  const pauses = new Map<string, Pause>();

  /** Keeps what still says something: a pause, or how long waiting has been going on by the time of the next try. */
  function forgetOld(): void {
    const nowMs = clock.monotonicMs();
    for (const [scope, { untilMs }] of pauses) if (untilMs + maxWaitMs < nowMs) pauses.delete(scope);
  }

  const leftMs = (scope: string): number =>
    Math.max(0, (pauses.get(scope)?.untilMs ?? 0) - clock.monotonicMs());

  return {
    leftMs,
    verdict(scope, job) {
      const pause = pauses.get(scope);
      const waitMs = leftMs(scope);
      if (pause === undefined || waitMs === 0) return { kind: 'go' };
      const inAllMs = pause.untilMs - Math.max(job.givenMs, pause.sinceMs);
      if (job.waits && inAllMs <= maxWaitMs) return { kind: 'wait', waitMs };
      return { kind: 'reject', error: heldBack(pause.refusal, waitMs) };
    },
    refused(scope, refusal, as) {
      forgetOld();
      const nowMs = clock.monotonicMs();
      const known = pauses.get(scope);
      const untilMs = nowMs + (refusal.retryAfterMs ?? DEFAULT_PAUSE_MS);
      pauses.set(scope, {
        untilMs: Math.max(untilMs, known?.untilMs ?? untilMs),
        sinceMs: known?.sinceMs ?? nowMs,
        refusal,
        refusedAs: as,
      });
    },
    succeeded(scope, begunAs) {
      const pause = pauses.get(scope);
      if (pause !== undefined && begunAs > pause.refusedAs) pauses.delete(scope);
    },
  };
}

/** The platform's refusal for a job that was not the one refused. */
function heldBack(refusal: AppError, retryAfterMs: number): AppError {
  const { message, details } = refusal;
  return new AppError('rate_limited', message, { cause: refusal, retryable: true, retryAfterMs, details });
}

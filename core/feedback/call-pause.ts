import type { AppError } from '../domain/app-error.ts';
import type { Clock } from '../ports/clock.ts';

/** Keeps from calling a model that does not answer, ever longer; then one call goes ahead of the others. */
export interface CallPause {
  /** It did not answer: nobody asks for a while. */
  failed(error: AppError): void;
  /** It answered: everything as before. */
  answered(): void;
  /** Why it is thought to be down; absent while it is not. */
  why(): AppError | undefined;
  /** How long nobody asks yet, milliseconds; 0 where one may. */
  remainingMs(): number;
}

const firstPauseMs = 60_000;
const longestPauseMs = 60 * 60_000;

export function createCallPause(clock: Pick<Clock, 'monotonicMs'>): CallPause {
  let reason: AppError | undefined;
  let pauseMs = 0;
  let until = 0;

  return {
    failed(error) {
      // Calls that were under way together fail together: that is one failure.
      if (reason !== undefined && clock.monotonicMs() < until) return;
      const doubled = reason === undefined ? firstPauseMs : pauseMs * 2;
      pauseMs = Math.min(longestPauseMs, Math.max(doubled, error.retryAfterMs ?? 0));
      until = clock.monotonicMs() + pauseMs;
      reason = error;
    },
    answered() {
      reason = undefined;
    },
    why: () => reason,
    remainingMs: () => (reason === undefined ? 0 : Math.max(0, until - clock.monotonicMs())),
  };
}

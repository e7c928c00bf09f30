import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { ModelPort } from '../../core/ports/model.ts';

export interface RetrySettings {
  /** Calls of one model for one answer. Minimum: 1. @default 3 */
  readonly attempts: number;
  /** The wait before the second attempt is between half of this and all of it; it doubles with each further one. @default 500 */
  readonly initialDelayMs: number;
  /** @default 8_000 */
  readonly maxDelayMs: number;
  /** A server that asks for a longer wait than this is not waited for. @default 20_000 */
  readonly maxRetryAfterMs: number;
}

export interface BreakerSettings {
  /** Failures in a row after which a model is left alone. Minimum: 1. @default 5 */
  readonly failures: number;
  /** For how long, in milliseconds; then one call may try it again. @default 30_000 */
  readonly restMs: number;
}

export const defaultRetry: RetrySettings = {
  attempts: 3,
  initialDelayMs: 500,
  maxDelayMs: 8_000,
  maxRetryAfterMs: 20_000,
};

export const defaultBreaker: BreakerSettings = { failures: 5, restMs: 30_000 };

export interface ModelChainOptions {
  /** The first choice first; at least one. */
  readonly models: readonly ModelPort[];
  readonly retry?: Partial<RetrySettings>;
  readonly breaker?: Partial<BreakerSettings>;
  /** Times the waits between attempts and the breaker's rest. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

import {
  CircuitState,
  ConsecutiveBreaker,
  ConstantBackoff,
  circuitBreaker,
  ExponentialBackoff,
  halfJitterGenerator,
  handleWhen,
  retry,
} from 'cockatiel';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import type { ModelRequest } from '../../core/domain/model.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { type OpenedAnswer, openAnswer } from './open-answer.ts';
import type { BreakerSettings, RetrySettings } from './options.ts';

/** One model of the chain, with its patience and its breaker. */
export interface ModelLink {
  readonly description: string;
  /** Rejects with an `AppError` when all attempts failed before the first word, or at once while the model rests. */
  open(request: ModelRequest, signal: AbortSignal): Promise<OpenedAnswer>;
}

export interface ModelLinkOptions {
  readonly model: ModelPort;
  readonly retry: RetrySettings;
  readonly breaker: BreakerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export function createModelLink(options: ModelLinkOptions): ModelLink {
  const { model, clock, logger, metrics } = options;
  const { attempts, initialDelayMs, maxDelayMs, maxRetryAfterMs } = options.retry;
  const description = model.description;

  // The library counts a rest by the wall clock, which may jump: it never holds back, the rest is measured here.
  const breaker = circuitBreaker(handleWhen(isServersFault), {
    halfOpenAfter: Number.NEGATIVE_INFINITY,
    breaker: new ConsecutiveBreaker(options.breaker.failures),
  });
  /** Monotonic milliseconds. */
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  breaker.onBreak(() => {
    restsUntilMs = clock.monotonicMs() + options.breaker.restMs;
    logger.warn('model_rests', { model: description, restMs: options.breaker.restMs });
    metrics.count('model_rests_total', `model=${description}`);
  });
  breaker.onReset(() => logger.info('model_recovered', { model: description }));

  // The waits are ours, by the injected clock and ended by an abort; the policy counts and decides.
  const again = retry(
    handleWhen((error) => isWorthAnAttempt(error, maxRetryAfterMs)),
    { maxAttempts: attempts - 1, backoff: new ConstantBackoff(0) },
  );
  const backoff = new ExponentialBackoff({
    generator: halfJitterGenerator,
    initialDelay: initialDelayMs,
    maxDelay: maxDelayMs,
  });

  let lastFault: AppError | undefined;

  /** What needs a person to mend it is said all along; a rest mends the others. */
  function resting(): AppError {
    const details = { reason: 'resting' };
    if (lastFault?.retryable === false) return new AppError(lastFault.code, lastFault.message, { details });
    return new AppError(
      'peer_failed',
      `${description} failed several times in a row and is left alone for a moment. Try again shortly.`,
      { retryable: true, details },
    );
  }

  async function attempt(request: ModelRequest, signal: AbortSignal): Promise<OpenedAnswer> {
    // While one call tries a model that rested, the others do not wait for its result.
    const isTried = breaker.state === CircuitState.HalfOpen;
    const isResting = breaker.state === CircuitState.Open && clock.monotonicMs() < restsUntilMs;
    if (isTried || isResting) throw resting();
    metrics.count('model_attempts_total', `model=${description}`);
    try {
      return await breaker.execute(() => openAnswer(model, request, signal));
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isServersFault(error)) lastFault = error;
      throw error;
    }
  }

  return {
    description,
    async open(request, signal) {
      let waits = backoff.next();
      let last: AppError | undefined;
      return await again.execute(async (context) => {
        if (last !== undefined) {
          const delayMs = Math.max(waits.duration, last.retryAfterMs ?? 0);
          waits = waits.next(undefined);
          logger.info('model_retry', {
            model: description,
            attempt: context.attempt + 1,
            delayMs,
            code: last.code,
          });
          metrics.count('model_retries_total', `model=${description}`);
          await clock.sleep(delayMs, signal);
        }
        try {
          return await attempt(request, signal);
        } catch (thrown) {
          last = toAppError(thrown);
          throw last;
        }
      }, signal);
    },
  };
}

/** What another attempt may mend. A timeout has used up the person's patience, and a resting model must rest. */
function isWorthAnAttempt(error: unknown, maxRetryAfterMs: number): boolean {
  if (!(error instanceof AppError) || !error.retryable) return false;
  if (error.code === 'aborted' || error.code === 'timeout' || error.details['reason'] === 'resting')
    return false;
  return (error.retryAfterMs ?? 0) <= maxRetryAfterMs;
}

/** What speaks against the server and not against this one request. */
function isServersFault(error: unknown): boolean {
  return (
    error instanceof AppError && (error.retryable || error.code === 'auth_failed') && error.code !== 'aborted'
  );
}

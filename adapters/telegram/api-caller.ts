import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { toTelegramError } from './errors.ts';
import type { ResolvedTelegramOptions } from './options.ts';
import type { TelegramApi } from './telegram-api.ts';
import { type ApiRefusal, parseRefusal } from './wire.ts';

export interface CallOptions {
  /** Repeating the call would show something twice: an unknown fate is `delivery_unknown`. Default false. */
  readonly isSend?: boolean;
  /** Milliseconds. Default `callTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Ends the call early. */
  readonly signal?: AbortSignal;
  /** Waits and repeats when Telegram says "too many requests". Default true. */
  readonly waitsOnRateLimit?: boolean;
  /** Sees a refusal first; true means that it is as good as success. */
  readonly accepts?: (refusal: ApiRefusal) => boolean;
}

export interface ApiCaller {
  /** Rejects with an `AppError`. `undefined` when `accepts` took a refusal for success. */
  call(method: string, payload: object, options?: CallOptions): Promise<unknown>;
  /** From now on nothing waits for a rate limit to pass, and what hangs is cut after `HURRIED_MS`: such calls reject. */
  hurry(): void;
}

/** How long a call may still take when the channel stops. */
export const HURRIED_MS = 4_000;

/** Bot API calls with a deadline each, patience for rate limits, and one kind of error. */
export function createApiCaller(
  api: TelegramApi,
  options: ResolvedTelegramOptions,
  clock: Clock,
  logger: Logger,
): ApiCaller {
  const hurrying = new AbortController();
  const cutting = new AbortController();

  async function once(method: string, payload: object, call: CallOptions): Promise<unknown> {
    const deadline = new AbortController();
    const abort = (): void => deadline.abort();
    const timer = clock.after(call.timeoutMs ?? options.callTimeoutMs, abort);
    for (const signal of [call.signal, cutting.signal])
      signal?.addEventListener('abort', abort, { once: true });
    try {
      if (call.signal?.aborted || cutting.signal.aborted) {
        throw new AppError('aborted', 'The call was stopped.');
      }
      return await api.callApi(method, payload, { signal: deadline.signal });
    } catch (thrown) {
      const refusal = parseRefusal(thrown);
      if (refusal !== undefined && call.accepts?.(refusal) === true) return undefined;
      if (call.signal?.aborted) throw new AppError('aborted', 'The call was stopped.');
      throw toTelegramError(thrown, {
        method,
        isSend: call.isSend ?? false,
        token: options.token,
        timedOut: deadline.signal.aborted,
      });
    } finally {
      timer.cancel();
      for (const signal of [call.signal, cutting.signal]) signal?.removeEventListener('abort', abort);
    }
  }

  /** How long to wait before the same call again; `undefined` when it is to fail. */
  function patienceFor(error: unknown, call: CallOptions, waitedMs: number): number | undefined {
    if (call.waitsOnRateLimit === false || hurrying.signal.aborted) return undefined;
    if (!(error instanceof AppError) || error.code !== 'rate_limited') return undefined;
    const waitMs = error.retryAfterMs ?? 1_000;
    return waitedMs + waitMs <= options.maxRateLimitWaitMs ? waitMs : undefined;
  }

  async function patiently(method: string, payload: object, call: CallOptions): Promise<unknown> {
    for (let waitedMs = 0; ; ) {
      try {
        return await once(method, payload, call);
      } catch (error) {
        const waitMs = patienceFor(error, call, waitedMs);
        if (waitMs === undefined) throw error;
        logger.info('telegram_rate_limited', { method, waitMs });
        waitedMs += waitMs;
        // When hurrying, the caller gets the refusal itself rather than another try.
        await clock.sleep(waitMs, hurrying.signal).catch(() => Promise.reject(error));
      }
    }
  }

  return {
    call: (method, payload, callOptions = {}) => patiently(method, payload, callOptions),
    hurry() {
      if (hurrying.signal.aborted) return;
      hurrying.abort();
      clock.after(HURRIED_MS, () => cutting.abort());
    },
  };
}

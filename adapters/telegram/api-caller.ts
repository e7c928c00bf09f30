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
  /** Sees a refusal first; true means that it is as good as success. */
  readonly accepts?: (refusal: ApiRefusal) => boolean;
}

export interface ApiCaller {
  /** Rejects with an `AppError`. `undefined` when `accepts` took a refusal for success. */
  call(method: string, payload: object, options?: CallOptions): Promise<unknown>;
  /** From now on, what hangs is cut after `HURRIED_MS`: such calls reject. */
  hurry(): void;
}

/** How long a call may still take when the channel stops. */
export const HURRIED_MS = 4_000;

/** Bot API calls with a deadline each and one kind of error. Waiting for rate limits is the limiter's. */
export function createApiCaller(
  api: TelegramApi,
  options: ResolvedTelegramOptions,
  clock: Clock,
  logger: Logger,
): ApiCaller {
  let isHurrying = false;
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
      const error = toTelegramError(thrown, {
        method,
        isSend: call.isSend ?? false,
        token: options.token,
        timedOut: deadline.signal.aborted,
      });
      if (error.code === 'rate_limited')
        logger.info('telegram_rate_limited', { method, waitMs: error.retryAfterMs });
      throw error;
    } finally {
      timer.cancel();
      for (const signal of [call.signal, cutting.signal]) signal?.removeEventListener('abort', abort);
    }
  }

  return {
    call: (method, payload, callOptions = {}) => once(method, payload, callOptions),
    hurry() {
      if (isHurrying) return;
      isHurrying = true;
      clock.after(HURRIED_MS, () => cutting.abort());
    },
  };
}

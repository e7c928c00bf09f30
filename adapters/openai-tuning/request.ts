import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';

export interface RequestPlan {
  /** For errors and the log: `the list of files`. */
  readonly what: string;
  /**
   * `any`: it may be made again although the first may have taken effect. `refused`: only where the server certainly did
   * nothing: what else it becomes is looked for by who asked.
   */
  readonly repeats: 'any' | 'refused';
  readonly timeoutMs: number;
  /** What was sent of people's words. */
  readonly said?: string;
}

export interface RequesterDeps {
  readonly host: string;
  readonly attempts: number;
  readonly clock: Pick<Clock, 'after' | 'sleep'>;
  readonly logger: Logger;
  readonly errorOf: (thrown: unknown, plan: RequestPlan) => AppError;
}

const firstDelayMs = 1_000;
/** A server that asks for more is asked again by whoever called. */
const longestDelayMs = 30_000;

/** Statuses by which a server says that it has not begun. */
const isRefusal = ({ code }: AppError): boolean => code === 'rate_limited' || code === 'conflict';

export type Requester = <T>(
  plan: RequestPlan,
  make: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;

/** Requests that end in time, made again where that may help and does no harm. Rejects with an `AppError`. */
export function createRequester(deps: RequesterDeps): Requester {
  async function once<T>(
    plan: RequestPlan,
    make: (signal: AbortSignal) => Promise<T>,
    caller: AbortSignal,
  ): Promise<T> {
    if (caller.aborted) throw aborted();
    const cut = new AbortController();
    const ended = Promise.withResolvers<never>();
    // Nobody may be waiting when it fires.
    ended.promise.catch(() => undefined);
    const end = (error: AppError): void => {
      ended.reject(error);
      cut.abort();
    };
    const onAbort = (): void => end(aborted());
    const timer = deps.clock.after(plan.timeoutMs, () => end(timedOut(plan, deps.host)));
    caller.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([make(cut.signal), ended.promise]);
    } catch (thrown) {
      throw deps.errorOf(thrown, plan);
    } finally {
      timer.cancel();
      caller.removeEventListener('abort', onAbort);
    }
  }

  function waitMsAfter(error: AppError, attempt: number, plan: RequestPlan): number | undefined {
    const mayRepeat = error.retryable && (plan.repeats === 'any' || isRefusal(error));
    const waitMs = error.retryAfterMs ?? Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
    return mayRepeat && attempt < deps.attempts && waitMs <= longestDelayMs ? waitMs : undefined;
  }

  return async (plan, make, signal) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(plan, make, signal);
      } catch (thrown) {
        const error = deps.errorOf(thrown, plan);
        const waitMs = waitMsAfter(error, attempt, plan);
        if (waitMs === undefined) throw error;
        deps.logger.info('tuning_request_again', { what: plan.what, attempt, error });
        await deps.clock.sleep(waitMs, signal);
      }
    }
  };
}

function aborted(): AppError {
  return new AppError('aborted', 'The request was stopped.');
}

function timedOut({ what, timeoutMs }: RequestPlan, host: string): AppError {
  const message = `${host} did not end ${what} within ${timeoutMs / 1_000} seconds. Try again.`;
  return new AppError('timeout', message, { retryable: true, details: { timeoutMs } });
}

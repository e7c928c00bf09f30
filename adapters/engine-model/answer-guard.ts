import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** Ends one answer when the caller aborts or its time is up. */
export interface AnswerGuard {
  /** Fires with the answer's end, whatever ended it. */
  readonly signal: AbortSignal;
  /** As the promise, unless the guard fires first: then rejects with its `AppError`. */
  wait<T>(promise: Promise<T>): Promise<T>;
  close(): void;
}

export function abortedError(): AppError {
  return new AppError('aborted', 'The answer was stopped.');
}

export function createAnswerGuard(
  clock: Clock,
  caller: AbortSignal,
  timeoutMs: number,
  description: string,
): AnswerGuard {
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  // Nobody may be waiting when it fires.
  ended.promise.catch(() => undefined);

  function close(): void {
    timer.cancel();
    caller.removeEventListener('abort', onAbort);
    controller.abort();
  }

  function fire(error: AppError): void {
    ended.reject(error);
    close();
  }

  function onAbort(): void {
    fire(abortedError());
  }

  const timer = clock.after(timeoutMs, () => {
    const message = `${description} did not finish its answer within ${timeoutMs / 1000} seconds. Try again; if it keeps happening, raise engine.timeoutMs or lower model.maxOutputTokens.`;
    fire(new AppError('timeout', message, { retryable: true, details: { timeoutMs } }));
  });
  if (caller.aborted) onAbort();
  else caller.addEventListener('abort', onAbort, { once: true });

  return {
    signal: controller.signal,
    wait: (promise) => Promise.race([promise, ended.promise]),
    close,
  };
}

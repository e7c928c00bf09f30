import { AppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { ModelTimeouts } from './options.ts';

/** Ends one request when the caller aborts or the server is silent for too long. */
export interface RequestGuard {
  /** Fires with the request's end, whatever ended it; closes the connection. */
  readonly signal: AbortSignal;
  /** As the promise, unless the guard fires first: then rejects with its `AppError`. Silence counts only meanwhile. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** A sign of life from the server. */
  alive(): void;
  /** From now on silence is allowed for this long only. */
  hurry(silenceMs: number): void;
  close(): void;
}

export function abortedError(): AppError {
  return new AppError('aborted', 'The answer was stopped.');
}

export function createRequestGuard(
  clock: Clock,
  caller: AbortSignal,
  timeouts: ModelTimeouts,
  host: string,
): RequestGuard {
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  // Nobody may be waiting when it fires.
  ended.promise.catch(() => undefined);
  let allowedSilenceMs = timeouts.firstEventMs;
  /** Silence before the present wait. */
  let silentMs = 0;
  /** Start of the present wait, monotonic; undefined while nobody waits. */
  let waitingSince: number | undefined;
  let silenceTimer: Timer | undefined;
  let begun = false;
  let open = true;

  function fire(error: AppError): void {
    if (!open) return;
    open = false;
    ended.reject(error);
    release();
  }

  function release(): void {
    overallTimer.cancel();
    silenceTimer?.cancel();
    caller.removeEventListener('abort', onAbort);
    controller.abort();
  }

  function onAbort(): void {
    fire(abortedError());
  }

  function timeoutError(what: string, timeoutMs: number): AppError {
    const message = `The model at ${host} ${what} within ${timeoutMs / 1000} seconds. Try again; if it keeps happening, raise the model's timeouts or use a faster model.`;
    return new AppError('timeout', message, { retryable: true, details: { timeoutMs } });
  }

  /** One timer watches many short waits: it looks how long the present silence is and sleeps for the rest. */
  function watchSilence(): void {
    silenceTimer?.cancel();
    silenceTimer = undefined;
    if (!open || waitingSince === undefined) return;
    const restMs = allowedSilenceMs - silentMs - (clock.monotonicMs() - waitingSince);
    if (restMs <= 0) {
      fire(timeoutError(begun ? 'did not go on with its answer' : 'did not answer', allowedSilenceMs));
      return;
    }
    silenceTimer = clock.after(restMs, watchSilence);
  }

  function allowSilence(silenceMs: number): void {
    allowedSilenceMs = silenceMs;
    watchSilence();
  }

  const overallTimer = clock.after(timeouts.overallMs, () =>
    fire(timeoutError('did not finish its answer', timeouts.overallMs)),
  );
  if (caller.aborted) onAbort();
  else caller.addEventListener('abort', onAbort, { once: true });

  return {
    signal: controller.signal,
    async wait(promise) {
      waitingSince = clock.monotonicMs();
      if (silenceTimer === undefined) watchSilence();
      try {
        return await Promise.race([promise, ended.promise]);
      } finally {
        silentMs += clock.monotonicMs() - waitingSince;
        waitingSince = undefined;
      }
    },
    alive() {
      silentMs = 0;
      if (waitingSince !== undefined) waitingSince = clock.monotonicMs();
      if (begun) return;
      begun = true;
      allowSilence(timeouts.idleMs);
    },
    hurry(silenceMs) {
      allowSilence(Math.min(allowedSilenceMs, silenceMs));
    },
    close() {
      if (!open) return;
      open = false;
      release();
    },
  };
}

import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';

export interface BoundedFetchDeps {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'after'>;
  readonly timeoutMs: number;
}

/** An answer this long is no answer. A page of 2,500 events is about one megabyte. */
const maxBodyChars = 16 * 1024 * 1024;

/**
 * A fetch that has ended when it answers: the body is there, within the time for all of it, and no longer than it may be. It follows no
 * redirect, which would take the token along. Rejects with `timeout` or `bad_reply`, or as the fetch does.
 */
export function createBoundedFetch(deps: BoundedFetchDeps): typeof globalThis.fetch {
  return async (input, init) => {
    const cut = new AbortController();
    const ended = Promise.withResolvers<never>();
    // Nobody may be waiting when it fires.
    ended.promise.catch(() => undefined);
    const timer = deps.clock.after(deps.timeoutMs, () => {
      ended.reject(timedOut(deps.timeoutMs));
      cut.abort();
    });
    const caller = init?.signal;
    const signal =
      caller === undefined || caller === null ? cut.signal : AbortSignal.any([caller, cut.signal]);
    try {
      return await Promise.race([whole(deps.fetch, input, { ...requestOf(init), signal }), ended.promise]);
    } finally {
      timer.cancel();
    }
  };
}

/** The SDK gives far more in `init` than a fetch knows. */
function requestOf(init: RequestInit | undefined): RequestInit {
  const { method, headers, body } = init ?? {};
  return {
    redirect: 'error',
    ...(method !== undefined && { method }),
    ...(headers !== undefined && { headers }),
    ...(body !== undefined && body !== null && { body }),
  };
}

async function whole(
  fetch: typeof globalThis.fetch,
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init);
  const text = await readText(response);
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  headers.delete('content-encoding');
  const { status, statusText } = response;
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : text, { status, statusText, headers });
}

async function readText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > maxBodyChars) throw new AppError('bad_reply', 'The answer of Google has no end.');
  }
  return text + decoder.decode();
}

function timedOut(timeoutMs: number): AppError {
  return new AppError('timeout', `Google did not answer within ${timeoutMs / 1_000} seconds. Try again.`, {
    retryable: true,
    details: { timeoutMs },
  });
}

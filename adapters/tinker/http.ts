import { beforeSending, connectionCode } from '../../core/domain/network-faults.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { aborted, noAnswer, tookTooLong } from './errors.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** An absolute address, or one under `/api/v1/`. */
  readonly path: string;
  /** What it is, in errors and logs: `forward_backward`. */
  readonly what: string;
  readonly json?: unknown;
  readonly bytes?: { readonly data: Uint8Array; readonly type: string; readonly encoding?: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export function textOf({ body }: HttpReply): string {
  return new TextDecoder().decode(body);
}

export function jsonOf(reply: HttpReply): unknown {
  const text = textOf(reply);
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Http {
  readonly host: string;
  /** One request, one answer of any status. Rejects with `network`, `timeout` or `aborted`; `details.reached` says whether it may have arrived. */
  send(call: HttpCall, signal: AbortSignal): Promise<HttpReply>;
}

export interface HttpOptions {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'after'>;
}

function bodyOf({ json, bytes }: HttpCall): Pick<RequestInit, 'body'> {
  if (json !== undefined) return { body: JSON.stringify(json) };
  return bytes === undefined ? {} : { body: Uint8Array.from(bytes.data) };
}

function headersOf({ json, bytes, headers }: HttpCall): Readonly<Record<string, string>> {
  return {
    accept: 'application/json',
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(bytes === undefined ? {} : { 'content-type': bytes.type }),
    ...(bytes?.encoding === undefined ? {} : { 'content-encoding': bytes.encoding }),
    ...headers,
  };
}

export function createHttp({ baseUrl, fetch, clock }: HttpOptions): Http {
  const { host } = new URL(baseUrl);
  return {
    host,
    async send(call, signal) {
      if (signal.aborted) throw aborted(false);
      const ending = new AbortController();
      const onAbort = (): void => ending.abort();
      signal.addEventListener('abort', onAbort);
      let isLate = false;
      const timer = clock.after(call.timeoutMs, () => {
        isLate = true;
        ending.abort();
      });
      const address = call.path.includes('://') ? call.path : `${baseUrl}/api/v1/${call.path}`;
      try {
        const response = await fetch(address, {
          method: call.method,
          headers: headersOf(call),
          ...bodyOf(call),
          redirect: 'manual',
          signal: ending.signal,
        });
        const body = new Uint8Array(await response.arrayBuffer());
        return { status: response.status, headers: response.headers, body };
      } catch (thrown) {
        if (signal.aborted) throw aborted();
        const context = { host, what: call.what };
        if (isLate) throw tookTooLong(context, call.timeoutMs);
        const code = connectionCode(thrown);
        throw noAnswer(context, code, !beforeSending.has(code), thrown);
      } finally {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

import { AppError } from '../../core/domain/app-error.ts';
import { beforeSending, connectionCode } from '../../core/domain/network-faults.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { aborted, noAnswer, tookTooLong } from './errors.ts';
import { badReply } from './json-codec.ts';
import { mostBytesOf, mostOfRefusal } from './most-bytes.ts';
import { readBody } from './read-body.ts';

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
  /** Of a refusal, its beginning. */
  readonly body: Uint8Array;
}

export function textOf({ body }: HttpReply): string {
  return new TextDecoder().decode(body);
}

/** `undefined` where it is no JSON. */
export function jsonOf(reply: HttpReply): unknown {
  if (reply.body.length === 0) return undefined;
  try {
    return JSON.parse(textOf(reply));
  } catch {
    return undefined;
  }
}

/** Whether an answer has the form of an engine's: JSON, protobuf or nothing. Whatever stands before it may answer otherwise. */
export function isOfEngine(reply: HttpReply): boolean {
  const isProto = (reply.headers.get('content-type') ?? '').includes('protobuf');
  return isProto || reply.body.length === 0 || jsonOf(reply) !== undefined;
}

export interface Http {
  readonly host: string;
  /**
   * One request, one answer of any status. Rejects with `network`, `timeout` or `aborted`, where `details.reached` says whether
   * it may have arrived, and with `bad_reply` where the answer has more bytes than its kind ever has.
   */
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

/** `undefined` for a call without a body. */
export function contentTypeOf({ json, bytes }: Pick<HttpCall, 'json' | 'bytes'>): string | undefined {
  return json === undefined ? bytes?.type : 'application/json';
}

function headersOf(call: HttpCall): Readonly<Record<string, string>> {
  const type = contentTypeOf(call);
  const { bytes, headers } = call;
  return {
    accept: 'application/json',
    ...(type === undefined ? {} : { 'content-type': type }),
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
        const { status, headers } = response;
        const most = status >= 400 ? mostOfRefusal : mostBytesOf(call.path);
        const { bytes: body, isWhole } = await readBody(response, most);
        if (!isWhole && status < 400) throw badReply(`${call.what} gave more than ${most} bytes`);
        return { status, headers, body };
      } catch (thrown) {
        if (thrown instanceof AppError) throw thrown;
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

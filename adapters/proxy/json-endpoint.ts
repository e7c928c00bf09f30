import type { ApiCaller } from '../../core/ports/api-access.ts';
import type { UpstreamRequest } from '../../core/ports/upstream.ts';

export interface JsonCall {
  readonly caller: ApiCaller;
  readonly isAdmin: boolean;
  /** Which key a model server is shown for it. */
  readonly keyMode: UpstreamRequest['key'];
  /** Of the path: what stands in place of `*`. */
  readonly rest: string;
  readonly params: URLSearchParams;
  /** Lower case; the first of several. */
  readonly header: (name: string) => string | undefined;
  /** Parsed; `undefined` without a body. */
  readonly body: unknown;
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One that answers at once with JSON. An `AppError` that it rejects with becomes an answer: `invalid_input` 400 with `details.field`, `not_found` 404, `not_allowed` 403, `conflict` 409, storage 503, the rest 500. */
export interface JsonEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  /** `/v1/feedback`; `*` at its end stands for one part of a path. */
  readonly path: string;
  readonly needsAdmin: boolean;
  run(call: JsonCall): Promise<JsonAnswer>;
}

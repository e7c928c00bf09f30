import type { AppError } from '../domain/app-error.ts';
import type { Dialect } from '../domain/dialect.ts';

export interface UpstreamRequest {
  readonly dialect: Dialect;
  readonly method: 'GET' | 'POST';
  /** Below the upstream's base address: `/chat/completions`. */
  readonly path: string;
  /** As the caller named it; decides which upstreams serve it. Absent: all of the dialect. */
  readonly model?: string;
  /** What of the caller's headers goes on, lower case; its key is not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The headers that hold the caller's own key for the model server, such as `authorization`; empty where it sent none. Never logged. */
  readonly callerKey: Readonly<Record<string, string>>;
  /** Which one the server is shown. `own`: the operator's. `caller`: the caller's. `own_or_caller`: the operator's where the upstream has one. */
  readonly key: 'own' | 'caller' | 'own_or_caller';
  /** The body for a server that knows the model by this name; the same bytes again for the same name. */
  body?(model: string | undefined): Uint8Array;
}

export interface UpstreamHead {
  readonly status: number;
  /** As the server sent them, in order, lower case; without those that belong to one connection or to the operator's account; equal names together. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Name of the upstream, as the settings call it. */
  readonly upstream: string;
}

/**
 * Told of an answer in this order: `head` once, `data` any number of times, then once `end`; or `failed` at any point, and nothing
 * after it. Nothing is called before `forward` has returned. Must not throw.
 */
export interface UpstreamSink {
  head(head: UpstreamHead): void;
  /** Bytes as they came, but for the operator's key where an error quotes it; they may be kept. False: no more until `resume`. */
  data(chunk: Uint8Array): boolean;
  end(): void;
  /** Before `head`: no upstream answered at all. After it: the answer was cut off, stalled, or took too long. `aborted`: by `abort`. */
  failed(error: AppError): void;
}

export interface UpstreamFlow {
  resume(): void;
  /** The caller has gone: the request to the server ends at once. Safe to call at any time. */
  abort(): void;
}

/** Which upstreams serve a model in a dialect, in the order in which they are tried. */
export type UpstreamRoute =
  | { readonly kind: 'found'; readonly upstreams: readonly string[] }
  /** Only in these. */
  | { readonly kind: 'other_dialect'; readonly dialects: readonly Dialect[] }
  | { readonly kind: 'none' };

/**
 * Model servers behind the proxy: raw bytes both ways. Before the first byte a failure that may pass is tried again, then the next
 * upstream is; the last answer of a server reaches the caller as it is, whatever its status. After the first byte nothing is
 * tried again.
 */
export interface UpstreamPort {
  route(dialect: Dialect, model: string): UpstreamRoute;
  forward(request: UpstreamRequest, sink: UpstreamSink): UpstreamFlow;
  /** What is wrong now, a sentence each: upstreams that are left alone after failures in a row. */
  problems(): readonly string[];
  close(): Promise<void>;
}

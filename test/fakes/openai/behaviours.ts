/** One thing a streamed answer does, in order. */
export type StreamAct =
  | { readonly do: 'text'; readonly text: string }
  /** Any delta: reasoning, fragments of tool calls, refusals. */
  | { readonly do: 'delta'; readonly delta: Readonly<Record<string, unknown>> }
  /** Bytes as they are, `data:` and blank lines included. */
  | { readonly do: 'raw'; readonly bytes: string }
  /** Waits for `release()`. */
  | { readonly do: 'hold' };

export interface StreamBehaviour {
  readonly kind: 'stream';
  readonly acts: readonly StreamAct[];
  /** `null` sends none. @default 'stop' */
  readonly finishReason?: string | null;
  /** Usage is sent when the request asks for it, unless false. @default true */
  readonly usage?: boolean;
  /** How it ends: regularly with `[DONE]`, closed without it, the socket torn, or never. @default 'done' */
  readonly end?: 'done' | 'close' | 'cut' | 'open';
}

/** What the server does with one chat request. */
export type Behaviour =
  | StreamBehaviour
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Takes the request and says nothing (`headers`: says nothing after the headers) until `release()` cuts the connection. */
  | { readonly kind: 'hang'; readonly after: 'request' | 'headers' }
  /** Waits for `release()` before it does the other thing. */
  | { readonly kind: 'slow'; readonly next: Exclude<Behaviour, { kind: 'slow' }> }
  /** A regular 200 that is no stream. */
  | { readonly kind: 'body'; readonly contentType: string; readonly text: string };

/** What the server does with one request for embeddings in place of answering it. */
export type EmbeddingBehaviour = Exclude<Behaviour, StreamBehaviour | { readonly kind: 'slow' }>;

export function say(...pieces: readonly string[]): StreamBehaviour {
  return { kind: 'stream', acts: pieces.map((text) => ({ do: 'text', text })) };
}

export function deltas(
  parts: readonly Readonly<Record<string, unknown>>[],
  finishReason = 'stop',
): StreamBehaviour {
  return { kind: 'stream', acts: parts.map((delta) => ({ do: 'delta', delta })), finishReason };
}

/** Says `before`, waits for `release()`, then says `after`. */
export function pause(before: readonly string[], after: readonly string[] = ['done']): StreamBehaviour {
  return { kind: 'stream', acts: [...say(...before).acts, { do: 'hold' }, ...say(...after).acts] };
}

export function refuse(
  status: number,
  error?: {
    readonly message: string;
    readonly code?: string | null;
    readonly type?: string;
    readonly param?: string;
  },
  headers: Readonly<Record<string, string>> = {},
): Extract<Behaviour, { readonly kind: 'status' }> {
  const type = status === 429 ? 'requests' : status < 500 ? 'invalid_request_error' : 'server_error';
  const body = { error: { message: 'The server refused.', type, param: null, code: null, ...error } };
  return { kind: 'status', status, body, headers };
}

export function raw(...pieces: readonly string[]): StreamBehaviour {
  return { kind: 'stream', acts: pieces.map((bytes) => ({ do: 'raw', bytes })) };
}

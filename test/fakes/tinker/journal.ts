import type { IncomingHttpHeaders } from 'node:http';

/** One request as it came, in order. */
export interface RecordedRequest {
  /** From 0. */
  readonly order: number;
  readonly method: string;
  readonly path: string;
  /** What the path asks for: `forward_backward`, `retrieve_future`, `checkpoint_delete`, … `unknown` where it is none. */
  readonly endpoint: string;
  /** Without keys. */
  readonly headers: IncomingHttpHeaders;
  /** What came as key. */
  readonly key: 'none' | 'right' | 'wrong';
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON, or a `WireBatch` of protobuf; `undefined` where there was none or it could not be read. */
  readonly body: unknown;
  /** Bytes of the body before unpacking. */
  readonly bytes: number;
  /** What was answered: a status, or how the connection ended. `undefined` until then. */
  readonly answer: number | 'cut' | undefined;
  /** The injected fault it met. */
  readonly fault: string | undefined;
}

const secrets = ['x-api-key', 'authorization', 'cf-access-client-id', 'cf-access-client-secret', 'cookie'];

export function withoutSecrets(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secrets.includes(name)));
}

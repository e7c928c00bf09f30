import type { ServerResponse } from 'node:http';
import { type ErrorCode, toAppError } from '../../core/domain/app-error.ts';
import type { ApiErrorKind, DialectPort } from './dialect-port.ts';
import type { JsonAnswer } from './json-endpoint.ts';

/** What every answer of our own carries: it is for whoever asked, now, and is what it says that it is. */
export const ownHeaders = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

/** Answers with JSON, at once and whole. Nothing where the caller has gone or was answered before. */
export function sendJson(
  outgoing: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  outgoing.writeHead(status, { ...ownHeaders, ...headers, 'content-length': bytes.length });
  outgoing.end(bytes);
}

export function sendAnswer(outgoing: ServerResponse, answer: JsonAnswer): void {
  sendJson(outgoing, answer.status, answer.body, answer.headers);
}

/** Answers with what went wrong, in the words of `write`. */
export function sendFailure(outgoing: ServerResponse, thrown: unknown, write: DialectPort['error']): void {
  sendAnswer(outgoing, failureAnswer(thrown, write));
}

interface Failure {
  readonly kind: ApiErrorKind;
  readonly status: number;
  /** In place of the error's own words, which would tell of the insides. */
  readonly message?: string;
}

const failures: Partial<Record<ErrorCode, Failure>> = {
  invalid_input: { kind: 'invalid_request', status: 400 },
  auth_failed: { kind: 'auth', status: 401 },
  not_allowed: { kind: 'not_allowed', status: 403 },
  not_found: { kind: 'not_found', status: 404 },
  conflict: { kind: 'invalid_request', status: 409 },
  rate_limited: { kind: 'rate_limited', status: 429 },
  network: { kind: 'upstream', status: 502 },
  refused_by_peer: { kind: 'upstream', status: 502 },
  peer_failed: { kind: 'upstream', status: 502 },
  bad_reply: { kind: 'upstream', status: 502 },
  timeout: { kind: 'timeout', status: 504 },
  overloaded: { kind: 'overloaded', status: 503 },
  storage_busy: {
    kind: 'overloaded',
    status: 503,
    message: 'MetaClaw is busy and has not taken this. Send it again in a moment.',
  },
  storage_full: {
    kind: 'overloaded',
    status: 503,
    message:
      'The disk of MetaClaw’s machine is full, so this was not taken. Free some space and send it again.',
  },
  storage_failed: {
    kind: 'overloaded',
    status: 503,
    message: 'MetaClaw could not store this. Send it again in a moment.',
  },
};

const internal: Failure = {
  kind: 'internal',
  status: 500,
  message: 'Something went wrong inside MetaClaw. Its log says what.',
};

/**
 * What is answered to anything thrown. `details.field` of an error becomes the field that was wrong, `retryAfterMs` the header
 * `retry-after` in whole seconds. Says nothing of the insides.
 */
export function failureAnswer(thrown: unknown, write: DialectPort['error']): JsonAnswer {
  const error = toAppError(thrown);
  const { kind, status, message = error.message } = failures[error.code] ?? internal;
  const { field } = error.details;
  const { retryAfterMs } = error;
  return {
    status,
    body: write(kind, message, typeof field === 'string' ? field : undefined),
    ...(retryAfterMs === undefined
      ? {}
      : { headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) } }),
  };
}

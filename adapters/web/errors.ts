import { AppError, type ErrorCode, toAppError } from '../../core/domain/app-error.ts';

/** What a request is answered with when it cannot be served. `message` is shown to the person as it stands. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 421 | 429 | 500 | 502 | 503;
  readonly message: string;
  readonly retryAfterMs?: number;
}

const statusByCode: Partial<Record<ErrorCode, Refusal['status']>> = {
  invalid_input: 400,
  auth_failed: 401,
  not_allowed: 403,
  not_found: 404,
  conflict: 409,
  rate_limited: 429,
  network: 502,
  refused_by_peer: 502,
  peer_failed: 502,
  bad_reply: 502,
  storage_busy: 503,
  storage_full: 503,
  storage_failed: 503,
  overloaded: 503,
  timeout: 503,
};

const storageSentences: Partial<Record<ErrorCode, string>> = {
  storage_busy:
    'The server is busy and has not taken this. Your text is kept here: send it again in a moment.',
  storage_full:
    'The disk of the server is full, so this was not taken. Free some space there and send it again.',
  storage_failed: 'The server could not store this. Your text is kept here: send it again in a moment.',
};

/** The answer to a person for whatever went wrong inside a request. Says nothing of the insides. */
export function toRefusal(thrown: unknown): Refusal {
  const error = toAppError(thrown);
  const status = 'limitChars' in error.details ? 413 : statusByCode[error.code];
  if (status === undefined)
    return { status: 500, message: 'Something went wrong on the server. Its log says what.' };
  return {
    status,
    message: storageSentences[error.code] ?? error.message,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  };
}

export function tooLong(limitChars: number): AppError {
  const message = `The message is too long: at most ${limitChars.toLocaleString('en')} characters are possible. Send it in parts.`;
  return new AppError('invalid_input', message, { details: { limitChars } });
}

/** A request body over the limit. */
export function tooLarge(): AppError {
  const message = 'This is too large for the server: send it in smaller parts.';
  return new AppError('invalid_input', message, { details: { limitChars: 0 } });
}

export function notFound(): AppError {
  return new AppError('not_found', 'This message is not there any more.');
}

export function unsupported(what: string): AppError {
  return new AppError('unsupported', `The web page has no ${what}.`);
}

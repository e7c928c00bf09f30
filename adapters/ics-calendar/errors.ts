import { AppError, type ErrorCode } from '../../core/domain/app-error.ts';

export interface FeedErrorContext {
  /** The one part of the address that may be named. */
  readonly host: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** As long as a server that asks for peace is left in it, where it does not say how long. */
const defaultWaitMs = 15 * 60_000;
const longestWaitMs = 24 * 3_600_000;

/** How long `retry-after` asks us to wait, milliseconds: seconds, or a date. Only up to a day is believed. */
function waitMs(headers: Headers, nowMs: number): number | undefined {
  const given = headers.get('retry-after');
  if (given === null) return undefined;
  const wait = /^\s*\d+\s*$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - nowMs;
  return wait >= 0 && wait <= longestWaitMs ? wait : undefined;
}

const verdicts: Readonly<Record<number, readonly [code: ErrorCode, says: string]>> = {
  401: ['auth_failed', 'does not let the bot read this feed. Connect it again with a new address'],
  403: ['not_allowed', 'does not let the bot read this feed. Connect it again with a new address'],
  404: ['not_found', 'has no such feed (any more). Connect it again with a new address'],
  408: ['timeout', 'took too long over the feed'],
  410: ['not_found', 'has no such feed (any more). Connect it again with a new address'],
  429: ['rate_limited', 'was asked for the feed too often'],
  504: ['timeout', 'took too long over the feed'],
};

/** What an answer that is no feed means. */
export function refusal(status: number, headers: Headers, { host, nowMs }: FeedErrorContext): AppError {
  const fallback: readonly [ErrorCode, string] =
    status >= 500
      ? ['peer_failed', 'failed over the feed']
      : ['bad_reply', 'sent something that is not a feed'];
  const [code, says] = verdicts[status] ?? fallback;
  const wait = waitMs(headers, nowMs) ?? (code === 'rate_limited' ? defaultWaitMs : undefined);
  return new AppError(code, `${host} ${says}.`, {
    retryable: code === 'rate_limited' || code === 'timeout' || code === 'peer_failed',
    ...(wait !== undefined && { retryAfterMs: wait }),
    details: { status, host },
  });
}

export function aborted(): AppError {
  return new AppError('aborted', 'Reading the calendar was stopped.');
}

export function badFeed(message: string): AppError {
  return new AppError('bad_reply', message);
}

function codeOf(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return undefined;
}

function appErrorIn(thrown: unknown): AppError | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (error instanceof AppError) return error;
  }
  return undefined;
}

/** Anything thrown on the way. Of a foreign error the code alone is kept: its message may quote the address. */
export function toFeedError(thrown: unknown, { host }: FeedErrorContext): AppError {
  const known = appErrorIn(thrown);
  if (known !== undefined) return known;
  const code = codeOf(thrown);
  return new AppError('network', `${host} cannot be reached at present.`, {
    retryable: true,
    details: { host, ...(code !== undefined && { reason: code }) },
  });
}

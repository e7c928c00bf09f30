import { AppError, type ErrorCode } from '../../core/domain/app-error.ts';
import { type PeerError, parsePeerError } from './wire.ts';

export interface ErrorContext {
  /** Who was asked: the calendar, or the place that gives out tokens. */
  readonly place: 'calendar' | 'token';
  /** A service account reads it, which nobody can connect again. */
  readonly isService: boolean;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** 0 … 1, random: many who were refused at once shall not come back at once. */
  readonly jitter: number;
}

interface Verdict {
  readonly code: ErrorCode;
  readonly says: string;
  readonly retryable?: boolean;
  /** How long to wait where Google does not say. */
  readonly waitMs?: number;
}

const minuteMs = 60_000;
const longestWaitMs = 24 * 60 * minuteMs;
/** A reason or a code, and nothing that a server put in its place: tokens hold digits. */
const plainWord = /^[A-Za-z_]{1,60}$/;

const tooFast: Verdict = {
  code: 'rate_limited',
  says: 'Google has had too many questions for now.',
  retryable: true,
  waitMs: minuteMs,
};
const usedUp: Verdict = { ...tooFast, waitMs: 30 * minuteMs };
const switchedOff: Verdict = {
  code: 'not_allowed',
  says: 'The Google Calendar API is not enabled in the bot’s Google project. The operator can enable it in the Google Cloud console.',
};
const tooNarrow: Verdict = {
  code: 'not_allowed',
  says: 'What was consented to does not cover this. Connect the calendar again.',
};
const unknownCalendar: Verdict = {
  code: 'not_found',
  says: 'Google has no such calendar, or does not show it to this account. Check the id, or share the calendar with the account.',
};
const forbidden: Verdict = {
  code: 'not_allowed',
  says: 'This Google account may not read that calendar. Share the calendar with the account.',
};
const failed: Verdict = { code: 'peer_failed', says: 'Google failed over this calendar.', retryable: true };
const delegated: Verdict = {
  code: 'not_allowed',
  says: 'The Google domain does not let the service account read calendars of its people. Its administrator must allow domain-wide delegation with the scope that the bot needs.',
};
const endedConsent: Verdict = {
  code: 'auth_failed',
  says: 'Google does not let the bot read this calendar any more. Connect it again.',
};
const badKey: Verdict = {
  code: 'auth_failed',
  says: 'Google does not accept the service account. The operator must check its key file.',
};
/** A key that is not known, or a time at which no key could have signed. */
const badGrant: Verdict = {
  code: 'auth_failed',
  says: 'Google does not accept the service account. The operator must check its key file, and that the clock of the bot’s machine is right.',
};
const badClient: Verdict = {
  code: 'auth_failed',
  says: 'Google does not accept the bot’s client. The operator must check the client’s id and secret; calendars may have to be connected again.',
};

/** The documented reasons: https://developers.google.com/workspace/calendar/api/guides/errors */
const byReason: ReadonlyMap<string, Verdict> = new Map([
  ['rateLimitExceeded', tooFast],
  ['userRateLimitExceeded', tooFast],
  ['RATE_LIMIT_EXCEEDED', tooFast],
  ['calendarUsageLimitsExceeded', usedUp],
  ['quotaExceeded', usedUp],
  ['dailyLimitExceeded', usedUp],
  ['accessNotConfigured', switchedOff],
  ['SERVICE_DISABLED', switchedOff],
  ['insufficientPermissions', tooNarrow],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', tooNarrow],
  ['notFound', unknownCalendar],
  ['forbidden', forbidden],
  ['internalError', failed],
  ['backendError', failed],
]);

/** Makes an `AppError` of what the SDK or the connection threw. It says nothing in Google’s words, and holds neither tokens nor addresses. */
export function toGoogleError(thrown: unknown, context: ErrorContext): AppError {
  const own = ownError(thrown);
  if (own !== undefined) return own;
  const peer = parsePeerError(thrown);
  if (peer !== undefined) return refusal(peer, context);
  return new AppError('network', 'The connection to Google failed.', {
    retryable: true,
    cause: safeCause(thrown),
  });
}

/** What Google said of one calendar while it answered for others. */
export function calendarError(reason: string, context: ErrorContext): AppError {
  return errorOf(byReason.get(reason) ?? failed, undefined, reason, context);
}

export function badReply(): AppError {
  return new AppError('bad_reply', 'Google sent something that is not an answer.', {
    retryable: true,
  });
}

export function aborted(): AppError {
  return new AppError('aborted', 'The calendar is not read any more.');
}

/** The service account’s key cannot sign. */
export function unusableKey(cause: unknown): AppError {
  return new AppError(badKey.code, badKey.says, { cause: safeCause(cause) });
}

/** Ours, which the SDK may have wrapped. */
function ownError(thrown: unknown): AppError | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if (error instanceof AppError) return error;
    if (error.name === 'AbortError') return aborted();
  }
  return undefined;
}

/** Names and codes only: the SDK’s errors hold the request with its tokens, and messages hold addresses. */
function safeCause(thrown: unknown): Error {
  const parts: string[] = [];
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
    parts.push(plainWord.test(code) ? `${error.name} (${code})` : error.name);
  }
  return new Error(parts.join('; '));
}

function verdictOn({ status, reasons }: PeerError, { place, isService }: ErrorContext): Verdict {
  if (place === 'token' && status >= 400 && status < 500 && status !== 429) {
    return tokenVerdict(reasons, isService);
  }
  const known = reasons.map((reason) => byReason.get(reason)).find((verdict) => verdict !== undefined);
  if (status === 401) return isService ? badKey : endedConsent;
  if (status === 429) return known?.code === 'rate_limited' ? known : tooFast;
  if (status === 403) return known ?? forbidden;
  if (status === 404) return unknownCalendar;
  if (status === 408 || status === 504) {
    return { code: 'timeout', says: 'Google took too long.', retryable: true };
  }
  if (status >= 500) return failed;
  if (status === 400 || status === 410) {
    return {
      code: 'invalid_input',
      says: 'Google refused the question about this calendar. Check the calendar’s id.',
    };
  }
  return { code: 'bad_reply', says: 'Google answered in a way that the bot does not know.' };
}

/** The words of RFC 6749, 5.2. */
function tokenVerdict(reasons: readonly string[], isService: boolean): Verdict {
  const [reason] = reasons;
  if (reason === 'invalid_client' || reason === 'deleted_client') return isService ? badKey : badClient;
  if (isService) {
    if (reason === 'invalid_grant') return badGrant;
    return reason === 'unauthorized_client' || reason === 'access_denied' || reason === 'invalid_scope'
      ? delegated
      : badKey;
  }
  // A refresh token belongs to the client that it was given to.
  return endedConsent;
}

function refusal(peer: PeerError, context: ErrorContext): AppError {
  return errorOf(verdictOn(peer, context), peer, peer.reasons[0], context);
}

function errorOf(
  verdict: Verdict,
  peer: PeerError | undefined,
  reason: string | undefined,
  context: ErrorContext,
): AppError {
  const { code, says, retryable = false, waitMs } = verdict;
  const asked = retryable && peer !== undefined ? retryAfterMs(peer.headers, context.nowMs) : undefined;
  const wait = asked ?? (waitMs === undefined ? undefined : Math.round(waitMs * (1 + context.jitter)));
  return new AppError(code, says, {
    retryable,
    ...(wait !== undefined && { retryAfterMs: wait }),
    details: {
      ...(peer !== undefined && { status: peer.status }),
      ...(reason !== undefined && plainWord.test(reason) && { reason }),
    },
  });
}

/** `retry-after` as seconds or as a date; at most a day is believed. */
function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const given = headers.get('retry-after');
  if (given === null || given.trim() === '') return undefined;
  const waitMs = [Number(given) * 1_000, Date.parse(given) - nowMs].find((wait) => Number.isFinite(wait));
  return waitMs === undefined || waitMs < 0 ? undefined : Math.min(waitMs, longestWaitMs);
}

import { AppError, type AppErrorOptions, type ErrorCode } from '../../core/domain/app-error.ts';
import { isObject } from './json-codec.ts';

/** An answer of the engine that is no success. */
export interface EngineReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface ErrorContext {
  readonly host: string;
  /** What was asked of it: `forward_backward`. */
  readonly what: string;
  readonly hasKey: boolean;
  /** Never quoted. */
  readonly secrets: readonly string[];
  readonly nowMs: number;
  /** The content type in which it was asked, told in `details.sentAs`. */
  readonly sentAs?: string;
}

const longestQuoteChars = 500;

/** What the engine wrote, short and without our keys. */
export function quote(text: string, secrets: readonly string[]): string {
  let words = text.replaceAll(/\s+/g, ' ').trim();
  for (const secret of secrets) if (secret !== '') words = words.replaceAll(secret, '***');
  return words.length > longestQuoteChars ? `${words.slice(0, longestQuoteChars)}…` : words;
}

/** The engine's own words in an error body: `{detail}`, `{detail: [{msg}]}`, `{error}`, `{error: {message}}`, `{message}`, or the text. */
export function wordsOf(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return text;
  }
  if (!isObject(body)) return text;
  const { detail, error, message } = body;
  for (const said of [detail, error, message]) {
    if (typeof said === 'string') return said;
    if (Array.isArray(said) && said.length > 0) return said.map(problemIn).join('; ');
    if (isObject(said) && typeof said['message'] === 'string') return said['message'];
    if (isObject(said)) return JSON.stringify(said);
  }
  return text;
}

/** One entry of a list of problems, as validators write them: `{loc: [...], msg}`. */
function problemIn(entry: unknown): string {
  if (!isObject(entry) || typeof entry['msg'] !== 'string') return JSON.stringify(entry);
  const { loc, msg } = entry;
  return Array.isArray(loc) && loc.length > 0 ? `${loc.join('.')}: ${msg}` : msg;
}

/** How long the engine asks us to wait; only 0 to 60 s is believed. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const exact = Number(headers.get('retry-after-ms') ?? Number.NaN);
  const given = headers.get('retry-after');
  const seconds = given === null ? Number.NaN : Number(given);
  const until = given === null ? Number.NaN : Date.parse(given) - nowMs;
  const wait = [exact, seconds * 1_000, until].find((ms) => Number.isFinite(ms));
  return wait !== undefined && wait >= 0 && wait <= 60_000 ? wait : undefined;
}

interface Verdict {
  readonly code: ErrorCode;
  readonly says: string;
  readonly retryable?: boolean;
  readonly reason?: string;
}

function verdictOn(status: number, { host, what, hasKey }: ErrorContext): Verdict {
  const keyAdvice = hasKey ? 'Set TINKER_API_KEY to a valid one' : 'Set TINKER_API_KEY';
  switch (status) {
    case 401:
    case 403:
      return { code: 'auth_failed', says: `${host} does not accept our key. ${keyAdvice}` };
    case 402:
      return {
        code: 'refused_by_peer',
        says: `The account at ${host} has no credit left. Add credit there`,
        reason: 'no_credit',
        retryable: true,
      };
    case 404:
      return { code: 'not_found', says: `${host} does not have what ${what} asked for` };
    case 408:
    case 504:
      return { code: 'timeout', says: `${host} took too long over ${what}. Try again`, retryable: true };
    case 409:
      return { code: 'conflict', says: `${host} refused ${what}, as it clashes with what was done before` };
    case 410:
      return {
        code: 'not_found',
        says: `${host} lost the result of ${what}`,
        reason: 'promise_lost',
      };
    case 413:
      return { code: 'invalid_input', says: `${host} finds the batch of ${what} too large. Make it smaller` };
    case 400:
    case 415:
    case 422:
      return { code: 'invalid_input', says: `${host} refused ${what}` };
    case 425:
      return { code: 'conflict', says: `${host} is still writing that. Try again`, retryable: true };
    case 429:
      return {
        code: 'rate_limited',
        says: `${host} has too much to do. Try again in a moment`,
        retryable: true,
      };
    default:
      return status >= 500
        ? { code: 'peer_failed', says: `${host} failed over ${what}. Try again`, retryable: true }
        : { code: 'refused_by_peer', says: `${host} answered ${what} with status ${status}` };
  }
}

/** One answer as the error it means, with the engine's own words. */
export function replyError(reply: EngineReply, context: ErrorContext): AppError {
  const verdict = verdictOn(reply.status, context);
  const words = quote(wordsOf(reply.text), context.secrets);
  const waitMs = retryAfterMs(reply.headers, context.nowMs);
  const options: AppErrorOptions = {
    retryable: verdict.retryable ?? false,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    details: {
      status: reply.status,
      operation: context.what,
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      ...(context.sentAs === undefined ? {} : { sentAs: context.sentAs }),
    },
  };
  return new AppError(verdict.code, `${verdict.says}${words === '' ? '.' : `: “${words}”.`}`, options);
}

/** Whether it sends us elsewhere. Nobody follows there with the key. */
export const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** What answers at our address is not the engine, but knows where that is. */
export function misdirected(
  { status, headers }: Pick<EngineReply, 'status' | 'headers'>,
  { host, what }: Pick<ErrorContext, 'host' | 'what'>,
): AppError {
  const location = headers.get('location') ?? '';
  const base = `http://${host}`;
  const target = URL.canParse(location, base) ? new URL(location, base) : undefined;
  // No more of it: the rest may hold somebody's token.
  const where = target === undefined ? 'elsewhere' : `to ${target.protocol}//${target.host}`;
  return new AppError(
    'config_invalid',
    `${host} sends ${what} on ${where} in place of answering it. Set TINKER_BASE_URL to the address of the engine itself.`,
    { details: { status, operation: what } },
  );
}

/** A future that ended with `{error, category}`. */
export function failureError(error: string, category: string, context: ErrorContext): AppError {
  const words = quote(error, context.secrets);
  const isOurs = category === 'user';
  return new AppError(
    isOurs ? 'invalid_input' : 'peer_failed',
    `${context.host} could not carry out ${context.what}: “${words}”.`,
    { details: { operation: context.what, category } },
  );
}

/** Nothing came back: `reached` tells whether the request may have arrived. */
export function noAnswer(
  context: Pick<ErrorContext, 'host' | 'what'>,
  code: string,
  reached: boolean,
  thrown: unknown,
): AppError {
  const why = code === '' ? '' : ` (${code})`;
  return new AppError(
    'network',
    reached
      ? `The connection to ${context.host} broke during ${context.what}${why}. Try again.`
      : `${context.host} cannot be reached${why}. See that the engine runs and that TINKER_BASE_URL is right.`,
    { cause: thrown, retryable: true, details: { operation: context.what, reached } },
  );
}

export function tookTooLong({ host, what }: Pick<ErrorContext, 'host' | 'what'>, afterMs: number): AppError {
  return new AppError(
    'timeout',
    `${host} did not answer ${what} within ${Math.round(afterMs / 1_000)} seconds.`,
    {
      retryable: true,
      details: { operation: what, reached: true },
    },
  );
}

/** `reached` false: before anything was sent. */
export function aborted(reached?: false): AppError {
  return new AppError('aborted', 'The call was stopped.', reached === false ? { details: { reached } } : {});
}

/** An engine that fails over what it does not have failed over this. */
export function missing({ host, what }: Pick<ErrorContext, 'host' | 'what'>, failure: AppError): AppError {
  return new AppError(
    'not_found',
    `${host} seems not to have what ${what} asked for, as it failed over it.`,
    {
      cause: failure,
      details: failure.details,
    },
  );
}

/** The weights at the engine are not known any more. */
export function modelLost(modelId: string, why: string): AppError {
  return new AppError(
    'conflict',
    `The model in training is lost, as ${why}. Restore it from its last checkpoint.`,
    { details: { reason: 'model_lost', modelId } },
  );
}

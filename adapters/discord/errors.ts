import { AppError } from '../../core/domain/app-error.ts';
import { beforeSending, connectionCode } from '../../core/domain/network-faults.ts';
import { redactDiscord } from './redact.ts';
import { badToken, type Meaning, meaningOf, trouble } from './refusals.ts';

export interface CallFacts {
  /** In words that may stand in a message for people. */
  readonly purpose: string;
  /** Repeating the call would show something twice. */
  readonly isSend: boolean;
  /** Permissions that the call takes, as Discord's settings call them. */
  readonly needed: readonly string[];
  /** Never to be seen in an error. */
  readonly secrets: readonly string[];
}

/** What Discord answered, as far as we branch on it. */
export interface DiscordRefusal {
  /** Discord's own number: 10008 for a message that is gone; 0 where it gave none. */
  readonly number: number;
  readonly status: number;
  /** Which fields it disliked, and its word for why: `content: BASE_TYPE_MAX_LENGTH`. */
  readonly fields: readonly string[];
}

type Failure =
  | ({ readonly kind: 'refused' } & DiscordRefusal)
  | { readonly kind: 'rate_limited'; readonly waitMs: number; readonly isGlobal: boolean }
  | { readonly kind: 'http'; readonly status: number }
  /** It answered with something that is no answer of the API. */
  | { readonly kind: 'garbled' }
  | { readonly kind: 'token_invalid' }
  | { readonly kind: 'connection'; readonly code: string; readonly isTimeout: boolean };

const timeouts: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_ABORTED',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

const LEAST_WAIT_MS = 1_000;
const OUTSIDE_WAIT_MS = 60_000;
const MAX_FIELDS = 5;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const numberIn = (thrown: Readonly<Record<string, unknown>>, name: string): number => {
  const value = thrown[name];
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
};

/** The paths and words of Discord's `errors`, never its sentences: those quote what was sent. */
function fieldsOf(errors: unknown, path = '', found: string[] = []): readonly string[] {
  if (!isRecord(errors) || path.length > 200) return found;
  for (const [name, inner] of Object.entries(errors)) {
    if (found.length >= MAX_FIELDS) return found;
    if (name === '_errors' && Array.isArray(inner)) {
      const word: unknown = isRecord(inner[0]) ? inner[0]['code'] : undefined;
      if (typeof word === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(word)) found.push(`${path}: ${word}`);
    } else if (/^[a-z_0-9]{1,40}$/.test(name)) {
      fieldsOf(inner, path === '' ? name : `${path}.${name}`, found);
    }
  }
  return found;
}

/** A refusal holds several waits, of which the longest counts: the SDK names another one for each kind of limit. */
function longestWaitMs(thrown: Readonly<Record<string, unknown>>): number {
  const waits = ['retryAfter', 'sublimitTimeout', 'timeToReset'].map((name) => numberIn(thrown, name));
  // It named no time: what stands there is the SDK's own margin.
  const leastMs = namesNoLimit(thrown) && numberIn(thrown, 'sublimitTimeout') === 0 ? LEAST_WAIT_MS : 1;
  return Math.ceil(Math.max(leastMs, ...waits));
}

const namesNoLimit = (thrown: Readonly<Record<string, unknown>>): boolean =>
  thrown['limit'] === Number.POSITIVE_INFINITY;

function failureOf(thrown: unknown): Failure {
  if (!isRecord(thrown)) return { kind: 'connection', code: '', isTimeout: false };
  const name = typeof thrown['name'] === 'string' ? thrown['name'] : '';
  const status = numberIn(thrown, 'status');
  if (name.startsWith('RateLimitError')) {
    const waitMs = longestWaitMs(thrown);
    // A long one that names no limit comes from before Discord's API, and is for every call from this machine.
    const isOutside = namesNoLimit(thrown) && waitMs >= OUTSIDE_WAIT_MS;
    return { kind: 'rate_limited', waitMs, isGlobal: thrown['global'] === true || isOutside };
  }
  if (name.startsWith('DiscordAPIError')) {
    const { rawError } = thrown;
    const fields = isRecord(rawError) ? fieldsOf(rawError['errors']) : [];
    return { kind: 'refused', number: numberIn(thrown, 'code'), status, fields };
  }
  if (name === 'HTTPError') return { kind: 'http', status };
  if (name === 'NotDiscord' || name === 'SyntaxError' || name === 'TypeError') return { kind: 'garbled' };
  if (thrown['code'] === 'TokenInvalid') return { kind: 'token_invalid' };
  const code = connectionCode(thrown);
  const isTimeout = timeouts.has(code) || name === 'AbortError' || name === 'TimeoutError';
  return { kind: 'connection', code, isTimeout };
}

/** A new error with the old one's name: the old one holds the request, its address and what Discord answered. */
function causeOf(thrown: unknown, failure: Failure, secrets: readonly string[]): Error {
  const words =
    failure.kind === 'connection' && thrown instanceof Error
      ? redactDiscord(thrown.message, secrets)
      : failure.kind;
  const cause = new Error(failure.kind === 'refused' ? String(failure.number) : words);
  if (thrown instanceof Error) cause.name = thrown.name.replace(/\[.*$/s, '').slice(0, 60);
  return cause;
}

const unknownFate = (cause: Error, details: AppError['details']): AppError =>
  new AppError(
    'delivery_unknown',
    'Something failed while Discord took the message: it may or may not have arrived.',
    { cause, details, retryable: true },
  );

function rateLimited(retryAfterMs: number, details: AppError['details'], cause: Error): AppError {
  const message = `Discord asks to wait ${Math.ceil(retryAfterMs / 1_000)} s before the next call.`;
  return new AppError('rate_limited', message, { cause, details, retryable: true, retryAfterMs });
}

function asError(meaning: Meaning, details: AppError['details'], cause: Error): AppError {
  if (meaning.code === 'rate_limited') return rateLimited(meaning.waitMs ?? LEAST_WAIT_MS, details, cause);
  return new AppError(meaning.code, meaning.message, {
    cause,
    details,
    retryable: meaning.retryable ?? false,
  });
}

function httpError(status: number, facts: CallFacts, cause: Error): AppError {
  const details = { purpose: facts.purpose, status };
  // 503 says that nobody took the call; other failures say nothing about what was done before.
  if (facts.isSend && status >= 500 && status !== 503) return unknownFate(cause, details);
  return asError(trouble, details, cause);
}

function connectionError(
  failure: Extract<Failure, { kind: 'connection' }>,
  facts: CallFacts,
  cause: Error,
): AppError {
  const details = { purpose: facts.purpose, cause: failure.code };
  if (beforeSending.has(failure.code)) {
    const message = 'Discord cannot be reached: check the network.';
    return new AppError('network', message, { cause, details, retryable: true });
  }
  if (facts.isSend) return unknownFate(cause, details);
  if (failure.isTimeout) {
    return new AppError('timeout', 'Discord did not answer in time.', { cause, details, retryable: true });
  }
  return new AppError('network', 'The connection to Discord broke.', { cause, details, retryable: true });
}

/**
 * Makes the one `AppError` of whatever the SDK threw. Holds neither tokens nor anything of the payload. A send that is
 * `delivery_unknown` may be repeated with its own key; `details.discordCode` is Discord's number.
 */
export function toDiscordError(thrown: unknown, facts: CallFacts): AppError {
  if (thrown instanceof AppError) return thrown;
  const failure = failureOf(thrown);
  const cause = causeOf(thrown, failure, facts.secrets);
  const { purpose, needed } = facts;
  switch (failure.kind) {
    case 'rate_limited':
      return rateLimited(failure.waitMs, { purpose, isGlobal: failure.isGlobal }, cause);
    case 'http':
      return httpError(failure.status, facts, cause);
    case 'connection':
      return connectionError(failure, facts, cause);
    case 'token_invalid':
      return asError(badToken, { purpose }, cause);
    case 'garbled': {
      if (facts.isSend) return unknownFate(cause, { purpose });
      const message = "What answers in Discord's place is not its API: check the network for a proxy.";
      return new AppError('peer_failed', message, { cause, details: { purpose }, retryable: true });
    }
    case 'refused': {
      const { number, status, fields } = failure;
      const details = {
        purpose,
        status,
        discordCode: number,
        ...(fields.length > 0 && { fields: fields.join(', ') }),
      };
      return asError(meaningOf(number, { status, purpose, needed, fields }), details, cause);
    }
  }
}

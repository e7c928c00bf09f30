import { AppError } from '../../core/domain/app-error.ts';
import { beforeSending, connectionCode } from '../../core/domain/network-faults.ts';
import { redactSlack } from './redact.ts';
import { meaningOf, tokenRefused, trouble } from './refusals.ts';

export interface CallFacts {
  readonly method: string;
  /** Repeating the call would show something twice. */
  readonly isSend: boolean;
  /** Never to be seen in an error. */
  readonly secrets: readonly string[];
}

/** What Slack answered, as far as we branch on it. */
export interface SlackRefusal {
  /** Slack's own word: `channel_not_found`. */
  readonly error: string;
  /** With `missing_scope`: the scope. */
  readonly needed?: string;
}

type Failure =
  | ({ readonly kind: 'refused' } & SlackRefusal)
  /** It answered with something that is no answer of the Web API. */
  | { readonly kind: 'garbled' }
  | { readonly kind: 'rate_limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'connection'; readonly code: string; readonly isTimeout: boolean };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isSlackWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9_]{1,60}$/.test(value);

/** Scopes as Slack lists them; nothing else gets into a message for people. */
const isScopeList = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9_.:, -]{1,200}$/.test(value);

function isTimeout(thrown: unknown, depth = 0): boolean {
  if (!isRecord(thrown) || depth > 5) return false;
  if (thrown['name'] === 'TimeoutError') return true;
  return isTimeout(thrown['original'], depth + 1) || isTimeout(thrown['cause'], depth + 1);
}

function failureOf(thrown: unknown): Failure {
  if (!isRecord(thrown)) return { kind: 'connection', code: '', isTimeout: false };
  const { data } = thrown;
  if (isRecord(data)) {
    if (!isSlackWord(data['error'])) return { kind: 'garbled' };
    if (data['error'] === 'ratelimited' || data['error'] === 'rate_limited') {
      return { kind: 'rate_limited', retryAfterSeconds: 1 };
    }
    const needed = isScopeList(data['needed']) ? { needed: data['needed'] } : {};
    return { kind: 'refused', error: data['error'], ...needed };
  }
  if (typeof thrown['retryAfter'] === 'number') {
    return { kind: 'rate_limited', retryAfterSeconds: thrown['retryAfter'] };
  }
  if (typeof thrown['statusCode'] === 'number') return { kind: 'http', status: thrown['statusCode'] };
  return { kind: 'connection', code: connectionCode(thrown), isTimeout: isTimeout(thrown) };
}

/** Slack's own word where it refused a call, else `undefined`. */
export function parseRefusal(thrown: unknown): SlackRefusal | undefined {
  const failure = failureOf(thrown);
  return failure.kind === 'refused' ? failure : undefined;
}

/** A new error with the old one's name: the old one holds what Slack answered, and may hold addresses and headers. */
function causeOf(thrown: unknown, failure: Failure, secrets: readonly string[]): Error {
  const words =
    failure.kind === 'connection' && thrown instanceof Error
      ? redactSlack(thrown.message, secrets)
      : failure.kind;
  const cause = new Error(failure.kind === 'refused' ? failure.error : words);
  if (thrown instanceof Error) cause.name = thrown.name;
  return cause;
}

const unknownFate = (cause: Error, details: AppError['details']): AppError =>
  new AppError(
    'delivery_unknown',
    'Something failed while Slack took the message: it may or may not have arrived.',
    { cause, details },
  );

function connectionError(
  failure: Extract<Failure, { kind: 'connection' }>,
  facts: CallFacts,
  cause: Error,
): AppError {
  const details = { method: facts.method, cause: failure.code };
  if (beforeSending.has(failure.code)) {
    const message = 'Slack cannot be reached: check the network.';
    return new AppError('network', message, { cause, details, retryable: true });
  }
  if (facts.isSend) return unknownFate(cause, details);
  if (failure.isTimeout) {
    return new AppError('timeout', 'Slack did not answer in time.', { cause, details, retryable: true });
  }
  return new AppError('network', 'The connection to Slack broke.', { cause, details, retryable: true });
}

function rateLimited(retryAfterSeconds: number, method: string, cause: Error): AppError {
  const retryAfterMs = Math.max(1, Math.ceil(retryAfterSeconds)) * 1_000;
  const message = `Slack asks to wait ${retryAfterMs / 1_000} s before the next call.`;
  return new AppError('rate_limited', message, { cause, details: { method }, retryable: true, retryAfterMs });
}

function httpError(status: number, facts: CallFacts, cause: Error): AppError {
  const details = { method: facts.method, status };
  // 503 says that nobody took the call; other failures say nothing about what was done before.
  if (facts.isSend && status >= 500 && status !== 503) return unknownFate(cause, details);
  if (status >= 500) return new AppError(trouble.code, trouble.message, { cause, details, retryable: true });
  if (status === 401 || status === 403) {
    const { code, message } = tokenRefused(facts.method);
    return new AppError(code, message, { cause, details });
  }
  const message = 'What answers in place of Slack is not its Web API: check the network for a proxy.';
  return new AppError('peer_failed', message, { cause, details });
}

/** Makes the one `AppError` of whatever the SDK threw. Holds neither tokens nor anything of the payload. */
export function toSlackError(thrown: unknown, facts: CallFacts): AppError {
  if (thrown instanceof AppError) return thrown;
  const failure = failureOf(thrown);
  const cause = causeOf(thrown, failure, facts.secrets);
  switch (failure.kind) {
    case 'rate_limited':
      return rateLimited(failure.retryAfterSeconds, facts.method, cause);
    case 'http':
      return httpError(failure.status, facts, cause);
    case 'connection':
      return connectionError(failure, facts, cause);
    case 'garbled': {
      const details = { method: facts.method };
      if (facts.isSend) return unknownFate(cause, details);
      const message = 'What answers in place of Slack is not its Web API: check the network for a proxy.';
      return new AppError('peer_failed', message, { cause, details });
    }
    case 'refused': {
      const meaning = meaningOf(failure.error, facts.method, failure.needed);
      const details = {
        method: facts.method,
        slackError: failure.error,
        ...(failure.needed !== undefined && { needed: failure.needed }),
      };
      if (meaning.isUnclear === true && facts.isSend) return unknownFate(cause, details);
      return new AppError(meaning.code, meaning.message, {
        cause,
        details,
        retryable: meaning.retryable ?? false,
      });
    }
  }
}

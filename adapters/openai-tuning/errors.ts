import { AppError, type AppErrorOptions, type ErrorCode } from '../../core/domain/app-error.ts';
import { oneLine } from './one-line.ts';
import type { TuningSettingNames } from './options.ts';
import { retryAfterMs } from './retry-after.ts';
import { type PeerError, parsePeerError } from './wire.ts';

export interface ErrorContext {
  /** What was asked for, after `of`: `the upload of training data`. */
  readonly what: string;
  readonly host: string;
  readonly names: TuningSettingNames;
  /** Never quoted. */
  readonly secrets: readonly string[];
  /** What was sent of people's words. A server that repeats a piece of it is not quoted. */
  readonly said: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

const noCredit =
  /insufficient_quota|insufficient (balance|credit|funds)|exceeded your current quota|billing/i;
const unknownModel = /model_not_found|model\b.*\b(does not exist|not found|not available|not supported)/i;
/** As many characters in a row are not the same by chance. */
const tellingChars = 24;

/** Makes an `AppError` of what the SDK or the connection threw. Neither its message nor its cause holds a secret. */
export function toTuningError(thrown: unknown, context: ErrorContext): AppError {
  if (thrown instanceof AppError) return thrown;
  const peer = parsePeerError(thrown);
  if (peer !== undefined) return refusal(peer, context);
  if (thrown instanceof SyntaxError) {
    return new AppError('bad_reply', `${context.host} sent something that is not an answer. Try again.`, {
      retryable: true,
    });
  }
  return new AppError(
    'network',
    `The connection to ${context.host} failed. See that it can be reached and that ${context.names.baseUrl} is right.`,
    { retryable: true, cause: safeCause(thrown, context) },
  );
}

/** The chain of messages and codes, cleaned, in place of errors that may quote headers or addresses with passwords. */
function safeCause(thrown: unknown, { secrets }: ErrorContext): Error {
  const parts: string[] = [];
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
    parts.push(`${error.name}: ${error.message}${code}`);
  }
  return new Error(oneLine(parts.join('; '), secrets));
}

interface Verdict {
  readonly code: ErrorCode;
  readonly says: string;
  readonly retryable?: boolean;
  readonly reason?: string;
}

function verdictOn({ status, code, text }: PeerError, context: ErrorContext): Verdict {
  const { host, what, names } = context;
  const words = `${code} ${text}`;
  if (status === 401 || status === 403) {
    return {
      code: 'auth_failed',
      says: `${host} does not let our key do this. Set ${names.apiKey} to one that may tune models`,
    };
  }
  if (status === 402 || (status === 429 && noCredit.test(words))) {
    return {
      code: 'refused_by_peer',
      says: `The account at ${host} has no credit left. Add credit there`,
      reason: 'no_credit',
    };
  }
  if (status === 429) {
    return { code: 'rate_limited', says: `${host} has too many requests. Try again later`, retryable: true };
  }
  if (status === 408 || status === 504) {
    return { code: 'timeout', says: `${host} took too long over ${what}. Try again`, retryable: true };
  }
  if (status === 404 && !unknownModel.test(words)) {
    return { code: 'not_found', says: `${host} does not have what ${what} asked for` };
  }
  if (status === 409) {
    return { code: 'conflict', says: `${host} is busy with the same thing. Try again`, retryable: true };
  }
  if (status === 405 || status === 501) {
    return { code: 'unsupported', says: `${host} offers no ${what}` };
  }
  if (status >= 500) {
    return { code: 'peer_failed', says: `${host} failed over ${what}. Try again`, retryable: true };
  }
  return { code: 'invalid_input', says: `${host} refused ${what}` };
}

function refusal(peer: PeerError, context: ErrorContext): AppError {
  const { code, says, retryable, reason } = verdictOn(peer, context);
  const waitMs = retryable === true ? retryAfterMs(peer.headers, context.nowMs) : undefined;
  const requestId = peer.headers.get('x-request-id');
  const quoted = quote(peer.text, context);
  const options: AppErrorOptions = {
    retryable: retryable ?? false,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    details: {
      status: peer.status,
      ...(peer.code !== '' && { peerCode: oneLine(peer.code, context.secrets) }),
      ...(requestId !== null && { requestId }),
      ...(reason !== undefined && { reason }),
    },
  };
  return new AppError(code, `${says}. It says: "${quoted}".`, options);
}

function quote(text: string, { secrets, said }: ErrorContext): string {
  const line = oneLine(text, secrets);
  const pieces = Array.from({ length: Math.max(0, line.length - tellingChars + 1) }, (_, at) =>
    line.slice(at, at + tellingChars),
  );
  return pieces.some((piece) => said.includes(piece)) ? '(a complaint that repeats the data)' : line;
}

import { AppError, type AppErrorOptions, type ErrorCode } from '../../core/domain/app-error.ts';
import type { SettingNames } from './options.ts';
import { retryAfterMs } from './retry-after.ts';
import { type PeerError, parsePeerError } from './wire.ts';

/** What an error's sentence may name, and what it must not. */
export interface ErrorContext {
  /** What was asked for. @default 'chat' */
  readonly service?: 'chat' | 'embeddings';
  readonly model: string;
  readonly host: string;
  readonly hasKey: boolean;
  readonly names: SettingNames;
  /** Never to be seen in a message or a cause. */
  readonly secrets: readonly string[];
  /** What people said and were answered in this request. Servers repeat it in complaints; a log must not. */
  readonly said: readonly string[];
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

const tooLong =
  /context_length_exceeded|context (length|window|size)|maximum (context|input length)|too many (input )?tokens|prompt is too long|exceed_context_size|too large to process/i;
const unknownModel =
  /model_not_found|model\b.*\b(not found|does ?n[o']t exist|not exist|unknown|not available|not loaded)|(unknown|invalid|no such) model|no models? (is |are )?loaded/i;
const noCredit =
  /insufficient_quota|insufficient (balance|credit|funds)|exceeded your current quota|billing/i;

/** The server reads no text as long as one of these. */
export function isTooLong({ status, code, text }: PeerError): boolean {
  return status === 413 || tooLong.test(`${code} ${text}`);
}

/** As many characters in a row are not the same by chance. */
const TELLING_CHARS = 16;
/** Nothing private fits into less. */
const LEAST_CHARS = 4;

/** True where the text holds a telling piece of what was said, or all of something short. */
function repeats(text: string, said: readonly string[]): boolean {
  const pieces = Array.from({ length: Math.max(0, text.length - TELLING_CHARS + 1) }, (_, at) =>
    text.slice(at, at + TELLING_CHARS),
  );
  return said.some((words) => {
    const line = words.replaceAll(/\s+/g, ' ').trim();
    if (line.length < TELLING_CHARS) return line.length >= LEAST_CHARS && text.includes(line);
    return pieces.some((piece) => line.includes(piece));
  });
}

/** The peer's own words, on one line, without secrets and nobody else's words, short enough for a chat. */
function quote(text: string, { secrets, said }: Pick<ErrorContext, 'secrets' | 'said'>): string {
  let safe = text.replaceAll(/\/\/[^/\s@]+@/g, '//');
  for (const secret of secrets) if (secret !== '') safe = safe.replaceAll(secret, '[secret]');
  // Some servers quote a part of the key.
  safe = safe.replaceAll(/\b(sk|pk|key)-[\w*.-]{4,}/gi, '[secret]');
  const line = safe.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > 200 ? `${line.slice(0, 199)}…` : line;
  return repeats(short, said) ? '(a complaint that repeats the message)' : short;
}

/** Makes an `AppError` of what the SDK or the connection threw. Neither its message nor its cause holds a secret. */
export function toModelError(thrown: unknown, context: ErrorContext): AppError {
  if (thrown instanceof AppError) return thrown;
  const peer = parsePeerError(thrown);
  if (peer?.fromServer) return peerFailure(peer, context);
  const cause = safeCause(thrown, context);
  if (thrown instanceof SyntaxError) {
    return new AppError('bad_reply', `${context.host} sent something that is not an answer. ${tryAgain}`, {
      retryable: true,
      cause,
    });
  }
  return new AppError(
    'network',
    `The connection to the model at ${context.host} failed. See that the server runs and that ${context.names.baseUrl} is right.`,
    { retryable: true, cause },
  );
}

const tryAgain = 'Try again; if it keeps happening, check the server or choose another model.';

/** The chain of messages and codes, cleaned, in place of errors that may quote headers or addresses with passwords. */
function safeCause(thrown: unknown, context: ErrorContext): Error {
  const parts: string[] = [];
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
    // What JSON cannot be made of is shown in its complaint: that is a piece of the answer.
    const words = error instanceof SyntaxError ? 'unreadable' : error.message;
    parts.push(`${error.name}: ${words}${code}`);
  }
  return new Error(quote(parts.join('; '), context));
}

function peerFailure(peer: PeerError, context: ErrorContext): AppError {
  const { host, model, names } = context;
  const status = peer.status ?? statusOfCode(peer.code);
  const waitMs = retryAfterMs(peer.headers, context.nowMs);
  const requestId = peer.headers.get('x-request-id');
  const fail = (
    code: ErrorCode,
    message: string,
    reason?: string,
    more?: Pick<AppErrorOptions, 'retryable' | 'retryAfterMs'>,
  ): AppError =>
    new AppError(code, message, {
      ...more,
      cause: new Error(quote(peer.text, context)),
      details: {
        ...(peer.status !== undefined && { status: peer.status }),
        ...(peer.code !== '' && { peerCode: quote(peer.code, context) }),
        ...(requestId !== null && { requestId }),
        ...(reason !== undefined && { reason }),
      },
    });
  const retry = { retryable: true, ...(waitMs !== undefined && { retryAfterMs: waitMs }) };
  const words = `${peer.code} ${peer.text}`;

  if (status === 401 || status === 403) {
    const advice = context.hasKey
      ? `Set ${names.apiKey} to a valid one in \`.env\``
      : `Set ${names.apiKey} in \`.env\``;
    return fail('auth_failed', `${host} does not accept our key. ${advice} and restart.`);
  }
  if (status === 402 || (status === 429 && noCredit.test(words))) {
    return fail(
      'refused_by_peer',
      `The account at ${host} has no credit left. Add credit there or set another model.`,
      'no_credit',
    );
  }
  if (status === 429) {
    const wait = waitMs === undefined ? 'a moment' : `${Math.max(1, Math.ceil(waitMs / 1000))} seconds`;
    return fail('rate_limited', `${host} has too many requests. Try again in ${wait}.`, undefined, retry);
  }
  if (status === 408 || status === 504) {
    return fail('timeout', `${host} gave up waiting for the model. ${tryAgain}`, undefined, retry);
  }
  if (isTooLong(peer)) {
    return fail(
      'refused_by_peer',
      context.service === 'embeddings'
        ? `A text is too long for the model ${model}. Set ${names.model} to one that takes longer texts.`
        : `The conversation is too long for the model ${model}. Begin a new session with /new, or send less at once.`,
      'context_too_long',
    );
  }
  if (unknownModel.test(words)) {
    return fail(
      'refused_by_peer',
      `${host} has no model named ${model}. Set ${names.model} to one that it offers.`,
      'unknown_model',
    );
  }
  if (status === 404) {
    return fail(
      'refused_by_peer',
      `There is no ${context.service === 'embeddings' ? 'service for embeddings' : 'chat service'} at ${host} under this path. Check ${names.baseUrl}; it usually ends in /v1.`,
      'unknown_path',
    );
  }
  if (status === undefined || status >= 500 || status === 409) {
    return fail('peer_failed', `The model at ${host} failed. ${tryAgain}`, undefined, retry);
  }
  return fail(
    'refused_by_peer',
    `${host} refused the request: "${quote(peer.text, context)}".`,
    'bad_request',
  );
}

/** Errors inside a stream have no status; some servers put it, or a word for it, in the code. */
function statusOfCode(code: string): number | undefined {
  if (/^[45]\d\d$/.test(code)) return Number(code);
  if (/rate_?limit/i.test(code)) return 429;
  if (/invalid_request|context_length/i.test(code)) return 400;
  if (/insufficient_quota/i.test(code)) return 402;
  return undefined;
}

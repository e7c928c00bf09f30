import { AppError, type ErrorCode } from '../../core/domain/app-error.ts';
import { beforeSending, connectionCode } from '../../core/domain/network-faults.ts';
import { type ApiRefusal, parseRefusal } from './wire.ts';

export interface CallFacts {
  readonly method: string;
  /** Repeating the call would show something twice. */
  readonly isSend: boolean;
  /** Never to be seen in an error. */
  readonly token: string;
  /** Our own deadline ended it. */
  readonly timedOut?: boolean;
}

/** Telegram tells its 400s apart by words alone. First match wins; the rest is `invalid_input`. */
const badRequests: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /message to (?:edit|delete|be replied|react|reply) not found|MESSAGE_ID_INVALID|message identifier is not specified/i,
    'not_found',
    'That Telegram message is gone.',
  ],
  [/message thread not found|TOPIC_DELETED/i, 'not_found', 'That Telegram topic is gone.'],
  [
    /chat not found|group chat was upgraded|PEER_ID_INVALID|user not found/i,
    'not_found',
    'That Telegram chat is gone, or the bot was never in it.',
  ],
  [
    /can't be (?:edited|deleted)|not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|TOPIC_CLOSED|CHAT_ADMIN_REQUIRED|CHAT_RESTRICTED/i,
    'not_allowed',
    "Telegram does not let the bot do that here: check the bot's rights in the chat.",
  ],
];

/** The text without the token, in the forms in which libraries write it into messages. */
export function redactToken(text: string, token: string): string {
  let clean = text.replaceAll(/\/(bot|user)[^/\s]*:[^/\s]*/g, '/$1[redacted]');
  if (token !== '') {
    clean = clean.replaceAll(token, '[redacted]').replaceAll(encodeURIComponent(token), '[redacted]');
  }
  return clean;
}

/** A new error with the old one's name and words: the old one holds the URL in its stack and the payload in its fields. */
function causeOf(thrown: unknown, token: string): Error {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const cause = new Error(redactToken(error.message, token));
  cause.name = error.name;
  return cause;
}

/** True for the answer to an edit that changes nothing. */
export function isNotModified(refusal: ApiRefusal | undefined): boolean {
  return refusal?.status === 400 && /message is not modified/i.test(refusal.description);
}

/** True when Telegram could not read our markup. */
export function isUnreadableMarkup(refusal: ApiRefusal | undefined): boolean {
  return refusal?.status === 400 && /can't parse entities/i.test(refusal.description);
}

/** True when polling is refused because deliveries go to a webhook. */
export function isWebhookConflict(refusal: ApiRefusal | undefined): boolean {
  return refusal?.status === 409 && /webhook is active/i.test(refusal.description);
}

function refusalError(refusal: ApiRefusal, facts: CallFacts, cause: Error): AppError {
  const details = { method: facts.method, status: refusal.status };
  const make = (code: ErrorCode, message: string, retryable = false): AppError =>
    new AppError(code, message, { cause, details, retryable });
  const { status } = refusal;
  if (status === 429) {
    const retryAfterMs = Math.ceil((refusal.retryAfterSeconds ?? 1) * 1_000);
    const message = `Telegram asks to wait ${Math.ceil(retryAfterMs / 1_000)} s before the next call.`;
    return new AppError('rate_limited', message, { cause, details, retryable: true, retryAfterMs });
  }
  // A token of the wrong shape is "not found", a wrong one "unauthorized".
  if (status === 401 || status === 404) {
    return make(
      'auth_failed',
      'Telegram does not accept the token: check TELEGRAM_BOT_TOKEN with BotFather.',
    );
  }
  if (status === 403) {
    return make('not_allowed', 'Telegram does not let the bot speak there: it was blocked or removed.');
  }
  if (status === 409) {
    return make(
      'conflict',
      'Another program uses this Telegram token: stop it, or give this one its own bot.',
      true,
    );
  }
  // A gateway's failure says nothing about what the server behind it did.
  if (facts.isSend && (status === 502 || status === 504)) {
    return make(
      'delivery_unknown',
      'Telegram failed while it took the message: it may or may not have arrived.',
    );
  }
  if (status >= 500) return make('peer_failed', 'Telegram has trouble of its own: try again later.', true);
  if (refusal.migratedToChatId !== undefined) {
    return make('not_found', 'That Telegram group became a supergroup: write to the bot there once.');
  }
  const known = badRequests.find(([pattern]) => pattern.test(refusal.description));
  if (known !== undefined) return make(known[1], known[2]);
  return make('invalid_input', `Telegram refused the call ${facts.method}.`);
}

/** Makes the one `AppError` of whatever the library threw. Holds neither the token nor the payload. */
export function toTelegramError(thrown: unknown, facts: CallFacts): AppError {
  if (thrown instanceof AppError) return thrown;
  const cause = causeOf(thrown, facts.token);
  const refusal = parseRefusal(thrown);
  if (refusal !== undefined) return refusalError(refusal, facts, cause);
  const code = connectionCode(thrown);
  const details = { method: facts.method, cause: code };
  const isBeforeSending = beforeSending.has(code) || /reason: connect /.test(cause.message);
  if (isBeforeSending) {
    const message = 'Telegram cannot be reached: check the network.';
    return new AppError('network', message, { cause, details, retryable: true });
  }
  if (facts.isSend) {
    const message =
      'The connection to Telegram broke during a send: the message may or may not have arrived.';
    return new AppError('delivery_unknown', message, { cause, details });
  }
  if (facts.timedOut === true) {
    return new AppError('timeout', 'Telegram did not answer in time.', { cause, details, retryable: true });
  }
  return new AppError('network', 'The connection to Telegram broke.', { cause, details, retryable: true });
}

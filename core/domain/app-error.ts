/**
 * Every failure that leaves a port is one of these. Branch on `code`, never on text.
 * The comment says whose fault it is, which decides who is told.
 */
export type ErrorCode =
  // the caller or the person
  | 'invalid_input'
  | 'not_found'
  | 'not_allowed'
  // the configuration
  | 'config_invalid'
  | 'already_running'
  // the platform or the model's server
  | 'auth_failed'
  | 'conflict'
  | 'rate_limited'
  | 'timeout'
  | 'network'
  | 'refused_by_peer'
  | 'peer_failed'
  | 'bad_reply'
  | 'delivery_unknown'
  // this machine
  | 'storage_busy'
  | 'storage_full'
  | 'storage_failed'
  // us
  | 'unsupported'
  | 'aborted'
  | 'overloaded'
  | 'internal';

export interface AppErrorOptions {
  readonly cause?: unknown;
  /** True when the same call may succeed later without anybody changing anything. Default false. */
  readonly retryable?: boolean;
  /** How long the peer asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Plain data for logs: no secrets, no message bodies. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The one error tree. `message` is a sentence that tells a person what to do. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
  }
}

/** Makes an `AppError` of anything thrown: an `AppError` stays itself, the rest becomes `internal` with its cause kept. */
export function toAppError(thrown: unknown, fallback: ErrorCode = 'internal'): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new AppError('aborted', 'The operation was stopped.', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError(fallback, message, { cause: thrown });
}

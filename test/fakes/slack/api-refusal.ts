/** An answer with `ok: false`. */
export class ApiRefusal extends Error {
  readonly code: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** True where only a fault of the caller's own can bring this answer about. */
  readonly isViolation: boolean;

  constructor(
    code: string,
    options: {
      readonly extra?: Readonly<Record<string, unknown>>;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly isViolation?: boolean;
    } = {},
  ) {
    super(code);
    this.code = code;
    this.extra = options.extra ?? {};
    this.status = options.status ?? 200;
    this.headers = options.headers ?? {};
    this.isViolation = options.isViolation ?? false;
  }
}

/** A call that no correct client would make. Slack says what is wrong with it in `response_metadata.messages`. */
export const malformed = (code: string, ...reasons: readonly string[]): ApiRefusal =>
  new ApiRefusal(code, {
    isViolation: true,
    ...(reasons.length === 0
      ? {}
      : { extra: { response_metadata: { messages: reasons.map((reason) => `[ERROR] ${reason}`) } } }),
  });

export const refusal = (code: string): ApiRefusal => new ApiRefusal(code);

export const rateLimited = (retryAfterSeconds: number): ApiRefusal =>
  new ApiRefusal('ratelimited', { status: 429, headers: { 'retry-after': String(retryAfterSeconds) } });

/** The tree under `errors` of a refused body: field names down to `_errors`. */
export interface FieldErrors {
  readonly [field: string]: FieldErrors | readonly { readonly code: string; readonly message: string }[];
}

/** An answer other than 2xx. https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** True where only a fault of the caller's own can bring this answer about. */
  readonly isViolation: boolean;

  constructor(
    status: number,
    code: number,
    message: string,
    options: {
      readonly extra?: Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
      readonly isViolation?: boolean;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
    this.isViolation = options.isViolation ?? false;
  }
}

const known = {
  10003: [404, 'Unknown Channel'],
  10004: [404, 'Unknown Guild'],
  10008: [404, 'Unknown Message'],
  10013: [404, 'Unknown User'],
  10014: [400, 'Unknown Emoji'],
  10015: [404, 'Unknown Webhook'],
  10062: [404, 'Unknown interaction'],
  10063: [404, 'Unknown application command'],
  30010: [400, 'Maximum number of reactions reached (20)'],
  40005: [413, 'Request entity too large'],
  40060: [400, 'Interaction has already been acknowledged.'],
  50001: [403, 'Missing Access'],
  50003: [403, 'Cannot execute action on a DM channel'],
  50005: [403, 'Cannot edit a message authored by another user'],
  50006: [400, 'Cannot send an empty message'],
  50007: [403, 'Cannot send messages to this user'],
  50008: [400, 'Cannot send messages in a non-text channel'],
  50013: [403, 'Missing Permissions'],
  50021: [403, 'Cannot execute action on a system message'],
  50027: [401, 'Invalid Webhook Token'],
  50083: [400, 'Thread is archived'],
  160004: [400, 'A thread has already been created for this message'],
} as const satisfies Readonly<Record<number, readonly [number, string]>>;

export function refusal(code: keyof typeof known): ApiRefusal {
  const [status, message] = known[code];
  return new ApiRefusal(status, code, message);
}

/** The same, where no correct client brings it about. */
export function violation(code: keyof typeof known): ApiRefusal {
  const [status, message] = known[code];
  return new ApiRefusal(status, code, message, { isViolation: true });
}

export const unauthorised = (): ApiRefusal => new ApiRefusal(401, 0, '401: Unauthorized');

/** `Invalid Form Body`, as a rule the caller's fault. `path`: the field, `embeds.0.title`. */
export function invalidForm(path: string, code: string, message: string, isViolation = true): ApiRefusal {
  const errors = path
    .split('.')
    .filter((part) => part !== '')
    .reduceRight<FieldErrors>((inside, part) => ({ [part]: inside }), { _errors: [{ code, message }] });
  return new ApiRefusal(400, 50035, 'Invalid Form Body', { extra: { errors }, isViolation });
}

export interface RateLimit {
  readonly retryAfterMs: number;
  readonly scope: 'user' | 'global' | 'shared';
  readonly headers?: Readonly<Record<string, string>>;
}

/** https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit */
export const rateLimited = ({ retryAfterMs, scope, headers = {} }: RateLimit): ApiRefusal =>
  new ApiRefusal(429, 0, 'You are being rate limited.', {
    extra: { retry_after: retryAfterMs / 1_000, global: scope === 'global' },
    headers: {
      'retry-after': String(Math.ceil(retryAfterMs / 1_000)),
      'x-ratelimit-scope': scope,
      ...(scope === 'global' ? { 'x-ratelimit-global': 'true' } : {}),
      ...headers,
    },
  });

import type { ApiKey, ApiKeyId } from '../domain/api-key.ts';
import type { ErrorCode } from '../domain/app-error.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';

/** Who calls the proxy, once admitted. */
export interface ApiCaller {
  readonly spaceId: SpaceId;
  readonly personId: PersonId;
  /** The name of its key, for people. */
  readonly name: string;
  /** Absent: a program on this machine, while no key is asked for. */
  readonly keyId?: ApiKeyId;
}

export interface ApiAdmitted {
  readonly kind: 'admitted';
  readonly caller: ApiCaller;
  readonly isAdmin: boolean;
  readonly upstreamKey: ApiKey['upstreamKey'];
  /**
   * Holds about what its request will cost against the month's tokens, until `release`. Refused where what is under way beside it may
   * use them up. `promptBytes`: the request's size as far as it is text; asked for only where it matters.
   */
  reserve(promptBytes: () => number): ApiRefused | undefined;
  /** Its request is over, and what it cost was counted; may be called again. */
  release(): void;
}

export interface ApiRefused {
  readonly kind: 'refused';
  /** `auth_failed`: no key, an unknown or revoked one. `rate_limited`: too many requests, at once or in a minute. `quota_exhausted`: the month's tokens are used up. */
  readonly reason: 'auth_failed' | 'rate_limited' | 'quota_exhausted';
  /** A sentence for whoever runs the caller, with what to do. */
  readonly message: string;
  /** When to try again, seconds from now, whole and at least 1; absent where waiting does not help. */
  readonly retryAfterSeconds?: number;
}

export type ApiAdmission = ApiAdmitted | ApiRefused;

export interface ApiPresented {
  /** The key that the request shows, as it was sent; absent: none. */
  readonly key?: string;
  /** Whether it comes from a program on this machine that speaks to us directly. */
  readonly isFromHere: boolean;
  /** `X-User-Id`: on whose behalf the caller asks. */
  readonly user?: string;
  /** `model`: counts against rate, concurrency and budget. `count`: against the first two, as it costs no tokens. `other`: feedback, lists, commands. */
  readonly purpose: 'model' | 'count' | 'other';
}

/** Who may call the proxy. All from memory: asks no store and waits for nothing. */
export interface ApiAccess {
  admit(presented: ApiPresented): ApiAdmission;
}

/** The refusals' places in the error tree. */
export const refusalCodes = {
  auth_failed: 'auth_failed',
  rate_limited: 'rate_limited',
  quota_exhausted: 'rate_limited',
} as const satisfies Readonly<Record<ApiRefused['reason'], ErrorCode>>;

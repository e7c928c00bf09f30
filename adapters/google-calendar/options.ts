import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ServiceAccount } from './service-account.ts';

/** Where Google is; for tests and proxies. */
export interface GoogleEndpoints {
  /** Of the calendar API; its origin counts, a path in it is not kept. */
  readonly rootUrl: string;
  /** The page that asks for consent. */
  readonly auth: string;
  readonly token: string;
  readonly revoke: string;
}

/** https://accounts.google.com/.well-known/openid-configuration */
export const googleEndpoints: GoogleEndpoints = {
  rootUrl: 'https://www.googleapis.com/',
  auth: 'https://accounts.google.com/o/oauth2/v2/auth',
  token: 'https://oauth2.googleapis.com/token',
  revoke: 'https://oauth2.googleapis.com/revoke',
};

export interface GoogleCalendarOptions {
  /** Absent: calendars that people let the bot read cannot be read. */
  readonly clientId?: string;
  /** Google demands it of installed apps too, for which it is no secret. */
  readonly clientSecret?: string;
  /** Absent: nothing is read by it. */
  readonly serviceAccount?: ServiceAccount;
  readonly endpoints?: Partial<GoogleEndpoints>;
  /** Of one request, milliseconds. @default 20_000 */
  readonly timeoutMs?: number;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly ids: Pick<Ids, 'code' | 'digest'>;
  readonly logger: Logger;
}

/** Options of what asks people for consent. */
export interface GoogleConsentOptions extends GoogleCalendarOptions {
  readonly clientId: string;
}

export const defaultTimeoutMs = 20_000;

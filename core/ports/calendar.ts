import type { CalendarAccess, CalendarReading } from '../domain/calendar.ts';
import type { Span } from '../domain/span.ts';

export interface CalendarRequest {
  /** What the link was made with, opened. */
  readonly secret: string;
  readonly calendarId: string;
  readonly access: CalendarAccess;
  /** At most 60 days. */
  readonly asked: Span;
  /** Of the last reading, where it was of the same calendar and access. One that no longer holds is not a failure: all is read anew. */
  readonly cursor?: string;
  /** The zone for what has none of its own: an all-day event, a floating time. */
  readonly zone: string;
}

/** What a secret tells of itself. */
export interface SecretFacts {
  /** Whose right it stands for; as secret as it is. Where the source does not know, no two secrets have the same. */
  readonly account: string;
  /** Who is asked with it: a host, or the source itself. */
  readonly server: string;
  /** How many may be read at once of that server, from 1. */
  readonly atOnce: number;
}

/**
 * Reads when calendars are busy, as a person would count: what is declined, free, cancelled, a working location, or an all-day event
 * that does not block is not; out of office is. Rejects with `AppError`: `auth_failed` (only linking again helps), `not_found`, `not_allowed`,
 * `rate_limited` with `retryAfterMs`, `network`, `timeout`, `peer_failed`, `bad_reply`, `invalid_input`.
 */
export interface CalendarPort {
  /** `CalendarLink.source`. */
  readonly source: string;
  /** Asks nobody and never throws, also for what is no secret. */
  about(secret: string): SecretFacts;
  read(
    request: CalendarRequest,
    signal: AbortSignal,
  ): Promise<Pick<CalendarReading, 'busy' | 'cursor'> & { readonly name?: string }>;
  /**
   * Gives the right to read back, where the source knows such a thing: that of everything with the same `SecretFacts.account`. What is
   * revoked already is no failure.
   */
  revoke(secret: string, signal: AbortSignal): Promise<void>;
}

/** How a person lets the bot read calendars at a provider, in a browser (OAuth 2 with PKCE). */
export interface CalendarConsentPort {
  readonly source: string;
  /** The page to send the person to, and what `finish` needs besides; the verifier is secret. `state` comes back with the person. */
  begin(request: {
    readonly redirectUri: string;
    readonly access: CalendarAccess;
    readonly state: string;
  }): Promise<{ readonly url: string; readonly verifier: string }>;
  /**
   * Gives what `CalendarRequest.secret` is to be. `lacks`: less was granted than is needed, a sentence for the person; the secret is then good
   * for nothing but to be given back. Rejects as `CalendarPort.read`; `not_allowed` where nothing lasting was granted.
   */
  finish(
    request: {
      readonly code: string;
      readonly verifier: string;
      readonly redirectUri: string;
      readonly access: CalendarAccess;
    },
    signal: AbortSignal,
  ): Promise<{ readonly secret: string; readonly lacks?: string }>;
}

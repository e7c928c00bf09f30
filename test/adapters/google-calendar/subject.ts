import { createGoogleCalendar } from '../../../adapters/google-calendar/google-calendar.ts';
import { createGoogleConsent } from '../../../adapters/google-calendar/google-consent.ts';
import type { GoogleCalendarOptions } from '../../../adapters/google-calendar/options.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { CalendarAccess } from '../../../core/domain/calendar.ts';
import type { CalendarConsentPort, CalendarPort, CalendarRequest } from '../../../core/ports/calendar.ts';
import { type FakeGoogle, type FakeGoogleOptions, startFakeGoogle } from '../../fakes/google/fake-google.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;
/** A Monday, midnight in UTC. */
export const monday = Date.UTC(2026, 0, 5);

export interface GoogleSubject {
  readonly google: FakeGoogle;
  readonly calendar: CalendarPort;
  readonly consent: CalendarConsentPort;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  /** A secret that somebody’s consent gave. */
  connect(access: CalendarAccess): Promise<string>;
}

/** The adapter before a fake Google. Close that after use. */
export async function createGoogleSubject(
  googleOptions: FakeGoogleOptions = {},
  options: Partial<GoogleCalendarOptions> = {},
): Promise<GoogleSubject> {
  const clock = createFakeClock(monday + 12 * hourMs);
  const google = await startFakeGoogle({ now: () => clock.now(), ...googleOptions });
  const logger = createMemoryLogger();
  const all = {
    clientId: google.clientId,
    clientSecret: google.clientSecret,
    endpoints: google.endpoints,
    fetch: globalThis.fetch,
    clock,
    ids: createSequentialIds(),
    logger,
    ...options,
  };
  const consent = createGoogleConsent(all);
  return {
    google,
    calendar: createGoogleCalendar(all),
    consent,
    clock,
    logger,
    async connect(access) {
      const { redirectUri } = google;
      const { url, verifier } = await consent.begin({ redirectUri, access, state: 'state-1' });
      const code = (await google.agree(url)).searchParams.get('code') ?? '';
      const { secret } = await consent.finish({ code, verifier, redirectUri, access }, never);
      return secret;
    },
  };
}

/** A signal that never fires. */
export const never = new AbortController().signal;

export function requestFor(
  secret: string,
  access: CalendarAccess,
  changes: Partial<CalendarRequest> = {},
): CalendarRequest {
  const asked = { from: monday, to: monday + 14 * dayMs };
  return { secret, access, calendarId: 'primary', asked, zone: 'UTC', ...changes };
}

/** What it rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('it did not fail');
}

/** Everything that an error shows to whoever prints it. */
export function everythingIn(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1) {
    parts.push(at.name, at.message, at.stack ?? '', JSON.stringify(at), JSON.stringify(Object.entries(at)));
  }
  return parts.join('\n');
}

import { AppError } from '../../core/domain/app-error.ts';
import type { CalendarAccess } from '../../core/domain/calendar.ts';
import { DAY_MS } from '../../core/domain/wall-clock.ts';
import type { CalendarPort, CalendarRequest } from '../../core/ports/calendar.ts';
import { createAccessTokens } from './access-tokens.ts';
import { createGoogleClient } from './client.ts';
import { aborted, calendarError, type ErrorContext, toGoogleError } from './errors.ts';
import { jitterOf } from './jitter.ts';
import type { GoogleCalendarOptions } from './options.ts';
import { readEvents } from './read-events.ts';
import { readFreebusy } from './read-freebusy.ts';
import { accountOf, type GoogleSecret, parseSecret } from './secret.ts';
import { parsePeerError } from './wire.ts';

/** Google counts by the minute, for the bot and for each person: a few at once are far below. */
const mostAtOnce = 4;
const longestAskedMs = 60 * DAY_MS;
/** `primary`, an address, or an address with a part of its own (`en.german#holiday@group.v.calendar.google.com`). */
const calendarIdPattern = /^(?!\.{1,2}$)[^\s/\\?]{1,320}$/;

/**
 * Google’s calendars, read by what `createGoogleConsent` or `serviceSecret` gave. It asks once a request, but for an access token that
 * Google no longer takes: that is got anew and the request made again. When to try again is the caller’s to say.
 */
export function createGoogleCalendar(options: GoogleCalendarOptions): CalendarPort {
  const { clock, ids, logger } = options;
  const client = createGoogleClient(options);
  const tokens = createAccessTokens(client, options);

  function contextOf(secret: GoogleSecret, place: ErrorContext['place']): ErrorContext {
    return { place, isService: secret.kind === 'service', nowMs: clock.now(), jitter: jitterOf(ids) };
  }

  async function tokenFor(
    secret: GoogleSecret,
    access: CalendarAccess,
    signal: AbortSignal,
  ): Promise<string> {
    try {
      return await tokens.token(secret, access, signal);
    } catch (thrown) {
      throw toGoogleError(thrown, contextOf(secret, 'token'));
    }
  }

  /** Asks with a token; once more with another where Google takes this one no longer. */
  async function ask(
    secret: GoogleSecret,
    access: CalendarAccess,
    signal: AbortSignal,
    make: (token: string) => Promise<unknown>,
  ): Promise<unknown> {
    const token = await tokenFor(secret, access, signal);
    try {
      return await make(token);
    } catch (thrown) {
      if (parsePeerError(thrown)?.status !== 401) throw thrown;
      tokens.drop(secret, access, token);
      return make(await tokenFor(secret, access, signal));
    }
  }

  async function readBusy(
    secret: GoogleSecret,
    request: CalendarRequest,
    signal: AbortSignal,
  ): ReturnType<CalendarPort['read']> {
    const { calendarId, access, asked } = request;
    if (access === 'freebusy') {
      const busy = await readFreebusy(
        {
          ask: (question) => ask(secret, access, signal, (token) => client.freebusy(token, question, signal)),
          errorOf: (reason) => calendarError(reason, contextOf(secret, 'calendar')),
        },
        calendarId,
        asked,
      );
      return { busy };
    }
    return readEvents(
      {
        ask: (question) => ask(secret, access, signal, (token) => client.events(token, question, signal)),
        onStale: (why) => logger.debug('google_calendar_read_anew', { why }),
      },
      request,
    );
  }

  /** Every failure leaves as an `AppError`; the caller’s own end before all others. */
  async function guarded<T>(
    secret: GoogleSecret,
    place: ErrorContext['place'],
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (signal.aborted) throw aborted();
      throw toGoogleError(thrown, contextOf(secret, place));
    }
  }

  return {
    source: 'google',
    about: (text) => ({ account: accountOf(text), server: 'google', atOnce: mostAtOnce }),
    async read(request, signal) {
      const secret = secretOf(request.secret);
      checkRequest(request);
      return guarded(secret, 'calendar', signal, () => readBusy(secret, request, signal));
    },
    async revoke(text, signal) {
      const secret = parseSecret(text);
      if (secret === undefined) return;
      const refreshToken = tokens.forget(secret);
      if (refreshToken === undefined) return;
      await guarded(secret, 'token', signal, async () => {
        try {
          await client.revoke(refreshToken, signal);
        } catch (thrown) {
          // It was revoked before, or Google has forgotten it.
          if (!parsePeerError(thrown)?.reasons.includes('invalid_token')) throw thrown;
        }
      });
    },
  };
}

function secretOf(text: string): GoogleSecret {
  const secret = parseSecret(text);
  if (secret === undefined) {
    throw new AppError('auth_failed', 'What the bot has of this calendar cannot be used. Connect it again.');
  }
  return secret;
}

function checkRequest({ calendarId, asked }: CalendarRequest): void {
  if (!calendarIdPattern.test(calendarId)) {
    throw new AppError(
      'invalid_input',
      'That is not the id of a Google calendar. It looks like an e-mail address, or is `primary`.',
    );
  }
  if (!(asked.from < asked.to && asked.to - asked.from <= longestAskedMs)) {
    throw new AppError('invalid_input', 'A calendar can be asked for at most 60 days.');
  }
}

import { onTestFinished } from 'vitest';
import { createGoogleCalendar } from '../../adapters/google-calendar/google-calendar.ts';
import { createGoogleConsent } from '../../adapters/google-calendar/google-consent.ts';
import { createIcsCalendar } from '../../adapters/ics-calendar/ics-calendar.ts';
import { createTimeZones } from '../../adapters/time-zones/time-zones.ts';
import type { CalendarSources } from '../../config/compose-calendars.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { type FeedServer, startFeedServer } from '../adapters/ics-calendar/feed-server.ts';
import { type FakeGoogle, startFakeGoogle } from '../fakes/google/fake-google.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';

/** The real adapters before a Google and a server of feeds on this machine. */
export interface CalendarWorld {
  readonly google: FakeGoogle;
  readonly feeds: FeedServer;
  /** What people type of the feeds: by no name leads a feed to this machine. */
  readonly feedAddress: string;
  readonly sources: CalendarSources;
}

/** What the bot is told to be reached at. */
export const publicUrl = 'https://bot.example.org';
const feedHost = 'https://feeds.example.com';

export async function openCalendars(clock: Clock): Promise<CalendarWorld> {
  const google = await startFakeGoogle({ now: clock.now, redirectUri: `${publicUrl}/calendar/callback` });
  const feeds = await startFeedServer();
  onTestFinished(async () => {
    await google.close();
    await feeds.close();
  });
  const options = {
    clientId: google.clientId,
    clientSecret: google.clientSecret,
    endpoints: google.endpoints,
    fetch: globalThis.fetch,
    clock,
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  };
  const ics = createIcsCalendar({ zones: createTimeZones(), clock, allowLoopback: true });
  return {
    google,
    feeds,
    feedAddress: `${feedHost}/team.ics`,
    sources: {
      sources: [
        createGoogleCalendar(options),
        {
          ...ics,
          read: (request, signal) =>
            ics.read(
              { ...request, secret: request.secret.replace(feedHost, `http://127.0.0.1:${feeds.port}`) },
              signal,
            ),
        },
      ],
      consent: createGoogleConsent(options),
    },
  };
}

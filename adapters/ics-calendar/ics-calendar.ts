import { AppError } from '../../core/domain/app-error.ts';
import type { Span } from '../../core/domain/span.ts';
import { DAY_MS } from '../../core/domain/wall-clock.ts';
import type { CalendarPort, CalendarRequest } from '../../core/ports/calendar.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { TimeZonePort } from '../../core/ports/time-zones.ts';
import { answerFor, coversAll, readCursor, writeCursor } from './cursor.ts';
import { aborted } from './errors.ts';
import { createFeedFetch, type FetchFeedOptions } from './fetch-feed.ts';
import { readFeed } from './read-feed.ts';

export interface IcsCalendarOptions extends FetchFeedOptions {
  readonly clock: Pick<Clock, 'now' | 'after' | 'monotonicMs'>;
  readonly zones: TimeZonePort;
  /** Lets others have their turn while a long feed is read. Default: one turn of the event loop. */
  readonly breathe?: () => Promise<void>;
}

/** A feed is expanded for so long at once, so that for some weeks “not changed” is all there is to be read. */
const horizonMs = 60 * DAY_MS;

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Calendars that anybody can read who has their address: iCalendar feeds. `CalendarRequest.secret` is the address as `feedAddress` gives it;
 * `calendarId` and `access` mean nothing here. The times of busy spans are all that is kept of a feed.
 */
export function createIcsCalendar(options: IcsCalendarOptions): CalendarPort {
  const { clock, zones, breathe = oneTurn } = options;
  const fetchFeed = createFeedFetch(options);

  function checkAsked({ from, to }: Span): void {
    if (from < to && to - from <= horizonMs) return;
    throw new AppError('invalid_input', 'A calendar is asked for some time of at most 60 days.');
  }

  async function read({ secret, asked, zone, cursor }: CalendarRequest, signal: AbortSignal) {
    checkAsked(asked);
    if (!URL.canParse(secret)) {
      throw new AppError('auth_failed', 'The address of this feed is lost. Connect the calendar again.');
    }
    const kept = readCursor(cursor);
    const usable = kept !== undefined && coversAll(kept, asked, zone) ? kept : undefined;
    const feed = await fetchFeed(secret, usable?.version ?? {}, signal);
    if (feed.kind === 'unchanged') {
      if (usable === undefined || cursor === undefined) {
        throw new AppError('bad_reply', 'The feed says that it has not changed, which nobody asked.');
      }
      return { ...answerFor(usable, asked), cursor };
    }
    const horizon = { from: asked.from, to: asked.from + horizonMs };
    const whole = await readFeed(feed.text, {
      zones,
      zone,
      within: horizon,
      monotonicMs: clock.monotonicMs,
      breathe: async () => {
        await breathe();
        if (signal.aborted) throw aborted();
      },
    });
    const next = writeCursor({ version: feed.version, zone, horizon, ...whole });
    return { ...answerFor(whole, asked), ...(next !== undefined && { cursor: next }) };
  }

  return {
    source: 'ics',
    about: (secret) => ({
      account: secret,
      server: URL.canParse(secret) ? new URL(secret).host : '',
      atOnce: 1,
    }),
    read,
    // An address has no right that could be given back.
    revoke: async () => {},
  };
}

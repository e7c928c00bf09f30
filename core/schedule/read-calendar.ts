import { AppError } from '../domain/app-error.ts';
import type { CalendarLink, CalendarLinkId, CalendarReading } from '../domain/calendar.ts';
import type { SpaceId } from '../domain/ids.ts';
import { clipSpans, type Span } from '../domain/span.ts';
import { DAY_MS } from '../domain/wall-clock.ts';
import type { CalendarPort } from '../ports/calendar.ts';
import type { Clock } from '../ports/clock.ts';

export interface CalendarReaderDeps {
  readonly sources: ReadonlyMap<string, CalendarPort>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly zoneOf: (spaceId: SpaceId) => string;
}

/** What is to be read, and what is known of it. */
export interface CalendarToRead extends Pick<CalendarLink, 'spaceId' | 'source' | 'calendarId' | 'access'> {
  /** The last reading of the same. */
  readonly reading?: CalendarReading;
}

export interface FreshReading {
  readonly reading: CalendarReading;
  /** What the source calls the calendar. */
  readonly name?: string;
}

/** A read that takes longer is given up. */
export const readTimeoutMs = 60_000;
const pastMs = DAY_MS;
const aheadMs = 15 * DAY_MS;

/** What the secret of a link is sealed for. */
export function calendarSecretContext(linkId: CalendarLinkId): string {
  return `calendar:${linkId}`;
}

/**
 * Reads a calendar once, from a day ago to 15 days ahead. Rejects as `CalendarPort.read`; with `unsupported` where nothing reads such
 * a source; with `timeout` or `aborted` also where the source itself goes on.
 */
export async function readCalendar(
  deps: CalendarReaderDeps,
  wanted: CalendarToRead,
  secret: string,
  signal: AbortSignal,
): Promise<FreshReading> {
  const source = deps.sources.get(wanted.source);
  if (source === undefined) {
    throw new AppError('unsupported', 'Nothing is set up any more that reads such a calendar.');
  }
  const readAt = deps.clock.now();
  const asked: Span = { from: readAt - pastMs, to: readAt + aheadMs };
  const { spaceId, calendarId, access, reading: last } = wanted;
  const { busy, cursor, name } = await inTime(deps.clock, readTimeoutMs, signal, (cut) =>
    source.read(
      {
        secret,
        calendarId,
        access,
        asked,
        zone: deps.zoneOf(spaceId),
        ...(last?.cursor === undefined ? {} : { cursor: last.cursor }),
      },
      cut,
    ),
  );
  const reading = {
    busy: clipSpans(busy, asked),
    asked,
    readAt,
    ...(cursor === undefined ? {} : { cursor }),
  };
  return { reading, ...(name === undefined ? {} : { name }) };
}

/** Ends with the work, by the time or by the signal, whichever comes first. Rejects as the work does, or with `timeout` or `aborted`. */
export async function inTime<Result>(
  clock: Pick<Clock, 'after'>,
  timeoutMs: number,
  signal: AbortSignal,
  work: (cut: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stopped = new AppError('aborted', 'Reading the calendar was stopped.');
  if (signal.aborted) throw stopped;
  const cut = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (error: AppError): void => {
    cut.abort();
    ended.reject(error);
  };
  const timer = clock.after(timeoutMs, () =>
    end(new AppError('timeout', 'The calendar did not answer in time.', { retryable: true })),
  );
  const stop = (): void => end(stopped);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([ended.promise, work(cut.signal)]);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', stop);
  }
}

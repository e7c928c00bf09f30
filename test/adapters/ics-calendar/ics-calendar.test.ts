import { afterEach, beforeEach, expect, test } from 'vitest';
import { createIcsCalendar } from '../../../adapters/ics-calendar/ics-calendar.ts';
import type { Span } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS } from '../../../core/domain/wall-clock.ts';
import type { CalendarPort, CalendarRequest } from '../../../core/ports/calendar.ts';
import { type CalendarTrouble, calendarContract } from '../../contract/calendar.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { type Answer, type FeedServer, startFeedServer } from './feed-server.ts';
import { at, calendarOf, eventOf, zones } from './feed-texts.ts';

const utc = (instant: number): string => new Date(instant).toISOString().replaceAll(/[-:]|\.\d+/g, '');
const textOf = (busy: readonly Span[]): string =>
  calendarOf(
    'X-WR-CALNAME:Team',
    ...busy.flatMap(({ from, to }, place) =>
      eventOf(`UID:${place}`, `DTSTART:${utc(from)}`, `DTEND:${utc(to)}`),
    ),
  );

/** As servers of feeds do: with an ETag, and nothing where it is the same. */
const serving =
  (text: string): Answer =>
  (request, response) => {
    const etag = `"${text.length}-${text.at(120)}-${Buffer.from(text).reduce((sum, byte) => (sum * 31 + byte) % 9_999_991, 7)}"`;
    const isSame = request.headers['if-none-match'] === etag;
    response.writeHead(isSame ? 304 : 200, { etag, 'content-type': 'text/calendar' }).end(isSame ? '' : text);
  };

const statuses: Readonly<Record<CalendarTrouble, number>> = {
  auth_failed: 401,
  not_allowed: 403,
  not_found: 404,
  rate_limited: 429,
  peer_failed: 502,
};

calendarContract({
  name: 'iCalendar feed',
  access: 'events',
  troubles: ['auth_failed', 'not_allowed', 'not_found', 'rate_limited', 'peer_failed'],
  async create() {
    const server = await startFeedServer();
    return {
      calendar: createIcsCalendar({ zones, clock: createFakeClock(), allowLoopback: true }),
      secret: `http://127.0.0.1:${server.port}/private-0f9a/basic.ics?key=0f9a`,
      hidden: '0f9a',
      calendarId: '',
      keep: (busy) => server.answer(serving(textOf(busy))),
      fail: (trouble) =>
        server.answer((_, response) => void response.writeHead(statuses[trouble]).end('key=0f9a')),
      hang() {
        server.answer(() => {});
        return server.next();
      },
      close: server.close,
    };
  },
});

let server: FeedServer;
let calendar: CalendarPort;
beforeEach(async () => {
  server = await startFeedServer();
  calendar = createIcsCalendar({ zones, clock: createFakeClock(), allowLoopback: true });
});
afterEach(() => server.close());

const from = at('2026-03-23T00:00:00Z');
const meeting = { from: from + 9 * HOUR_MS, to: from + 10 * HOUR_MS };
const live = (): AbortSignal => new AbortController().signal;
const request = (changes: Partial<CalendarRequest> = {}): CalendarRequest => ({
  secret: `http://127.0.0.1:${server.port}/a.ics`,
  calendarId: '',
  access: 'freebusy',
  asked: { from, to: from + 16 * DAY_MS },
  zone: 'Europe/Berlin',
  ...changes,
});
const wasConditional = (): boolean => server.requests.at(-1)?.headers['if-none-match'] !== undefined;

test('says what the calendar is called, also while it has not changed', async () => {
  server.answer(serving(textOf([meeting])));
  const first = await calendar.read(request(), live());
  expect(first.name).toBe('Team');
  const again = await calendar.read(request({ cursor: first.cursor ?? '' }), live());
  expect(again).toEqual(first);
  expect(wasConditional()).toBe(true);
});

test('asks for changes only while it knows all that is asked, for sixty days, then reads all again', async () => {
  const late = { from: from + 50 * DAY_MS, to: from + 50 * DAY_MS + HOUR_MS };
  server.answer(serving(textOf([meeting, late])));
  const { cursor = '' } = await calendar.read(request(), live());
  const asked = (days: number): Span => ({ from: from + days * DAY_MS, to: from + (days + 16) * DAY_MS });
  const seen: [number, boolean, number][] = [];
  for (const days of [1, 40, 44, 45, -1]) {
    const { busy } = await calendar.read(request({ cursor, asked: asked(days) }), live());
    seen.push([days, wasConditional(), busy.length]);
  }
  expect(seen).toEqual([
    [1, true, 0],
    [40, true, 1],
    [44, true, 1],
    [45, false, 1],
    [-1, false, 1],
  ]);
  await calendar.read(request({ cursor, zone: 'Asia/Tokyo' }), live());
  expect(wasConditional()).toBe(false);
});

test('by the date of the last change where there is no ETag; without either it reads all each time', async () => {
  const modified = 'Mon, 23 Mar 2026 10:00:00 GMT';
  server.answer((got, response) => {
    const isSame = got.headers['if-modified-since'] === modified;
    response
      .writeHead(isSame ? 304 : 200, { 'last-modified': modified })
      .end(isSame ? '' : textOf([meeting]));
  });
  const { cursor = '' } = await calendar.read(request(), live());
  expect((await calendar.read(request({ cursor }), live())).busy).toEqual([meeting]);
  expect(server.requests.at(-1)?.headers['if-modified-since']).toBe(modified);
  server.answer((_, response) => void response.end(textOf([meeting])));
  expect((await calendar.read(request(), live())).cursor).toBeUndefined();
});

test('nothing of the words of an event is kept', async () => {
  server.answer(serving(textOf([meeting])));
  expect(JSON.stringify(await calendar.read(request(), live()))).not.toMatch(/mayor|Dinner/i);
});

test('a server that says “not changed” to whom has nothing is wrong', async () => {
  server.answer((_, response) => void response.writeHead(304).end());
  await expect(calendar.read(request(), live())).rejects.toMatchObject({ code: 'bad_reply' });
});

test.each([
  [{ from: 1, to: 1 }, 'invalid_input'],
  [{ from, to: from + 61 * DAY_MS }, 'invalid_input'],
])('what cannot be asked is refused before anything is read: %o', async (asked, code) => {
  await expect(calendar.read(request({ asked }), live())).rejects.toMatchObject({ code });
  expect(server.requests).toEqual([]);
});

test('an address that is lost must be given again', async () => {
  await expect(calendar.read(request({ secret: 'gone' }), live())).rejects.toMatchObject({
    code: 'auth_failed',
  });
});

test('a reading that is stopped while the text is taken apart ends', async () => {
  const controller = new AbortController();
  let elapsedMs = 0;
  const stopping = createIcsCalendar({
    zones,
    clock: { ...createFakeClock(), monotonicMs: () => (elapsedMs += 1) },
    allowLoopback: true,
    breathe: async () => controller.abort(),
  });
  const many = Array.from({ length: 200 }, () => meeting);
  server.answer(serving(textOf(many)));
  await expect(stopping.read(request(), controller.signal)).rejects.toMatchObject({ code: 'aborted' });
});

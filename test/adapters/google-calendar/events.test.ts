import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { mostKept } from '../../../adapters/google-calendar/kept-events.ts';
import { type GoogleCalendar, type GoogleEvent, timed } from '../../fakes/google/calendars.ts';
import type { FakeGoogle } from '../../fakes/google/fake-google.ts';
import {
  createGoogleSubject,
  dayMs,
  failureOf,
  type GoogleSubject,
  hourMs,
  monday,
  never,
  requestFor,
} from './subject.ts';

let subject: GoogleSubject;
afterEach(() => subject.google.close());

const at = (hours: number, lengthHours = 1): Pick<GoogleEvent, 'start' | 'end'> =>
  timed(monday + hours * hourMs, monday + (hours + lengthHours) * hourMs);
const span = (hours: number, lengthHours = 1): { readonly from: number; readonly to: number } => ({
  from: monday + hours * hourMs,
  to: monday + (hours + lengthHours) * hourMs,
});
const answered = (responseStatus: string): Pick<GoogleEvent, 'attendees'> => ({
  attendees: [
    { email: 'boss@example.com', displayName: 'The secret boss', responseStatus: 'accepted' },
    { email: 'me@example.com', self: true, responseStatus },
  ],
});

/** Of the last request for events. */
function lastQuery(): URLSearchParams {
  const last = subject.google.requests.findLast(({ route }) => route === 'events');
  if (last === undefined) throw new Error('nothing was asked');
  return last.query;
}

describe('events', () => {
  test('count as a person would count them', async () => {
    subject = await createGoogleSubject();
    const mine = subject.google.calendar('primary', 'Asia/Tokyo');
    mine.put({ id: 'meeting', ...at(9) });
    mine.put({ id: 'accepted', ...at(11), ...answered('accepted') });
    mine.put({ id: 'declined', ...at(13), ...answered('declined') });
    mine.put({ id: 'unanswered', ...at(15), ...answered('needsAction') });
    mine.put({ id: 'office', ...at(17), eventType: 'workingLocation' });
    mine.put({ id: 'note', start: { date: '2026-01-07' }, end: { date: '2026-01-08' } });
    mine.put({
      id: 'holiday',
      eventType: 'outOfOffice',
      start: { date: '2026-01-08' },
      end: { date: '2026-01-09' },
    });
    mine.put({ id: 'cancelled', status: 'cancelled', ...at(19) });
    const { busy } = await subject.calendar.read(
      requestFor(await subject.connect('events'), 'events'),
      never,
    );
    expect(busy).toEqual([span(9), span(11), span(63, 24)]);
    expect(subject.google.refused).toEqual([]);
  });

  test('no words, names or places are asked for, or ever sent', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    google.calendar('primary').put({ id: 'a', ...at(9), ...answered('accepted') });
    const secret = await subject.connect('events');
    const first = await calendar.read(requestFor(secret, 'events'), never);
    google.calendar('primary').put({ id: 'b', ...at(10), ...answered('accepted') });
    await calendar.read(requestFor(secret, 'events', { cursor: first.cursor ?? '' }), never);
    expect(google.sent.join('\n')).not.toMatch(/secret title|secret words|secret boss|secret name|@example/);
    expect(first.cursor).not.toMatch(/secret/);
  });

  test('all pages are read', async () => {
    subject = await createGoogleSubject({ pageSize: 3 });
    const mine = subject.google.calendar('primary');
    for (let day = 0; day < 10; day += 1) mine.put({ id: `e${day}`, ...at(day * 24) });
    const secret = await subject.connect('events');
    const { busy, cursor } = await subject.calendar.read(requestFor(secret, 'events'), never);
    expect(busy).toEqual(Array.from({ length: 10 }, (_, day) => span(day * 24)));
    expect(subject.google.count('events')).toBe(4);
    for (let day = 0; day < 10; day += 1) mine.put({ id: `e${day}`, ...at(day * 24 + 2) });
    const again = await subject.calendar.read(requestFor(secret, 'events', { cursor: cursor ?? '' }), never);
    expect(again.busy).toEqual(Array.from({ length: 10 }, (_, day) => span(day * 24 + 2)));
    expect(subject.google.refused).toEqual([]);
  });

  test('pages without an end end', async () => {
    subject = await createGoogleSubject();
    subject.google.calendar('primary');
    const secret = await subject.connect('events');
    const page = { route: 'events', kind: 'answer', status: 200, body: { nextPageToken: 'same' } } as const;
    subject.google.fault(page, page);
    expect((await failureOf(subject.calendar.read(requestFor(secret, 'events'), never))).code).toBe(
      'bad_reply',
    );
  });

  test('what is no event in a page takes nothing else away', async () => {
    subject = await createGoogleSubject();
    const secret = await subject.connect('events');
    const items = [null, 'x', { status: 'confirmed' }, { id: 'a', ...at(9) }];
    subject.google.fault({ route: 'events', kind: 'answer', status: 200, body: { items } });
    const reading = await subject.calendar.read(requestFor(secret, 'events'), never);
    expect(reading).toEqual({ busy: [span(9)] });
  });

  test('the calendar’s zone holds for all-day events, the request’s where it has none', async () => {
    subject = await createGoogleSubject();
    const secret = await subject.connect('events');
    const items = [
      { id: 'a', eventType: 'outOfOffice', start: { date: '2026-01-06' }, end: { date: '2026-01-07' } },
    ];
    subject.google.fault({ route: 'events', kind: 'answer', status: 200, body: { items } });
    const request = requestFor(secret, 'events', { zone: 'America/New_York' });
    expect((await subject.calendar.read(request, never)).busy).toEqual([span(29, 24)]);
  });
});

describe('changes', () => {
  test('after the first time only what changed is asked for', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    const mine = google.calendar('primary');
    mine.put({ id: 'a', ...at(9) });
    mine.put({ id: 'b', ...at(11) });
    const secret = await subject.connect('events');
    const first = await calendar.read(requestFor(secret, 'events'), never);
    mine.cancel('a');
    mine.put({ id: 'b', ...at(14) });
    mine.put({ id: 'c', ...at(16) });
    const second = await calendar.read(requestFor(secret, 'events', { cursor: first.cursor ?? '' }), never);
    expect(second.busy).toEqual([span(14), span(16)]);
    expect(lastQuery().has('syncToken')).toBe(true);
    expect(lastQuery().has('timeMin')).toBe(false);
    mine.put({ id: 'c', ...at(16), ...answered('declined') });
    const third = await calendar.read(requestFor(secret, 'events', { cursor: second.cursor ?? '' }), never);
    expect(third.busy).toEqual([span(14)]);
    expect(google.refused).toEqual([]);
  });

  test('an occurrence that is cancelled takes itself away, a series all its occurrences and nobody else’s', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    const mine = google.calendar('primary');
    const [, second = ''] = mine.putSeries('standup', monday + 9 * hourMs, hourMs, 3);
    // Google names the rest of a series that was split like this.
    mine.putSeries('standup_R20260112T090000', monday + (7 * 24 + 9) * hourMs, hourMs, 2);
    mine.put({ id: 'standups', ...at(20) });
    const secret = await subject.connect('events');
    const first = await calendar.read(requestFor(secret, 'events'), never);
    expect(first.busy).toHaveLength(6);
    mine.cancel(second);
    const less = await calendar.read(requestFor(secret, 'events', { cursor: first.cursor ?? '' }), never);
    expect(less.busy).toEqual([span(9), span(20), span(57), span(177), span(201)]);
    mine.cancelSeries('standup');
    const rest = await calendar.read(requestFor(secret, 'events', { cursor: less.cursor ?? '' }), never);
    expect(rest.busy).toEqual([span(20), span(177), span(201)]);
  });

  test('a sync token that Google has forgotten means that all is read anew, at once', async () => {
    subject = await createGoogleSubject();
    const { google, calendar, logger } = subject;
    const mine = google.calendar('primary');
    mine.put({ id: 'a', ...at(9) });
    const secret = await subject.connect('events');
    const first = await calendar.read(requestFor(secret, 'events'), never);
    mine.put({ id: 'b', ...at(12) });
    google.calendarRoutes.expireSyncTokens();
    const second = await calendar.read(requestFor(secret, 'events', { cursor: first.cursor ?? '' }), never);
    expect(second.busy).toEqual([span(9), span(12)]);
    expect(logger.of('google_calendar_read_anew').map(({ fields }) => fields)).toEqual([{ why: 'gone' }]);
    mine.cancel('a');
    const third = await calendar.read(requestFor(secret, 'events', { cursor: second.cursor ?? '' }), never);
    expect(third.busy).toEqual([span(12)]);
    expect(lastQuery().has('syncToken')).toBe(true);
  });

  test.each(['', 'no json', '{}', '{"v":1,"from":0}', '{"v":99}'])(
    'the cursor %j means that all is read',
    async (cursor) => {
      subject = await createGoogleSubject();
      subject.google.calendar('primary').put({ id: 'a', ...at(9) });
      const secret = await subject.connect('events');
      const { busy } = await subject.calendar.read(requestFor(secret, 'events', { cursor }), never);
      expect(busy).toEqual([span(9)]);
    },
  );

  test('a range that moves on with the clock is read anew once a day, and never has a gap at its end', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    const mine = google.calendar('primary');
    for (let day = 0; day < 20; day += 1) mine.put({ id: `e${day}`, ...at(day * 24 + 8) });
    const secret = await subject.connect('events');
    let cursor = '';
    for (let hour = 0; hour <= 48; hour += 1) {
      const asked = { from: monday + hour * hourMs, to: monday + hour * hourMs + 7 * dayMs };
      const reading = await calendar.read(requestFor(secret, 'events', { asked, cursor }), never);
      cursor = reading.cursor ?? '';
      const expected = Array.from({ length: 20 }, (_, day) => span(day * 24 + 8))
        .filter(({ from, to }) => from < asked.to && to > asked.from)
        .map(({ from, to }) => ({ from: Math.max(from, asked.from), to: Math.min(to, asked.to) }));
      expect(reading.busy).toEqual(expected);
    }
    const whole = google.requests.filter(({ query }) => query.has('timeMin'));
    expect(whole).toHaveLength(2);
  });

  test('a range that begins earlier is read anew', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    google.calendar('primary').put({ id: 'a', ...at(-10) });
    const secret = await subject.connect('events');
    const first = await calendar.read(requestFor(secret, 'events'), never);
    expect(first.busy).toEqual([]);
    const asked = { from: monday - dayMs, to: monday + 13 * dayMs };
    const again = await calendar.read(
      requestFor(secret, 'events', { asked, cursor: first.cursor ?? '' }),
      never,
    );
    expect(again.busy).toEqual([span(-10)]);
  });

  test('a calendar that goes to another zone is read anew', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    const mine = google.calendar('primary', 'UTC');
    const day = { start: { date: '2026-01-06' }, end: { date: '2026-01-07' } };
    mine.put({ id: 'a', eventType: 'outOfOffice', ...day });
    const secret = await subject.connect('events');
    const first = await calendar.read(requestFor(secret, 'events'), never);
    expect(first.busy).toEqual([span(24, 24)]);
    mine.timeZone = 'Asia/Tokyo';
    const again = await calendar.read(requestFor(secret, 'events', { cursor: first.cursor ?? '' }), never);
    expect(again.busy).toEqual([span(15, 24)]);
  });

  test('of a very full calendar nothing is kept, and it is read whole each time', async () => {
    subject = await createGoogleSubject();
    const mine = subject.google.calendar('primary');
    for (let at = 0; at <= mostKept; at += 1) {
      mine.put({ id: `e${at}`, ...timed(monday + at * 600_000, monday + at * 600_000 + 60_000) });
    }
    const secret = await subject.connect('events');
    const reading = await subject.calendar.read(requestFor(secret, 'events'), never);
    expect(reading.busy).toHaveLength(mostKept + 1);
    expect(reading.cursor).toBeUndefined();
  });

  test('reading changes gives the same as reading all, whatever happens in between', async () => {
    subject = await createGoogleSubject({ pageSize: 4 });
    const { google, calendar } = subject;
    const secret = await subject.connect('events');
    const read = (calendarId: string, cursor?: string): ReturnType<typeof calendar.read> => {
      const asked = { from: monday, to: monday + 13 * dayMs };
      const known = { calendarId, asked, ...(cursor !== undefined && { cursor }) };
      return calendar.read(requestFor(secret, 'events', known), never);
    };
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(edit, { maxLength: 5 }), { minLength: 2, maxLength: 5 }),
        async (rounds) => {
          runs += 1;
          const calendarId = `calendar-${runs}@example.com`;
          const mine = google.calendar(calendarId);
          let cursor: string | undefined;
          for (const edits of rounds) {
            for (const one of edits) apply(one, mine, google);
            const changes = await read(calendarId, cursor);
            expect(changes.busy).toEqual((await read(calendarId)).busy);
            cursor = changes.cursor;
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(google.refused).toEqual([]);
  });
});

interface Edit {
  readonly what: 'put' | 'cancel' | 'decline' | 'series' | 'expire';
  readonly id: number;
  readonly hour: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  what: fc.constantFrom('put', 'put', 'cancel', 'decline', 'series', 'expire'),
  id: fc.integer({ min: 0, max: 2 }),
  hour: fc.oneof(fc.integer({ min: -40, max: 16 * 24 }), fc.integer({ min: 13 * 24, max: 16 * 24 })),
});

function apply({ what, id, hour }: Edit, calendar: GoogleCalendar, google: FakeGoogle): void {
  const [any] = calendar.events();
  if (what === 'put') calendar.put({ id: `e${id}`, ...at(hour) });
  if (what === 'decline') calendar.put({ id: `e${id}`, ...at(hour), ...answered('declined') });
  if (what === 'series') calendar.putSeries(`s${id}`, monday + hour * hourMs, hourMs, 3);
  if (what === 'expire') google.calendarRoutes.expireSyncTokens();
  if (what === 'cancel' && any !== undefined) calendar.cancel(any.id);
}

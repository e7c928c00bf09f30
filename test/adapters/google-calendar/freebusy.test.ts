import { afterEach, describe, expect, test } from 'vitest';
import { timed } from '../../fakes/google/calendars.ts';
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

describe('free and busy', () => {
  test('gives when the calendar is busy, merged and within what was asked', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    const mine = google.calendar('primary');
    mine.put({ id: 'a', ...timed(monday + 9 * hourMs, monday + 10 * hourMs) });
    mine.put({ id: 'b', ...timed(monday + 10 * hourMs, monday + 11 * hourMs) });
    mine.put({
      id: 'free',
      transparency: 'transparent',
      ...timed(monday + 20 * hourMs, monday + 21 * hourMs),
    });
    mine.put({ id: 'early', ...timed(monday - 5 * hourMs, monday + hourMs) });
    const secret = await subject.connect('freebusy');
    expect(await calendar.read(requestFor(secret, 'freebusy'), never)).toEqual({
      busy: [
        { from: monday, to: monday + hourMs },
        { from: monday + 9 * hourMs, to: monday + 11 * hourMs },
      ],
    });
    expect(google.refused).toEqual([]);
  });

  test('asks for no event', async () => {
    subject = await createGoogleSubject();
    subject.google.calendar('primary');
    await subject.calendar.read(requestFor(await subject.connect('freebusy'), 'freebusy'), never);
    expect(subject.google.count('events')).toBe(0);
    expect(subject.google.count('freebusy')).toBe(1);
  });

  test('a range longer than Google takes is asked for in pieces without a gap', async () => {
    subject = await createGoogleSubject();
    const { google, calendar } = subject;
    const mine = google.calendar('primary');
    const asked = { from: monday, to: monday + 60 * dayMs };
    // Over the seam of two pieces.
    const over = { from: monday + 30 * dayMs - hourMs, to: monday + 30 * dayMs + hourMs };
    mine.put({ id: 'a', ...timed(over.from, over.to) });
    const secret = await subject.connect('freebusy');
    const { busy } = await calendar.read(requestFor(secret, 'freebusy', { asked }), never);
    expect(busy).toEqual([over]);
    expect(google.count('freebusy')).toBe(2);
  });

  test.each([
    ['notFound', 'not_found'],
    ['forbidden', 'not_allowed'],
    ['rateLimitExceeded', 'rate_limited'],
    ['internalError', 'peer_failed'],
    ['something new', 'peer_failed'],
  ])('a calendar that Google answers with %s for is not taken as free', async (reason, code) => {
    subject = await createGoogleSubject();
    subject.google.calendar('primary').busyErrors = [reason];
    const secret = await subject.connect('freebusy');
    expect((await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never))).code).toBe(code);
  });

  test.each([
    ['leaves the calendar out', { calendars: {} }, 'not_found'],
    ['is another thing', { kind: 'calendar#events' }, 'bad_reply'],
    ['is a page for people', '<html>Sign in</html>', 'bad_reply'],
    [
      'has times that are none',
      { calendars: { primary: { busy: [{ start: 'x', end: 'y' }] } } },
      'bad_reply',
    ],
  ])('an answer that %s is not taken as free', async (_, body, code) => {
    subject = await createGoogleSubject();
    subject.google.calendar('primary');
    const secret = await subject.connect('freebusy');
    subject.google.fault({ route: 'freebusy', kind: 'answer', status: 200, body });
    expect((await failureOf(subject.calendar.read(requestFor(secret, 'freebusy'), never))).code).toBe(code);
  });

  test.each([
    ['', 'an empty id'],
    ['..', 'a path'],
    ['a/b', 'a path'],
    ['a b', 'words'],
    ['x'.repeat(400), 'a long text'],
  ])('%j is refused before anything is asked: %s', async (calendarId) => {
    subject = await createGoogleSubject();
    const secret = await subject.connect('freebusy');
    const before = subject.google.requests.length;
    const read = subject.calendar.read(requestFor(secret, 'freebusy', { calendarId }), never);
    expect((await failureOf(read)).code).toBe('invalid_input');
    expect(subject.google.requests.length).toBe(before);
  });

  test.each([
    ['is empty', 0],
    ['is longer than 60 days', 60 * dayMs + 1],
  ])('a range that %s is refused', async (_, lengthMs) => {
    subject = await createGoogleSubject();
    const secret = await subject.connect('freebusy');
    const asked = { from: monday, to: monday + lengthMs };
    const read = subject.calendar.read(requestFor(secret, 'freebusy', { asked }), never);
    expect((await failureOf(read)).code).toBe('invalid_input');
  });

  test('an id with a hash sign reaches Google whole', async () => {
    subject = await createGoogleSubject();
    const calendarId = 'en.german#holiday@group.v.calendar.google.com';
    subject.google.calendar(calendarId).put({ id: 'a', ...timed(monday, monday + hourMs) });
    const secret = await subject.connect('events');
    const { busy } = await subject.calendar.read(requestFor(secret, 'events', { calendarId }), never);
    expect(busy).toHaveLength(1);
  });
});

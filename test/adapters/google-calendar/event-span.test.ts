import { describe, expect, test } from 'vitest';
import { busySpan, usableZone } from '../../../adapters/google-calendar/event-span.ts';

const away = { id: 'a', eventType: 'outOfOffice' };
const hourMs = 3_600_000;

describe('when an event makes busy', () => {
  test('an all-day event lasts from midnight to midnight of the calendar’s zone', () => {
    const span = busySpan(
      { ...away, start: { date: '2026-01-05' }, end: { date: '2026-01-07' } },
      'Asia/Tokyo',
    );
    expect(span).toEqual({ from: Date.UTC(2026, 0, 4, 15), to: Date.UTC(2026, 0, 6, 15) });
  });

  test.each([
    ['2026-03-29', '2026-03-30', 'Europe/Berlin', 23],
    ['2026-10-25', '2026-10-26', 'Europe/Berlin', 25],
    // The clocks go from midnight to one there.
    ['2018-11-04', '2018-11-05', 'America/Sao_Paulo', 23],
    ['2026-04-05', '2026-04-06', 'Australia/Lord_Howe', 24.5],
  ])('the day %s to %s in %s has %d hours', (from, to, zone, hours) => {
    const span = busySpan({ ...away, start: { date: from }, end: { date: to } }, zone);
    expect(span && (span.to - span.from) / hourMs).toBe(hours);
  });

  test('a time with an offset is an instant, whatever the zone', () => {
    const event = {
      id: 'a',
      start: { dateTime: '2026-01-05T09:00:00+02:00', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-01-05T08:00:00Z' },
    };
    expect(busySpan(event, 'Asia/Tokyo')).toEqual({
      from: Date.UTC(2026, 0, 5, 7),
      to: Date.UTC(2026, 0, 5, 8),
    });
  });

  test('a time without an offset is one of its own zone, else of the calendar’s', () => {
    const end = { dateTime: '2026-01-05T09:00:00' };
    const own = { id: 'a', start: { dateTime: '2026-01-05T08:30:00', timeZone: 'Europe/Athens' }, end };
    expect(busySpan(own, 'Europe/Berlin')).toEqual({
      from: Date.UTC(2026, 0, 5, 6, 30),
      to: Date.UTC(2026, 0, 5, 8),
    });
  });

  test.each([
    ['without length', { dateTime: '2026-01-05T09:00:00Z' }, { dateTime: '2026-01-05T09:00:00Z' }],
    [
      'that ends before it begins',
      { dateTime: '2026-01-05T09:00:00Z' },
      { dateTime: '2026-01-05T08:00:00Z' },
    ],
    ['without an end', { dateTime: '2026-01-05T09:00:00Z' }, null],
    ['with a date that is none', { date: '2026-02-30x' }, { date: '2026-03-01' }],
    ['with a time that is none', { dateTime: 'soon' }, { dateTime: '2026-01-05T09:00:00Z' }],
    ['with nothing', {}, {}],
  ])('an event %s makes nothing busy', (_, start, end) => {
    expect(busySpan({ ...away, start, end }, 'UTC')).toBeUndefined();
  });

  test('only the answer of the calendar’s own person counts', () => {
    const times = { start: { dateTime: '2026-01-05T09:00:00Z' }, end: { dateTime: '2026-01-05T10:00:00Z' } };
    const others = [{ responseStatus: 'declined' }, { self: false, responseStatus: 'needsAction' }];
    expect(busySpan({ id: 'a', ...times, attendees: others }, 'UTC')).toBeDefined();
    const mine = [...others, { self: true, responseStatus: 'declined' }];
    expect(busySpan({ id: 'a', ...times, attendees: mine }, 'UTC')).toBeUndefined();
  });
});

test('a zone that the machine does not know gives way to the other, then to UTC', () => {
  expect(usableZone('Europe/Berlin', 'Asia/Tokyo')).toBe('Europe/Berlin');
  expect(usableZone('Mars/Olympus', 'Asia/Tokyo')).toBe('Asia/Tokyo');
  expect(usableZone(undefined, 'Mars/Olympus')).toBe('UTC');
});

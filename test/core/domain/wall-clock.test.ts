import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  hourOfWeek,
  hoursOfWeek,
  MINUTE_MS,
  minuteOfDay,
  utcRules,
  WEEK_MS,
  wallAt,
  weekdayOf,
} from '../../../core/domain/wall-clock.ts';

/** Also long before 1970, and between two milliseconds. */
const anyWall = fc.oneof(
  fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2100, 0, 1) }),
  fc.integer({ min: -2 * WEEK_MS, max: 2 * WEEK_MS }),
  fc.integer({ min: -1_000, max: 1_000 }).map((days) => days * DAY_MS),
);

describe('what a wall clock shows', () => {
  test.each([
    ['1969-12-28T23:59', 7, 1439, 167],
    ['1969-12-31T00:00', 3, 0, 48],
    ['1970-01-01T00:00', 4, 0, 72],
    ['2026-01-05T00:00', 1, 0, 0],
    ['2026-01-05T00:59', 1, 59, 0],
    ['2026-01-05T01:00', 1, 60, 1],
    ['2026-01-11T23:59', 7, 1439, 167],
  ])('%s', (text, weekday, minute, hour) => {
    const wall = Date.parse(`${text}Z`);
    expect([weekdayOf(wall), minuteOfDay(wall), hourOfWeek(wall)]).toEqual([weekday, minute, hour]);
  });

  test('is what the calendar of the world says, for every moment', () => {
    fc.assert(
      fc.property(anyWall, (wall) => {
        const date = new Date(wall);
        expect(weekdayOf(wall)).toBe(date.getUTCDay() === 0 ? 7 : date.getUTCDay());
        expect(minuteOfDay(wall)).toBe(date.getUTCHours() * 60 + date.getUTCMinutes());
        expect(new Date(dayStart(wall)).toISOString()).toBe(
          `${date.toISOString().slice(0, -'00:00:00.000Z'.length)}00:00:00.000Z`,
        );
      }),
    );
  });

  test('hours of the week go round: each once a week, the next after an hour', () => {
    fc.assert(
      fc.property(anyWall, (wall) => {
        const hour = hourOfWeek(wall);
        expect(hour).toBeGreaterThanOrEqual(0);
        expect(hour).toBeLessThan(hoursOfWeek);
        expect(hourOfWeek(wall + HOUR_MS)).toBe((hour + 1) % hoursOfWeek);
        expect(hourOfWeek(wall - WEEK_MS)).toBe(hour);
      }),
    );
  });
});

describe('wallAt', () => {
  test('is as far ahead as the zone is at that instant', () => {
    const change = Date.UTC(2026, 2, 29, 1);
    const rules = { offsetMs: (at: number): number => (at < change ? HOUR_MS : 2 * HOUR_MS) };
    const shown = (at: number): string => new Date(wallAt(rules, at)).toISOString().slice(11, 16);
    expect([change - MINUTE_MS, change].map(shown)).toEqual(['01:59', '03:00']);
  });

  test('in UTC is the instant itself', () => {
    const at = Date.UTC(2026, 5, 1, 12, 30);
    expect(wallAt(utcRules, at)).toBe(at);
    expect(utcRules.instantOf(at)).toBe(at);
    expect(utcRules.nextChange(at)).toBeUndefined();
  });
});

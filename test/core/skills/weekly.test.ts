import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastWeekly, weekdays } from '../../../core/skills/weekly.ts';

describe('lastWeekly', () => {
  test('is that hour of that weekday, by UTC, at or before now and less than a week ago', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000_000 }),
        fc.constantFrom(...weekdays),
        fc.integer({ min: 0, max: 23 }),
        (now, weekday, hour) => {
          const at = lastWeekly(now, weekday, hour);
          const date = new Date(at);
          expect([date.getUTCDay(), date.getUTCHours(), date.getUTCMinutes()]).toEqual([
            weekdays.indexOf(weekday),
            hour,
            0,
          ]);
          expect(now - at).toBeGreaterThanOrEqual(0);
          expect(now - at).toBeLessThan(7 * 86_400_000);
        },
      ),
    );
  });

  test('the instant itself counts', () => {
    const monday = Date.UTC(2026, 10, 30, 9);
    expect(lastWeekly(monday, 'monday', 9)).toBe(monday);
    expect(lastWeekly(monday - 1, 'monday', 9)).toBe(monday - 7 * 86_400_000);
  });
});

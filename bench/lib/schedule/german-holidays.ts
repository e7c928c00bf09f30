import { DAY_MS, type WallMs } from '../../../core/domain/wall-clock.ts';

/** Midnights of a year's holidays in all of Germany. */
export function germanHolidays(year: number): ReadonlySet<WallMs> {
  const fixed = [
    [1, 1],
    [5, 1],
    [10, 3],
    [12, 25],
    [12, 26],
  ] as const;
  const afterEaster = [-2, 1, 39, 50];
  const easter = easterSunday(year);
  return new Set([
    ...fixed.map(([month, day]) => Date.UTC(year, month - 1, day)),
    ...afterEaster.map((days) => easter + days * DAY_MS),
  ]);
}

/** By the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8). */
export function easterSunday(year: number): WallMs {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const days = h + l - 7 * m + 114;
  return Date.UTC(year, Math.floor(days / 31) - 1, (days % 31) + 1);
}

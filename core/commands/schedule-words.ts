import type { Span } from '../domain/span.ts';
import {
  DAY_MS,
  dayStart,
  type IsoWeekday,
  minuteOfDay,
  type WallMs,
  weekdayOf,
} from '../domain/wall-clock.ts';
import { spoken } from './markdown-text.ts';

/** By whose clock moments are told, and when. */
export interface PlaceClock {
  /** Epoch milliseconds. */
  readonly now: number;
  /** As `ScheduleReport.wallAt`. */
  readonly wallAt: (at: number) => WallMs;
}

const weekdays: Readonly<Record<IsoWeekday, string>> = {
  1: 'Mon',
  2: 'Tue',
  3: 'Wed',
  4: 'Thu',
  5: 'Fri',
  6: 'Sat',
  7: 'Sun',
};
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
/** So far a day of the week names one day only. */
const farthestWeekday = 6;

/** `07:05`. */
export function timeOfDay(wall: WallMs): string {
  const minute = minuteOfDay(wall);
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** `Tue 1 Dec`. */
export function dateInWords(wall: WallMs): string {
  const date = new Date(wall);
  return `${weekdays[weekdayOf(wall)]} ${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}

/** `today`, `tomorrow`, `yesterday`, `Tue`; beyond six days `Tue 1 Dec`, in another year `Tue 1 Dec 2026`. */
export function dayInWords(wall: WallMs, nowWall: WallMs): string {
  const days = Math.round((dayStart(wall) - dayStart(nowWall)) / DAY_MS);
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  if (Math.abs(days) <= farthestWeekday) return weekdays[weekdayOf(wall)];
  const year = new Date(wall).getUTCFullYear();
  return year === new Date(nowWall).getUTCFullYear() ? dateInWords(wall) : `${dateInWords(wall)} ${year}`;
}

/** `today 14:30`, `Tue 23:00`. */
export function wallInWords(wall: WallMs, nowWall: WallMs): string {
  return `${dayInWords(wall, nowWall)} ${timeOfDay(wall)}`;
}

/** An instant, as `wallInWords`. */
export function momentInWords(at: number, { now, wallAt }: PlaceClock): string {
  return wallInWords(wallAt(at), wallAt(now));
}

/** `in 3 hours`, `2 minutes ago`. */
export function distanceInWords(at: number, now: number): string {
  return at >= now ? `in ${spoken(at - now)}` : `${spoken(now - at)} ago`;
}

/** `Tue 23:00 (in 3 hours)`. */
export function momentAndDistance(at: number, clock: PlaceClock): string {
  return `${momentInWords(at, clock)} (${distanceInWords(at, clock.now)})`;
}

/** `23:00–07:00`, where it is shorter than a day; midnight as an end is `24:00`. Otherwise `Mon 10:00 – Wed 12:00`. */
export function timesInWords({ from, to }: Span, clock: PlaceClock): string {
  const [start, end] = [clock.wallAt(from), clock.wallAt(to)];
  if (end - start >= DAY_MS) return `${momentInWords(from, clock)} – ${momentInWords(to, clock)}`;
  const isMidnight = minuteOfDay(end) === 0 && end > start;
  return `${timeOfDay(start)}–${isMidnight ? '24:00' : timeOfDay(end)}`;
}

/** With the day on which it begins: `yesterday 23:00–07:00`. */
export function spanInWords(span: Span, clock: PlaceClock): string {
  const [start, end] = [clock.wallAt(span.from), clock.wallAt(span.to)];
  const times = timesInWords(span, clock);
  return end - start >= DAY_MS ? times : `${dayInWords(start, clock.wallAt(clock.now))} ${times}`;
}

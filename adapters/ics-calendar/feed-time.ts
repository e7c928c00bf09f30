import { DAY_MS, HOUR_MS, MINUTE_MS, type WallMs, WEEK_MS } from '../../core/domain/wall-clock.ts';
import { allOf, type Component, type Property, paramOf } from './component.ts';

/** A date, or a time of a wall clock. */
export interface FeedTime {
  /** Of a date: its midnight. */
  readonly wall: WallMs;
  readonly isDate: boolean;
  readonly isUtc: boolean;
  /** Whose clock; absent: UTC’s, or that of whoever looks. */
  readonly tzid?: string;
}

/** A length as a calendar counts it: days follow the date, the rest is time that passes. */
export interface FeedDuration {
  readonly days: number;
  readonly ms: number;
}

/** No calendar means a year before that, and none of these rules would hold. */
const firstYear = 1_600;
const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(Z?))?$/;

/** `2026-03-29` or `2026-03-29T10:00:00`, with `Z` for UTC. `undefined` for what no calendar or clock shows. */
export function readTime(value: unknown, tzid?: string): FeedTime | undefined {
  const match = typeof value === 'string' ? pattern.exec(value) : null;
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = Date.UTC(year, month - 1, day);
  const isReal =
    year >= firstYear && new Date(date).getUTCMonth() === month - 1 && new Date(date).getUTCDate() === day;
  // 60 is a leap second.
  if (!isReal || hour > 23 || minute > 59 || second > 60) return undefined;
  const isDate = match[4] === undefined;
  const isUtc = match[7] === 'Z';
  return {
    wall: date + hour * HOUR_MS + minute * MINUTE_MS + second * 1_000,
    isDate,
    isUtc,
    ...(!isDate && !isUtc && tzid !== undefined && { tzid }),
  };
}

/** `P1DT2H`, `PT30M`, `P2W`. `undefined` for a negative or unreadable one, or one of more than 1,000 years. */
export function readDuration(value: unknown): FeedDuration | undefined {
  const match =
    typeof value === 'string'
      ? /^\+?P(?=\w)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(value)
      : null;
  if (match === null) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const duration = { days: weeks * 7 + days, ms: hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1_000 };
  return duration.days * DAY_MS + duration.ms <= 52_000 * WEEK_MS ? duration : undefined;
}

/** All dates and times of a property that may come several times, or `undefined` where one cannot be read. Periods are left to their own reader. */
export function readTimes(component: Component, name: string): readonly FeedTime[] | undefined {
  const times = allOf(component, name)
    .filter(({ type }) => type !== 'period')
    .flatMap((property) => property.values.map((value) => timeIn(property, value)));
  const readable = times.filter((time) => time !== undefined);
  return readable.length === times.length ? readable : undefined;
}

export function timeIn(property: Property, value: unknown): FeedTime | undefined {
  return readTime(value, paramOf(property, 'tzid'));
}

/** Starts with what they end at, or how long they are. */
export interface FeedPeriod {
  readonly start: FeedTime;
  readonly end: FeedTime | FeedDuration;
}

/** The periods of a property that may come several times, or `undefined` where one cannot be read. */
export function readPeriods(properties: readonly Property[]): readonly FeedPeriod[] | undefined {
  const periods: FeedPeriod[] = [];
  for (const property of properties.filter(({ type }) => type === 'period')) {
    for (const value of property.values) {
      const [from, until]: readonly unknown[] = Array.isArray(value) ? value : [];
      const start = timeIn(property, from);
      const end = readDuration(until) ?? timeIn(property, until);
      if (start === undefined || end === undefined) return undefined;
      periods.push({ start, end });
    }
  }
  return periods;
}

import { DAY_MS, type IsoWeekday, type WallMs } from '../../core/domain/wall-clock.ts';
import { readTime } from './feed-time.ts';

const frequencies = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;
export type Frequency = (typeof frequencies)[number];

/** A day of the week as rules name it, as one number; with `nth`, one of several in a month or a year: the first is 1, the last -1. */
export const ruleDay = (weekday: IsoWeekday, nth = 0): number => nth * 8 + weekday;

/** A recurrence rule (RFC 5545, 3.3.10). Each set is in order; one that is empty restricts nothing. */
export interface RecurrenceRule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count?: number;
  /** The last that may occur: by the clock of its event, or in UTC. */
  readonly until?: { readonly wall: WallMs; readonly isUtc: boolean };
  readonly weekStart: IsoWeekday;
  readonly months: ReadonlySet<number>;
  readonly weeks: ReadonlySet<number>;
  readonly yearDays: ReadonlySet<number>;
  readonly monthDays: ReadonlySet<number>;
  /** Each a `ruleDay`. */
  readonly days: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly minutes: ReadonlySet<number>;
  readonly seconds: ReadonlySet<number>;
  readonly positions: ReadonlySet<number>;
}

const dayNames: Readonly<Record<string, IsoWeekday>> = { MO: 1, TU: 2, WE: 3, TH: 4, FR: 5, SA: 6, SU: 7 };

const isFrequency = (value: unknown): value is Frequency => frequencies.some((one) => one === value);

/** Of all parts that rules leave out, as a feed may hold very many of them. */
const everything: ReadonlySet<number> = new Set();

/** A part that may be one value, several, or missing. */
const listed = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Whole numbers from `least` to `most`; where `isSigned`, also from the end. `undefined` where one is none. */
function numbers(
  value: unknown,
  least: number,
  most: number,
  isSigned: boolean,
): ReadonlySet<number> | undefined {
  if (value === undefined) return everything;
  const all = listed(value).map(Number);
  const isFine = (one: number): boolean =>
    Number.isInteger(one) && (isSigned ? Math.abs(one) : one) >= least && Math.abs(one) <= most;
  return all.every(isFine) ? new Set(all.toSorted((a, b) => a - b)) : undefined;
}

/** Only months and years have several of a weekday. */
function ruleDays(value: unknown, countsPlaces: boolean): ReadonlySet<number> | undefined {
  if (value === undefined) return everything;
  const days = new Set<number>();
  for (const one of listed(value)) {
    const [, place, name = ''] = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(String(one)) ?? [];
    const weekday = dayNames[name];
    const nth = Number(place ?? 0);
    if (weekday === undefined || (place !== undefined && nth === 0)) return undefined;
    days.add(ruleDay(weekday, countsPlaces ? nth : 0));
  }
  return days;
}

/** As the parser gives it: 1 is Sunday. */
function weekStart(value: unknown): IsoWeekday | undefined {
  if (value === undefined) return 1;
  const names = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
  return dayNames[typeof value === 'number' ? (names[value - 1] ?? '') : String(value)];
}

/** A date names the whole of its day. */
function lastOf(value: unknown): RecurrenceRule['until'] {
  const time = readTime(value);
  return time && { wall: time.isDate ? time.wall + DAY_MS - 1 : time.wall, isUtc: time.isUtc };
}

/** Reads a rule as jCal has it; `undefined` for one that is none. */
export function readRule(value: unknown): RecurrenceRule | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const parts: Readonly<Record<string, unknown>> = { ...value };
  const frequency = parts['freq'];
  const interval = Number(parts['interval'] ?? 1);
  const count = parts['count'] === undefined ? undefined : Number(parts['count']);
  const until = lastOf(parts['until']);
  const first = weekStart(parts['wkst']);
  const lists = {
    months: numbers(parts['bymonth'], 1, 12, false),
    weeks: numbers(parts['byweekno'], 1, 53, true),
    yearDays: numbers(parts['byyearday'], 1, 366, true),
    monthDays: numbers(parts['bymonthday'], 1, 31, true),
    hours: numbers(parts['byhour'], 0, 23, false),
    minutes: numbers(parts['byminute'], 0, 59, false),
    seconds: numbers(parts['bysecond'], 0, 60, false),
    positions: numbers(parts['bysetpos'], 1, 366, true),
  };
  const days = ruleDays(parts['byday'], frequency === 'MONTHLY' || frequency === 'YEARLY');
  const { months, weeks, yearDays, monthDays, hours, minutes, seconds, positions } = lists;
  if (!isFrequency(frequency) || first === undefined || days === undefined) return undefined;
  if (!Number.isInteger(interval) || interval < 1) return undefined;
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) return undefined;
  if (parts['until'] !== undefined && until === undefined) return undefined;
  if (months === undefined || weeks === undefined || yearDays === undefined || monthDays === undefined) {
    return undefined;
  }
  if (hours === undefined || minutes === undefined || seconds === undefined || positions === undefined) {
    return undefined;
  }
  return {
    frequency,
    interval,
    ...(count !== undefined && { count }),
    ...(until !== undefined && { until }),
    weekStart: first,
    months,
    weeks,
    yearDays,
    monthDays,
    days,
    hours,
    minutes,
    seconds,
    positions,
  };
}

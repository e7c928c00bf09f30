import { DAY_MS, type IsoWeekday, type WallMs, weekdayOf } from '../../core/domain/wall-clock.ts';
import { type RecurrenceRule, ruleDay } from './recurrence-rule.ts';

/** What a rule says of dates. */
type DateParts = Pick<
  RecurrenceRule,
  'frequency' | 'weekStart' | 'months' | 'weeks' | 'yearDays' | 'monthDays' | 'days'
>;

/** Midnight of a date; a month beyond the year is one of the next. */
export const dateOf = (year: number, month: number, day = 1): WallMs => Date.UTC(year, month - 1, day);
export const yearOf = (wall: WallMs): number => new Date(wall).getUTCFullYear();
/** 1 … 12. */
export const monthOf = (wall: WallMs): number => new Date(wall).getUTCMonth() + 1;
export const dayOf = (wall: WallMs): number => new Date(wall).getUTCDate();

/** Midnight of the day on which the week of a day begins. */
export function weekOf(day: WallMs, weekStart: IsoWeekday): WallMs {
  return day - ((weekdayOf(day) - weekStart + 7) % 7) * DAY_MS;
}

/** Places from both ends, as rules count them: the first of 31 is 1 and -31. */
const hasPlace = (places: ReadonlySet<number>, place: number, of: number): boolean =>
  places.has(place) || places.has(place - of - 1);

/** The first week of a year is the first that has four days in it. */
function isInWeeks(day: WallMs, { weeks, weekStart }: DateParts): boolean {
  const week = weekOf(day, weekStart);
  const year = yearOf(week + 3 * DAY_MS);
  const first = weekOf(dateOf(year, 1, 4), weekStart);
  const next = weekOf(dateOf(year + 1, 1, 4), weekStart);
  const weekMs = 7 * DAY_MS;
  return hasPlace(weeks, (week - first) / weekMs + 1, (next - first) / weekMs);
}

/** Whether a day is one of the rule’s weekdays, in a span of so many days of which it is the `place`-th. */
function isRuleDay(day: WallMs, rule: DateParts, place: number, of: number): boolean {
  const weekday = weekdayOf(day);
  const fromStart = Math.ceil(place / 7);
  const fromEnd = -Math.ceil((of - place + 1) / 7);
  return [0, fromStart, fromEnd].some((nth) => rule.days.has(ruleDay(weekday, nth)));
}

/** Whether the rule’s parts that speak of dates let a day pass. */
export function isDayOf(rule: DateParts, day: WallMs): boolean {
  const [year, month] = [yearOf(day), monthOf(day)];
  if (rule.months.size > 0 && !rule.months.has(month)) return false;
  const monthDay = dayOf(day);
  const monthDays = dayOf(dateOf(year, month + 1, 0));
  if (rule.monthDays.size > 0 && !hasPlace(rule.monthDays, monthDay, monthDays)) return false;
  const yearDay = (day - dateOf(year, 1)) / DAY_MS + 1;
  const yearDays = (dateOf(year + 1, 1) - dateOf(year, 1)) / DAY_MS;
  if (rule.yearDays.size > 0 && !hasPlace(rule.yearDays, yearDay, yearDays)) return false;
  if (rule.weeks.size > 0 && !isInWeeks(day, rule)) return false;
  if (rule.days.size === 0) return true;
  const isOfYear = rule.frequency === 'YEARLY' && rule.months.size === 0;
  return isOfYear ? isRuleDay(day, rule, yearDay, yearDays) : isRuleDay(day, rule, monthDay, monthDays);
}

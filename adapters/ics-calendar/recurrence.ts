import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  MINUTE_MS,
  minuteOfDay,
  type WallMs,
  WEEK_MS,
  weekdayOf,
} from '../../core/domain/wall-clock.ts';
import { type Frequency, type RecurrenceRule, ruleDay } from './recurrence-rule.ts';
import { dateOf, dayOf, isDayOf, monthOf, weekOf, yearOf } from './rule-days.ts';
import type { RuleBudget } from './work-budget.ts';

/** A rule whose `until` is by the same clock as its start. */
export type WallRule = Omit<RecurrenceRule, 'until'> & { readonly until?: WallMs };

/** Gone through between two rests, where the rule names none of their days. */
const turnsAtOnce = 32;

/** How long the units are that always are as long; the others go by the calendar. */
const unitMs: Partial<Record<Frequency, number>> = {
  WEEKLY: WEEK_MS,
  DAILY: DAY_MS,
  HOURLY: HOUR_MS,
  MINUTELY: MINUTE_MS,
  SECONDLY: 1_000,
};

const hourOf = (wall: WallMs): number => Math.floor(minuteOfDay(wall) / 60);
const minuteOf = (wall: WallMs): number => minuteOfDay(wall) % 60;
const secondOf = (wall: WallMs): number => Math.floor((wall - dayStart(wall)) / 1_000) % 60;

/** What a rule leaves open is as in its start. */
function completed(rule: WallRule, start: WallMs): WallRule {
  const { frequency, weeks, yearDays, monthDays, days } = rule;
  const or = (given: ReadonlySet<number>, own: number): ReadonlySet<number> =>
    given.size > 0 ? given : new Set([own]);
  const isDayOpen = weeks.size + yearDays.size + monthDays.size + days.size === 0;
  const isWithinDay = frequency === 'HOURLY' || frequency === 'MINUTELY' || frequency === 'SECONDLY';
  const isWeekday = (isDayOpen && frequency === 'WEEKLY') || (weeks.size > 0 && days.size === 0);
  const isMonthDay = isDayOpen && (frequency === 'YEARLY' || frequency === 'MONTHLY');
  return {
    ...rule,
    months: isMonthDay && frequency === 'YEARLY' ? or(rule.months, monthOf(start)) : rule.months,
    monthDays: isMonthDay ? new Set([dayOf(start)]) : monthDays,
    days: isWeekday ? new Set([ruleDay(weekdayOf(start))]) : days,
    hours: isWithinDay ? rule.hours : or(rule.hours, hourOf(start)),
    minutes:
      frequency === 'MINUTELY' || frequency === 'SECONDLY' ? rule.minutes : or(rule.minutes, minuteOf(start)),
    seconds: frequency === 'SECONDLY' ? rule.seconds : or(rule.seconds, secondOf(start)),
  };
}

/** One turn of the rule’s frequency: a year, a week, a minute. */
interface Turn {
  readonly from: WallMs;
  /** Up to but without. */
  readonly to: WallMs;
}

function turnAt(rule: WallRule, start: WallMs, index: number): Turn {
  const step = index * rule.interval;
  const ms = unitMs[rule.frequency];
  if (ms !== undefined) {
    const first =
      rule.frequency === 'WEEKLY' ? weekOf(dayStart(start), rule.weekStart) : Math.floor(start / ms) * ms;
    return { from: first + step * ms, to: first + step * ms + ms };
  }
  const year = yearOf(start);
  if (rule.frequency === 'YEARLY') return { from: dateOf(year + step, 1), to: dateOf(year + step + 1, 1) };
  const month = monthOf(start) + step;
  return { from: dateOf(year, month), to: dateOf(year, month + 1) };
}

/** A turn that is not after the first which reaches `from`. */
function firstIndex(rule: WallRule, start: WallMs, from: WallMs): number {
  const ms = unitMs[rule.frequency];
  const months = (yearOf(from) - yearOf(start)) * 12 + monthOf(from) - monthOf(start);
  const steps = ms !== undefined ? (from - start) / ms : rule.frequency === 'YEARLY' ? months / 12 : months;
  return Math.max(0, Math.floor(steps / rule.interval) - 1);
}

/** The days of a turn, without those of months that are not meant. */
function* daysIn({ frequency, months }: WallRule, { from, to }: Turn): Generator<WallMs> {
  const year = yearOf(from);
  const parts: readonly Turn[] =
    frequency === 'YEARLY' && months.size > 0
      ? [...months].map((month) => ({ from: dateOf(year, month), to: dateOf(year, month + 1) }))
      : [{ from: dayStart(from), to }];
  for (const part of parts) {
    for (let day = part.from; day < part.to; day += DAY_MS) yield day;
  }
}

/** Every time in a turn that the rule names, in order; `undefined` where the work can rest. */
function* timesIn(rule: WallRule, turn: Turn, budget: RuleBudget): Generator<WallMs | undefined> {
  const { from, to } = turn;
  const hours = rule.hours.size > 0 ? rule.hours : [hourOf(from)];
  const minutes = rule.minutes.size > 0 ? rule.minutes : [minuteOf(from)];
  const seconds = rule.seconds.size > 0 ? rule.seconds : [secondOf(from)];
  for (const day of daysIn(rule, turn)) {
    budget.step();
    if (!isDayOf(rule, day)) continue;
    for (const hour of hours) {
      yield undefined;
      for (const minute of minutes) {
        for (const second of seconds) {
          budget.step();
          const wall = day + hour * HOUR_MS + minute * MINUTE_MS + second * 1_000;
          if (wall >= from && wall < to) yield wall;
        }
      }
    }
  }
}

/** Those of a turn that stand at the rule’s places, counted from both ends. */
function atPositions(times: readonly WallMs[], positions: ReadonlySet<number>): readonly WallMs[] {
  if (positions.size === 0) return times;
  return times.filter((_, at) => positions.has(at + 1) || positions.has(at - times.length));
}

/** Whether each turn has exactly one time in it, so that they need not be gone through to be counted. */
function isOneEach(rule: WallRule): boolean {
  const { months, weeks, yearDays, monthDays, days, hours, minutes, seconds, positions } = rule;
  const parts = [months, weeks, yearDays, monthDays, days, hours, minutes, seconds, positions];
  return unitMs[rule.frequency] !== undefined && parts.every(({ size }) => size === 0);
}

/**
 * When a rule occurs, by the wall clock and in order, from `from` up to but without `to`. `start` is its first occurrence, whether the rule
 * names it or not (RFC 5545, 3.8.5.3). Turns that are over before `from` are skipped, not gone through, unless the rule counts. Between them comes
 * `undefined`, where the work can rest.
 */
export function* occurrences(
  rule: WallRule,
  start: WallMs,
  within: { readonly from: WallMs; readonly to: WallMs },
  budget: RuleBudget,
): Generator<WallMs | undefined> {
  const full = completed(rule, start);
  const { count = Number.POSITIVE_INFINITY, until = Number.POSITIVE_INFINITY } = rule;
  const canSkip = rule.count === undefined || isOneEach(rule);
  let index = canSkip ? firstIndex(full, start, within.from) : 0;
  // The start is the first; where turns are skipped, each had one.
  let counted = 1 + Math.max(0, index - 1);
  if (start >= within.from && start < within.to) {
    budget.occurrence();
    yield start;
  }
  for (; ; index += 1) {
    const turn = turnAt(full, start, index);
    // Also for a turn beyond all that a date can say, which is no number.
    if (!(turn.from < within.to && turn.from <= until)) return;
    budget.step();
    if (index % turnsAtOnce === 0) yield undefined;
    const times: WallMs[] = [];
    for (const wall of timesIn(full, turn, budget)) {
      if (wall === undefined) yield undefined;
      else times.push(wall);
    }
    for (const wall of atPositions(times, full.positions)) {
      if (wall <= start) continue;
      counted += 1;
      if (counted > count || wall > until || wall >= within.to) return;
      if (wall < within.from) continue;
      budget.occurrence();
      yield wall;
    }
  }
}

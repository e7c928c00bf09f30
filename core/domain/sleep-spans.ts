import type { SleepHours, SleepRange } from './sleep-hours.ts';
import { clipSpans, type Span } from './span.ts';
import { DAY_MS, dayStart, MINUTE_MS, type WallMs, wallAt, weekdayOf, type ZoneRules } from './wall-clock.ts';

/**
 * When hours of sleep are, merged and clipped to `within`. A range begins once on each of its days, and is one piece: from the
 * first instant at which the wall clock shows its start to the first at which it shows its end. A bound that the clock jumps
 * over is at the jump, an hour within that shows twice counts twice, and a day that the clock leaves out has none.
 */
export function sleepSpans(hours: SleepHours, rules: ZoneRules, within: Span): readonly Span[] {
  if (hours.ranges.length === 0) return [];
  // A range reaches into the day after its own; one of the next day may have begun before the clock was set back over midnight.
  const first = dayStart(wallAt(rules, within.from)) - DAY_MS;
  const last = dayStart(wallAt(rules, within.to)) + DAY_MS;
  const spans: Span[] = [];
  for (let day = first; day <= last; day += DAY_MS) {
    const weekday = weekdayOf(day);
    for (const range of hours.ranges) {
      if (range.days.includes(weekday)) spans.push(occurrence(range, rules, day));
    }
  }
  return clipSpans(spans, within);
}

/** Whether an instant lies in hours of sleep. */
export function isAsleep(hours: SleepHours, rules: ZoneRules, at: number): boolean {
  return sleepSpans(hours, rules, { from: at, to: at + 1 }).length > 0;
}

/** Empty where the clock jumps over all of it. */
function occurrence({ startMinute, endMinute }: SleepRange, rules: ZoneRules, day: WallMs): Span {
  const endDay = endMinute > startMinute ? day : day + DAY_MS;
  return {
    from: rules.instantOf(day + startMinute * MINUTE_MS),
    to: rules.instantOf(endDay + endMinute * MINUTE_MS),
  };
}

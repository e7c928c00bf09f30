import type { ActivityProfile } from '../domain/activity-profile.ts';
import { brokenProbability, eventsPerHour } from '../domain/quiet-forecast.ts';
import { clipSpans, mergeSpans, type Span } from '../domain/span.ts';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  hourOfWeek,
  MINUTE_MS,
  type WallMs,
  WEEK_MS,
  wallAt,
  weekdayOf,
  type ZoneRules,
} from '../domain/wall-clock.ts';
import type { WeekChart, WeekChartDay } from '../domain/week-chart.ts';

/** What the picture of a space's week shows. Spans are of instants, merged. */
export interface WeekFacts {
  readonly title: string;
  readonly subtitle: string;
  readonly now: number;
  readonly rules: ZoneRules;
  readonly profile: ActivityProfile;
  readonly sleep: readonly Span[];
  readonly busy: readonly Span[];
  readonly past: readonly Span[];
  readonly expected: readonly Span[];
}

const quartersPerHour = 4;
const weekdayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The week that the wall clock shows, from Monday on. */
export function weekChart(facts: WeekFacts): WeekChart {
  const { rules, now } = facts;
  const wallNow = wallAt(rules, now);
  const monday = dayStart(wallNow) - (weekdayOf(wallNow) - 1) * DAY_MS;
  const days = weekdayNames.map((_, place) => chartDay(monday + place * DAY_MS, facts));
  return {
    title: facts.title,
    subtitle: facts.subtitle,
    days,
    zone: rules.zone,
    nowMinute: Math.floor((wallNow - monday) / MINUTE_MS),
  };
}

/** From Monday's midnight to the next, as instants. */
export function weekAround(rules: ZoneRules, now: number): Span {
  const wallNow = wallAt(rules, now);
  const monday = dayStart(wallNow) - (weekdayOf(wallNow) - 1) * DAY_MS;
  return { from: rules.instantOf(monday), to: rules.instantOf(monday + WEEK_MS) };
}

function chartDay(midnight: WallMs, facts: WeekFacts): WeekChartDay {
  const { rules, profile } = facts;
  const events = eventsPerHour(profile);
  const hours = Array.from({ length: 24 }, (_, hour) => hourOfWeek(midnight + hour * HOUR_MS));
  const minutesOf = (spans: readonly Span[]): readonly Span[] => inMinutes(spans, midnight, rules);
  return {
    label: dayLabel(midnight),
    events: hours.map((hour) => events[hour]),
    quiet: hours.map((hour) =>
      events[hour] === undefined ? undefined : (1 - brokenProbability(profile, hour)) ** quartersPerHour,
    ),
    sleep: minutesOf(facts.sleep),
    busy: minutesOf(facts.busy),
    past: minutesOf(facts.past),
    expected: minutesOf(facts.expected),
  };
}

/** By the wall clock, so that an hour that comes twice is drawn once. */
function inMinutes(spans: readonly Span[], midnight: WallMs, rules: ZoneRules): readonly Span[] {
  const day: Span = { from: rules.instantOf(midnight), to: rules.instantOf(midnight + DAY_MS) };
  const minuteOf = (wall: WallMs): number => (wall - midnight) / MINUTE_MS;
  return mergeSpans(
    clipSpans(spans, day)
      .flatMap((span) => betweenChanges(span, rules))
      .map(({ from, to }) => ({
        from: Math.floor(Math.max(0, minuteOf(wallAt(rules, from)))),
        // As it was before a change that comes just then.
        to: Math.ceil(Math.min(DAY_MS / MINUTE_MS, minuteOf(wallAt(rules, to - 1) + 1))),
      })),
  );
}

/** Cut where the clock is changed: in each piece it shows everything once. */
function betweenChanges(span: Span, rules: ZoneRules): readonly Span[] {
  const pieces: Span[] = [];
  let { from } = span;
  for (;;) {
    const change = rules.nextChange(from);
    if (change === undefined || change >= span.to) return [...pieces, { from, to: span.to }];
    pieces.push({ from, to: change });
    from = change;
  }
}

function dayLabel(midnight: WallMs): string {
  const date = new Date(midnight);
  const weekday = weekdayNames[weekdayOf(midnight) - 1] ?? '';
  return `${weekday} ${date.getUTCDate()} ${monthNames[date.getUTCMonth()] ?? ''}`;
}

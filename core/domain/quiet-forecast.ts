import { type ActivityProfile, QUARTER_MS } from './activity-profile.ts';
import { HOUR_MS, hourOfWeek, hoursOfWeek, MINUTE_MS, wallAt, type ZoneRules } from './wall-clock.ts';

type HourCounts = Pick<ActivityProfile, 'quarters' | 'active' | 'atRisk' | 'broken'>;

/** How many quarters of its own outweigh what the next wider group says. */
const groupQuarters = 4;
/** The same of one hour against that time of day: there the four quarters a week are few, and chance makes much of them. */
const hourQuarters = 8;
/** What is taken for granted before anything was seen: something comes in a tenth of the quarters, and that is worth two of them. */
const firstGuess = { share: 0.1, quarters: 2 };

/** The hours of the week with the same hour of day, on weekdays or on weekend days; at the place of each of them. */
const alike: readonly (readonly number[])[] = Array.from({ length: hoursOfWeek }, (_, hour) =>
  Array.from({ length: 7 }, (__, day) => day * 24 + (hour % 24)).filter(
    (other) => isWeekend(other) === isWeekend(hour),
  ),
);

function isWeekend(hour: number): boolean {
  return hour >= 5 * 24;
}

const shrunk = (hits: number, of: number, share: number, weight: number): number =>
  (hits + weight * share) / (of + weight);
const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
const totalOf = (numbers: readonly number[], places: readonly number[]): number =>
  places.reduce((sum, place) => sum + (numbers[place] ?? 0), 0);

/** Share of the whole week's quarters with anything. */
function weekShare({ active, quarters }: HourCounts): number {
  return shrunk(total(active), total(quarters), firstGuess.share, firstGuess.quarters);
}

/** How probably something comes in a quarter after quiet ones, at that time of day. */
function alikeHazard(counts: HourCounts, hour: number, ofWeek: number): number {
  const places = alike[hour] ?? [];
  const ofAll = [totalOf(counts.active, places), totalOf(counts.quarters, places)] as const;
  const ofThoseAtRisk = [totalOf(counts.broken, places), totalOf(counts.atRisk, places)] as const;
  return shrunk(...ofThoseAtRisk, shrunk(...ofAll, ofWeek, groupQuarters), groupQuarters);
}

function hazard(counts: HourCounts, hour: number, ofWeek: number): number {
  const ofAlike = alikeHazard(counts, hour, ofWeek);
  return shrunk(counts.broken[hour] ?? 0, counts.atRisk[hour] ?? 0, ofAlike, hourQuarters);
}

/**
 * How probably something comes within a quarter of that hour of the week, 0 … 1, given that it was quiet before. Where little was
 * seen of that, it follows the same time of other days (weekdays, or weekend days), then how often anything comes at that time at
 * all, then in the week.
 */
export function brokenProbability(counts: HourCounts, hour: number): number {
  return hazard(counts, hour, weekShare(counts));
}

/** How probably nothing comes for so many minutes from an instant on, 0 … 1, given that it was quiet before. */
export type QuietForecast = (at: number, minutes: number) => number;

/** For many questions to one profile. Its hours are those of `rules`. */
export function quietForecast(counts: HourCounts, rules: ZoneRules): QuietForecast {
  const ofWeek = weekShare(counts);
  /** Logarithms, of one quarter each. */
  const quiet = Array.from({ length: hoursOfWeek }, (_, hour) =>
    Math.log1p(-Math.min(1, hazard(counts, hour, ofWeek))),
  );

  return (at, minutes) => {
    const end = at + minutes * MINUTE_MS;
    let sum = 0;
    let change = rules.nextChange(at) ?? Number.POSITIVE_INFINITY;
    for (let from = at; from < end; ) {
      const wall = wallAt(rules, from);
      const hourEnd = from + HOUR_MS - (((wall % HOUR_MS) + HOUR_MS) % HOUR_MS);
      const to = Math.min(hourEnd, change, end);
      sum += (quiet[hourOfWeek(wall)] ?? 0) * ((to - from) / QUARTER_MS);
      if (to === change) change = rules.nextChange(to) ?? Number.POSITIVE_INFINITY;
      from = to;
    }
    return Math.exp(sum);
  };
}

/** As `quietForecast`, for one question. Never grows with the minutes; 1 for none. */
export function quietProbability(counts: HourCounts, rules: ZoneRules, at: number, minutes: number): number {
  return quietForecast(counts, rules)(at, minutes);
}

/** Events an hour, as usual, for each hour of the week; `undefined` where that hour was never seen. */
export function eventsPerHour({
  events,
  quarters,
}: Pick<ActivityProfile, 'events' | 'quarters'>): readonly (number | undefined)[] {
  return events.map((count, hour) => {
    const seen = quarters[hour] ?? 0;
    return seen > 0 ? (count / seen) * (HOUR_MS / QUARTER_MS) : undefined;
  });
}

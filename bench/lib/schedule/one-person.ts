import type { Span } from '../../../core/domain/span.ts';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  type WallMs,
  wallAt,
  weekdayOf,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import {
  type Community,
  type DayCurve,
  type DrawCommunity,
  everyNight,
  hourOfDay,
  valueAt,
  wallDays,
} from './community.ts';
import { createDraws, type Draws } from './draws.ts';
import { type Meeting, sittingAt } from './meetings.ts';
import { drawMessages } from './traffic.ts';

const workday: DayCurve = [
  [0, 0.02],
  [7.5, 1.2],
  [18, 0.8],
  [23.5, 0.02],
];
const weekend: DayCurve = [
  [0, 0.05],
  [9, 0.6],
  [23.5, 0.05],
];
/** Conversations an hour of a night without sleep. */
const sleepless = { nights: 0.05, anHour: 0.5, untilHour: 4 };
/** Days differ: how much is drawn, but not more than so many times the usual. */
const mostLively = 3;
const whileSitting = 0.1;
/** Two weeks, from that day of the span on. */
const journey = { fromDay: 100, days: 14 };
const meetingHours = [9, 10, 11, 13, 14, 15, 16];

interface Day {
  readonly liveliness: number;
  readonly isSleepless: boolean;
}

/** One person in New York with a calendar of their own, two weeks in Tokyo, who never told the bot of that. */
export const drawOnePerson: DrawCommunity = (span, seed, zones): Community => {
  const [home, away] = [zones.rules('America/New_York'), zones.rules('Asia/Tokyo')];
  const draws = createDraws(seed);
  const gone: Span = {
    from: span.from + journey.fromDay * DAY_MS,
    to: span.from + (journey.fromDay + journey.days) * DAY_MS,
  };
  const isGone = (at: number): boolean => gone.from <= at && at < gone.to;
  // Two days more: at home it is yesterday when it is tomorrow in Tokyo.
  const around = { from: span.from - DAY_MS, to: span.to + DAY_MS };
  const days = new Map(wallDays(home, around).map((day) => [day, drawDay(draws)]));
  const meetings = wallDays(home, span).flatMap((day) =>
    weekdayOf(day) > 5 || isGone(home.instantOf(day)) ? [] : drawMeetings(day, home, draws),
  );
  const isSitting = sittingAt(meetings);
  const rateAt = (at: number): number => {
    const wall = wallAt(isGone(at) ? away : home, at);
    const { liveliness = 1, isSleepless = false } = days.get(dayStart(wall)) ?? {};
    const hour = hourOfDay(wall);
    const usual = valueAt(weekdayOf(wall) > 5 ? weekend : workday, hour) * liveliness;
    const rate = isSleepless && hour < sleepless.untilHour ? sleepless.anHour : usual;
    return rate * (isSitting(at) ? whileSitting : 1);
  };
  const mostAnHour = 1.2 * mostLively;
  const messages = drawMessages({ rateAt, mostAnHour, messages: 5, pauseMs: 90_000 }, span, draws);
  const sleep = everyNight(23.5, 7);
  return { span, rules: home, isShared: false, sleep, meetings, calendarOf: 'person', messages };
};

function drawDay(draws: Draws): Day {
  return {
    liveliness: Math.min(mostLively, draws.exponential(1)),
    isSleepless: draws.chance(sleepless.nights),
  };
}

function drawMeetings(day: WallMs, rules: ZoneRules, draws: Draws): readonly Meeting[] {
  const entry = (kind: Meeting['kind'], isHeld: boolean): Meeting => {
    const hour = meetingHours[Math.floor(draws.uniform() * meetingHours.length)] ?? 9;
    const from = rules.instantOf(day + hour * HOUR_MS);
    return { from, to: from + HOUR_MS, kind, isHeld };
  };
  return [
    ...Array.from({ length: 3 }, () => entry('accepted', true)),
    ...(draws.chance(0.5) ? [entry('tentative', draws.chance(0.5))] : []),
    ...(draws.chance(0.7) ? [entry('declined', false)] : []),
    ...(draws.chance(1 / 20)
      ? [{ from: day, to: day + DAY_MS, kind: 'allDay', isHeld: false } as const]
      : []),
  ];
}

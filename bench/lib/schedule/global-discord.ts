import type { Span } from '../../../core/domain/span.ts';
import { DAY_MS, HOUR_MS, wallAt, weekdayOf } from '../../../core/domain/wall-clock.ts';
import {
  type Community,
  type DayCurve,
  type DrawCommunity,
  hourOfDay,
  noSleepHours,
  valueAt,
} from './community.ts';
import { createDraws, type Draws } from './draws.ts';
import { spansByDay } from './meetings.ts';
import { drawMessages } from './traffic.ts';

/** Zones, and the share of the people there. */
const homes = [
  ['America/Los_Angeles', 0.2],
  ['America/New_York', 0.25],
  ['Europe/London', 0.15],
  ['Europe/Berlin', 0.2],
  ['Asia/Kolkata', 0.1],
  ['Asia/Tokyo', 0.1],
] as const;
const day: DayCurve = [
  [0, 0.3],
  [1, 0.05],
  [7, 0.2],
  [9, 0.35],
  [17, 1],
  [23, 0.6],
];
const weekend = 1.6;
/** Conversations an hour if it were evening everywhere. */
const everyoneAnHour = 3;
/** Something happens once in so many days, and for so long so many more come. */
const burst = { everyDays: 4, hours: 1.5, times: 5 };

/** People in six zones who share a space, which never sleeps and has said nothing of when it does. */
export const drawGlobalDiscord: DrawCommunity = (span, seed, zones): Community => {
  const draws = createDraws(seed);
  const people = homes.map(([zone, share]) => ({ rules: zones.rules(zone), share }));
  const isBurst = spansByDay(drawBursts(span, draws));
  const rateAt = (at: number): number => {
    const usual = people.reduce((sum, { rules, share }) => {
      const wall = wallAt(rules, at);
      return sum + share * valueAt(day, hourOfDay(wall)) * (weekdayOf(wall) > 5 ? weekend : 1);
    }, 0);
    return everyoneAnHour * usual * (isBurst(at) ? burst.times : 1);
  };
  const mostAnHour = everyoneAnHour * weekend * burst.times;
  const messages = drawMessages({ rateAt, mostAnHour, messages: 4, pauseMs: 75_000 }, span, draws);
  const rules = zones.rules('America/New_York');
  return { span, rules, isShared: true, sleep: noSleepHours, meetings: [], calendarOf: 'space', messages };
};

function drawBursts({ from, to }: Span, draws: Draws): readonly Span[] {
  const bursts: Span[] = [];
  for (let at = from; at < to; ) {
    at += draws.exponential(burst.everyDays * DAY_MS);
    bursts.push({ from: at, to: at + burst.hours * HOUR_MS });
    at += burst.hours * HOUR_MS;
  }
  return bursts;
}

import { DAY_MS, dayStart, HOUR_MS, wallAt } from '../../../core/domain/wall-clock.ts';
import {
  type Community,
  type DayCurve,
  type DrawCommunity,
  everyNight,
  hourOfDay,
  valueAt,
  wallDays,
} from './community.ts';
import { createDraws } from './draws.ts';
import { drawMessages } from './traffic.ts';

const day: DayCurve = [
  [0, 5],
  [2, 3],
  [4, 0.2],
  [6, 0.01],
  [14, 0.15],
  [20, 2],
  [22, 5],
];
/** Nights differ. */
const liveliness = { least: 0.4, most: 1.6 };
/** A night ends in the morning after. */
const nightEndHour = 12;

/** People who come at night, in a space that somebody said sleeps from 23:00 to 07:00. */
export const drawNightOwls: DrawCommunity = (span, seed, zones): Community => {
  const rules = zones.rules('Europe/Madrid');
  const draws = createDraws(seed);
  const before = { from: span.from - DAY_MS, to: span.to };
  const nights = new Map(
    wallDays(rules, before).map((night) => [night, draws.between(liveliness.least, liveliness.most)]),
  );
  const rateAt = (at: number): number => {
    const wall = wallAt(rules, at);
    return valueAt(day, hourOfDay(wall)) * (nights.get(dayStart(wall - nightEndHour * HOUR_MS)) ?? 1);
  };
  const mostAnHour = 5 * liveliness.most;
  const messages = drawMessages({ rateAt, mostAnHour, messages: 4, pauseMs: 75_000 }, span, draws);
  return {
    span,
    rules,
    isShared: true,
    sleep: everyNight(23, 7),
    meetings: [],
    calendarOf: 'space',
    messages,
  };
};

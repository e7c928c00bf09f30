export const weekdays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
export type Weekday = (typeof weekdays)[number];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4;

/** The last instant at or before `now` (epoch ms) that was this hour of this weekday, by UTC. */
export function lastWeekly(now: number, weekday: Weekday, hour: number): number {
  const offset = ((weekdays.indexOf(weekday) - EPOCH_WEEKDAY + 7) % 7) * DAY_MS + hour * HOUR_MS;
  return Math.floor((now - offset) / WEEK_MS) * WEEK_MS + offset;
}

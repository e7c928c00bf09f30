import type { SleepHours } from '../../../core/domain/sleep-hours.ts';
import type { Span } from '../../../core/domain/span.ts';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  isoWeekdays,
  type WallMs,
  wallAt,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import type { TimeZonePort } from '../../../core/ports/time-zones.ts';
import type { Meeting } from './meetings.ts';
import type { Message } from './traffic.ts';

/** People who do not exist, and what they told the bot of themselves. */
export interface Community {
  readonly span: Span;
  /** How the clocks go where the space says it is. */
  readonly rules: ZoneRules;
  readonly isShared: boolean;
  readonly sleep: SleepHours;
  readonly meetings: readonly Meeting[];
  /** Whose the calendar is. */
  readonly calendarOf: 'space' | 'person';
  /** In order. */
  readonly messages: readonly Message[];
}

/** Draws one; the same for the same seed. */
export type DrawCommunity = (span: Span, seed: number, zones: Pick<TimeZonePort, 'rules'>) => Community;

export const noSleepHours: SleepHours = { ranges: [] };

/** Every night; hours of the wall clock, 0 … 24. */
export function everyNight(startHour: number, endHour: number): SleepHours {
  return {
    ranges: [{ days: isoWeekdays, startMinute: startHour * 60, endMinute: endHour * 60 }],
  };
}

/** Midnights of the days that the wall clock shows. */
export function wallDays(rules: ZoneRules, { from, to }: Span): readonly WallMs[] {
  const first = dayStart(wallAt(rules, from));
  const count = Math.ceil((wallAt(rules, to) - first) / DAY_MS);
  return Array.from({ length: count }, (_, place) => first + place * DAY_MS);
}

/** 0 … 24 without 24. */
export function hourOfDay(wall: WallMs): number {
  return (wall - dayStart(wall)) / HOUR_MS;
}

/** What holds from an hour of the day on, in order; before the first the last. */
export type DayCurve = readonly (readonly [fromHour: number, value: number])[];

export function valueAt(curve: DayCurve, hour: number): number {
  return curve.findLast(([from]) => from <= hour)?.[1] ?? curve.at(-1)?.[1] ?? 0;
}

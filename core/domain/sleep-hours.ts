import type { IsoWeekday } from './wall-clock.ts';

/** A span of the wall clock that begins on some days of the week. */
export interface SleepRange {
  /** On which it begins; in order, each once, at least one. */
  readonly days: readonly IsoWeekday[];
  /** Minutes after midnight, 0 … 1439. */
  readonly startMinute: number;
  /** 0 … 1439. Not after the start: on the day after. The same: 24 hours. */
  readonly endMinute: number;
}

/** When a place or a person sleeps, by the clock of its zone. */
export interface SleepHours {
  readonly ranges: readonly SleepRange[];
}

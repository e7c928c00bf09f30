export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const WEEK_MS = 7 * DAY_MS;
export const hoursOfWeek = 168;

/**
 * What a wall clock shows, as milliseconds: the epoch milliseconds of the instant at which a clock in UTC shows the same date and time.
 * Not an instant.
 */
export type WallMs = number;

/** How the wall clocks of one time zone go. Instants are epoch milliseconds. */
export interface ZoneRules {
  /** As the IANA database spells it: `Europe/Berlin`. */
  readonly zone: string;
  /** How far the wall clock is ahead of UTC at an instant, milliseconds. */
  offsetMs(at: number): number;
  /** The first instant at which the wall clock shows that or, where it jumps over it, the instant of the jump. */
  instantOf(wall: WallMs): number;
  /** The first instant after `after` at which the offset changes; `undefined` where none is known. */
  nextChange(after: number): number | undefined;
}

export const utcRules: ZoneRules = {
  zone: 'UTC',
  offsetMs: () => 0,
  instantOf: (wall) => wall,
  nextChange: () => undefined,
};

export function wallAt(rules: Pick<ZoneRules, 'offsetMs'>, at: number): WallMs {
  return at + rules.offsetMs(at);
}

/** 1 (Monday) … 7 (Sunday), as in ISO 8601. */
export type IsoWeekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;
export const isoWeekdays = [1, 2, 3, 4, 5, 6, 7] as const;

export function weekdayOf(wall: WallMs): IsoWeekday {
  // 1970-01-01 was a Thursday.
  const place = (((Math.floor(wall / DAY_MS) + 3) % 7) + 7) % 7;
  return isoWeekdays[place] ?? 1;
}

/** Midnight of the day that the wall clock shows. */
export function dayStart(wall: WallMs): WallMs {
  return Math.floor(wall / DAY_MS) * DAY_MS;
}

/** 0 … 1439. */
export function minuteOfDay(wall: WallMs): number {
  return Math.floor((wall - dayStart(wall)) / MINUTE_MS);
}

/** 0 (Monday, midnight to one) … 167. */
export function hourOfWeek(wall: WallMs): number {
  return (weekdayOf(wall) - 1) * 24 + Math.floor(minuteOfDay(wall) / 60);
}

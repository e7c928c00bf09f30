import { DAY_MS, type WallMs, type ZoneRules } from '../../core/domain/wall-clock.ts';

/** As much of a zone’s rules as a calendar needs. */
export type ZoneClock = Pick<ZoneRules, 'offsetMs'>;

export const utcClock: ZoneClock = { offsetMs: () => 0 };

/**
 * The instant that a calendar means by a time of a wall clock: of two, the first; where the clock jumps over it, as far behind the jump as it would
 * have been by the old time (RFC 5545, 3.3.5). That is later than `ZoneRules.instantOf`, which gives the jump itself.
 */
export function instantMeant({ offsetMs }: ZoneClock, wall: WallMs): number {
  const [before, after] = [offsetMs(wall - DAY_MS), offsetMs(wall + DAY_MS)];
  const byNew = wall - after;
  return offsetMs(wall - before) !== before && offsetMs(byNew) === after ? byNew : wall - before;
}

import type { ActivityProfile } from './activity-profile.ts';
import { HOUR_MS, hoursOfWeek } from './wall-clock.ts';

/** How far wall clocks are ahead of UTC at one instant, milliseconds. */
export interface ZoneChange {
  /** Those of the profile's own zone. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The profile by the clock of another zone. Hours move as a whole, each offset rounded to hours: a way over several zones ends where
 * the direct one does, and a way back where it began.
 */
export function rezone(
  profile: ActivityProfile,
  zone: string,
  { fromMs, toMs }: ZoneChange,
): ActivityProfile {
  const shift = Math.round(toMs / HOUR_MS) - Math.round(fromMs / HOUR_MS);
  const moved = (numbers: readonly number[]): readonly number[] =>
    numbers.map((_, hour) => numbers[(((hour - shift) % hoursOfWeek) + hoursOfWeek) % hoursOfWeek] ?? 0);
  return {
    ...profile,
    zone,
    events: moved(profile.events),
    quarters: moved(profile.quarters),
    active: moved(profile.active),
    atRisk: moved(profile.atRisk),
    broken: moved(profile.broken),
  };
}

import type { ActivityProfile } from '../domain/activity-profile.ts';
import type { SpaceId } from '../domain/ids.ts';
import { rezone } from '../domain/rezone-profile.ts';
import { utcRules, type ZoneRules } from '../domain/wall-clock.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { TimeZonePort } from '../ports/time-zones.ts';

export interface ZonedProfileDeps {
  /** How the clocks of a space go; `undefined` while that is not known. Must not throw. */
  readonly zoneOf: (spaceId: SpaceId) => ZoneRules | undefined;
  /** For a profile in another zone than the space has now. */
  readonly zones: Pick<TimeZonePort, 'rules'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export interface ZonedProfile {
  readonly profile: ActivityProfile;
  /** Of its zone; as in UTC where nobody knows that zone any more. */
  readonly rules: ZoneRules;
}

/**
 * Gives profiles by the clock of their space's zone. While that zone is not known nothing is moved: a guess would be stored, and rounded.
 * A profile in a zone that is gone keeps its hours.
 */
export function createZonedProfile({ zoneOf, zones, clock, logger }: ZonedProfileDeps) {
  function rulesIn(zone: string): ZoneRules | undefined {
    try {
      return zones.rules(zone);
    } catch {
      return undefined;
    }
  }

  function moved(profile: ActivityProfile, rules: ZoneRules, before: ZoneRules | undefined): ActivityProfile {
    if (before === undefined) logger.warn('activity_zone_unknown', { zone: profile.zone });
    const at = clock.now();
    const toMs = rules.offsetMs(at);
    return rezone(profile, rules.zone, { fromMs: before?.offsetMs(at) ?? toMs, toMs });
  }

  return (spaceId: SpaceId, profile: ActivityProfile): ZonedProfile => {
    const rules = zoneOf(spaceId);
    if (rules?.zone === profile.zone) return { profile, rules };
    const before = rulesIn(profile.zone);
    if (rules === undefined) return { profile, rules: before ?? utcRules };
    return { profile: moved(profile, rules, before), rules };
  };
}

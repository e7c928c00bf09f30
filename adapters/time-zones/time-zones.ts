import { AppError } from '../../core/domain/app-error.ts';
import type { ZoneRules } from '../../core/domain/wall-clock.ts';
import type { TimeZonePort } from '../../core/ports/time-zones.ts';
import { databaseZone, typedZone, zoneNames } from './zone-names.ts';
import { createZoneRules } from './zone-rules.ts';

/** Zones as the runtime has them. The rules of one are kept once somebody asked for them: there are some 450. */
export function createTimeZones(): TimeZonePort {
  const rulesOf = new Map<string, ZoneRules>();
  let names: readonly string[] | undefined;

  return {
    names() {
      names ??= zoneNames();
      return names;
    },
    canonical: (name) => typedZone(name.trim()),
    rules(name) {
      const zone = rulesOf.has(name) ? name : databaseZone(name.trim());
      if (zone === undefined) {
        throw new AppError(
          'invalid_input',
          'There is no time zone of that name. Use one of the IANA database, such as Europe/Berlin or UTC.',
        );
      }
      const rules = rulesOf.get(zone) ?? createZoneRules(zone);
      rulesOf.set(zone, rules);
      return rules;
    },
  };
}

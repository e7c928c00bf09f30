import type { Span } from '../../core/domain/span.ts';
import type { TimeZonePort } from '../../core/ports/time-zones.ts';
import { type Component, textOf } from './component.ts';
import type { FeedTime } from './feed-time.ts';
import { readVtimezone } from './vtimezone.ts';
import type { WorkBudget } from './work-budget.ts';
import { utcClock, type ZoneClock } from './zone-clock.ts';

/** Whose clock a time goes by. */
export type ClockOf = (time: FeedTime) => ZoneClock;

/** A longer one names no zone of the database. */
const maxNameChars = 100;
/** As in `America/Argentina/Salta`. */
const mostParts = 3;

/** The zone of the database in a name such as `/example.org/20250101/Europe/Berlin`. */
function knownName(tzid: string, zones: TimeZonePort): string | undefined {
  if (tzid.length > maxNameChars) return undefined;
  const parts = tzid.split('/');
  for (let count = Math.min(mostParts, parts.length); count > 1; count -= 1) {
    const known = zones.canonical(parts.slice(-count).join('/'));
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Also of what nobody types for a zone, such as `EST`. */
function namedClock(tzid: string, zones: TimeZonePort): ZoneClock | undefined {
  if (tzid.length > maxNameChars) return undefined;
  try {
    return zones.rules(tzid);
  } catch {
    return undefined;
  }
}

/**
 * Finds the clock of each time in a feed, looking up each name once. A name of the database (`Europe/Berlin`) means that zone, as feeds often
 * describe it for some years only; any other (`W. Europe Standard Time`, `EST`) what the feed says of it; what is described nowhere, or has a
 * name of more than 100 characters, goes by the clock of `own`. Throws `bad_reply` where the feed asks for too much.
 */
export function createFeedZones(
  described: readonly Component[],
  zones: TimeZonePort,
  own: string,
  span: Span,
  budget: WorkBudget,
): ClockOf {
  const ownClock = zones.rules(own);
  const descriptions = new Map(described.map((zone) => [textOf(zone, 'tzid'), zone]));
  const found = new Map<string, ZoneClock>();

  function find(tzid: string): ZoneClock {
    const ruleBudget = budget.zone();
    const description = descriptions.get(tzid);
    const location = description && textOf(description, 'x-lic-location');
    const known = knownName(tzid, zones) ?? (location && knownName(location, zones));
    if (known !== undefined && known !== '') return zones.rules(known);
    const read = description && readVtimezone(description, span, ruleBudget);
    return read ?? namedClock(tzid, zones) ?? ownClock;
  }

  return ({ isUtc, tzid }) => {
    if (isUtc) return utcClock;
    if (tzid === undefined) return ownClock;
    const clock = found.get(tzid) ?? find(tzid);
    found.set(tzid, clock);
    return clock;
  };
}

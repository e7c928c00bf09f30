import { Temporal } from 'temporal-polyfill';
import { DAY_MS, type ZoneRules } from '../../core/domain/wall-clock.ts';
import { createPeriodBook, type Period } from './period-book.ts';

/** No zone was ever a whole day ahead of UTC or behind it. */
const longestOffsetMs = DAY_MS;
/** The last instant that a date can tell, and as far back the first. */
const latest = 8.64e15;

/** The rules of a zone by its canonical name. Its methods throw a `RangeError` for what is no number. */
export function createZoneRules(zone: string): ZoneRules {
  const periodAt = createPeriodBook((at) => lookUp(zone, at));
  return {
    zone,
    offsetMs: (at) => periodAt(at).offsetMs,
    instantOf(wall) {
      let period = periodAt(wall - longestOffsetMs);
      for (;;) {
        // Where the clock jumped over it, the period begins later than it says.
        const at = Math.max(period.from, wall - period.offsetMs);
        if (at < period.to || period.to === Number.POSITIVE_INFINITY) return at;
        period = periodAt(period.to);
      }
    },
    nextChange(after) {
      const { to } = periodAt(after);
      return Number.isFinite(to) ? to : undefined;
    },
  };
}

/** Thousands of times as long as to find a period that is known. */
function lookUp(zone: string, at: number): Period {
  const ms = Math.floor(Math.min(Math.max(at, -latest), latest));
  const moment = zonedAt(zone, ms);
  // The change before is never the one at the instant itself.
  const change = zonedAt(zone, Math.min(ms + 1, latest)).getTimeZoneTransition('previous');
  return {
    from: change?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    to: moment.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: moment.offsetNanoseconds / 1_000_000,
  };
}

function zonedAt(zone: string, ms: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
}

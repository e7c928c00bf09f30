import { type ActivityProfile, QUARTER_MS } from './activity-profile.ts';
import { addForecast, noForecasts } from './calibration.ts';
import { fadeTo, recency } from './fade-profile.ts';
import { brokenProbability } from './quiet-forecast.ts';
import { hoursOfWeek } from './wall-clock.ts';

/** So many quiet quarters in a row make the next one a test of the forecast. */
const quietBefore = 2;

/** A quarter of an hour that was seen to its end. */
export interface ClosedQuarter {
  /** Its start, divided by `QUARTER_MS`. */
  readonly quarter: number;
  /** Of its start by the wall clock of the profile's zone, 0 … 167. */
  readonly hourOfWeek: number;
  /** How many messages, commands and reactions came in it. */
  readonly events: number;
}

/** Of which nothing is known. Quarters that begin at `at` or later count. */
export function emptyProfile(zone: string, at: number): ActivityProfile {
  const nothing = Array.from({ length: hoursOfWeek }, () => 0);
  return {
    zone,
    events: nothing,
    quarters: nothing,
    active: nothing,
    atRisk: nothing,
    broken: nothing,
    calibration: noForecasts,
    asOf: at,
    lastQuarter: Math.ceil(at / QUARTER_MS) - 1,
    quietRun: 0,
  };
}

/**
 * Folds one quarter into what is known; its numbers are then those of its end. Quarters that nobody saw are left out: after a
 * gap, two quiet ones must be seen anew before the next is at risk. One that is not later than the last changes nothing.
 */
export function closeQuarter(profile: ActivityProfile, closed: ClosedQuarter): ActivityProfile {
  const { quarter, hourOfWeek: hour, events } = closed;
  if (!(quarter > profile.lastQuarter)) return profile;
  const endsAt = (quarter + 1) * QUARTER_MS;
  const faded = fadeTo(profile, endsAt);
  // Numbers may be given for an instant after its end.
  const weight = recency(faded.asOf - endsAt);
  const isActive = events > 0;
  const quietRun = quarter === profile.lastQuarter + 1 ? profile.quietRun : 0;
  const counted: ActivityProfile = {
    ...faded,
    events: plus(faded.events, hour, events * weight),
    quarters: plus(faded.quarters, hour, weight),
    active: plus(faded.active, hour, isActive ? weight : 0),
    lastQuarter: quarter,
    quietRun: isActive ? 0 : Math.min(quietBefore, quietRun + 1),
    ...(isActive ? { lastActiveQuarter: Math.max(quarter, profile.lastActiveQuarter ?? quarter) } : {}),
  };
  if (quietRun < quietBefore) return counted;
  const said = 1 - brokenProbability(profile, hour);
  return {
    ...counted,
    atRisk: plus(counted.atRisk, hour, weight),
    broken: plus(counted.broken, hour, isActive ? weight : 0),
    calibration: addForecast(counted.calibration, said, !isActive, weight),
  };
}

/** Keeps of a quarter that was not seen to its end that something came in it, and counts nothing. */
export function noteActive(profile: ActivityProfile, quarter: number): ActivityProfile {
  const { lastActiveQuarter = quarter } = profile;
  return { ...profile, lastActiveQuarter: Math.max(quarter, lastActiveQuarter) };
}

function plus(numbers: readonly number[], hour: number, by: number): readonly number[] {
  return by === 0 ? numbers : numbers.with(hour, (numbers[hour] ?? 0) + by);
}

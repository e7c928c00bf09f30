import { type ActivityProfile, QUARTER_MS } from './activity-profile.ts';
import { WEEK_MS } from './wall-clock.ts';

/** After so long something counts half. */
export const halfLifeMs = 4 * WEEK_MS;

/** How much something counts that is so old, 0 … 1. */
export function recency(ageMs: number): number {
  return 2 ** (-Math.max(0, ageMs) / halfLifeMs);
}

/** The same profile with numbers for a later instant. An earlier one changes nothing. */
export function fadeTo(profile: ActivityProfile, at: number): ActivityProfile {
  if (!(at > profile.asOf)) return profile;
  const weight = recency(at - profile.asOf);
  const faded = (numbers: readonly number[]): readonly number[] => numbers.map((number) => number * weight);
  return {
    ...profile,
    events: faded(profile.events),
    quarters: faded(profile.quarters),
    active: faded(profile.active),
    atRisk: faded(profile.atRisk),
    broken: faded(profile.broken),
    calibration: profile.calibration.map(({ forecasts, said, quiet }) => ({
      forecasts: forecasts * weight,
      said: said * weight,
      quiet: quiet * weight,
    })),
    asOf: at,
  };
}

/**
 * The same numbers for an earlier instant, where a clock that was wrong gave the times: quarters that begin from then on count
 * again. A later instant changes nothing.
 */
export function setBack(profile: ActivityProfile, at: number): ActivityProfile {
  const lastQuarter = Math.ceil(at / QUARTER_MS) - 1;
  if (profile.asOf <= at && profile.lastQuarter <= lastQuarter) return profile;
  const { lastActiveQuarter, ...rest } = profile;
  return {
    ...rest,
    asOf: Math.min(profile.asOf, at),
    lastQuarter: Math.min(profile.lastQuarter, lastQuarter),
    quietRun: 0,
    ...(lastActiveQuarter === undefined
      ? {}
      : { lastActiveQuarter: Math.min(lastActiveQuarter, Math.floor(at / QUARTER_MS)) }),
  };
}

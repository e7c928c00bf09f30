import { QUARTER_MS } from '../../../core/domain/activity-profile.ts';
import { calibrationReport } from '../../../core/domain/calibration.ts';
import { closeQuarter, emptyProfile } from '../../../core/domain/close-quarter.ts';
import { type QuietForecast, quietForecast } from '../../../core/domain/quiet-forecast.ts';
import { hourOfWeek, wallAt } from '../../../core/domain/wall-clock.ts';
import type { Community } from './community.ts';

/** What the product’s profile knew at each time. */
export interface Learned {
  /** The forecast of that instant: by what came in the quarters of an hour that had ended by then. */
  at(now: number): QuietForecast;
  /** How far forecasts of a quiet quarter were off at the end, 0 … 1; absent without any. */
  readonly error?: number;
}

/** Counts a community as the product does, quarter by quarter. It knows nothing at first. */
export function learn({ span, rules, messages }: Community): Learned {
  const first = Math.ceil(span.from / QUARTER_MS);
  const end = Math.floor(span.to / QUARTER_MS);
  const counts = new Map<number, number>();
  for (const { at } of messages) {
    const quarter = Math.floor(at / QUARTER_MS);
    counts.set(quarter, (counts.get(quarter) ?? 0) + 1);
  }
  let profile = emptyProfile(rules.zone, span.from);
  const known = [quietForecast(profile, rules)];
  for (let quarter = first; quarter < end; quarter += 1) {
    const hour = hourOfWeek(wallAt(rules, quarter * QUARTER_MS));
    profile = closeQuarter(profile, { quarter, hourOfWeek: hour, events: counts.get(quarter) ?? 0 });
    known.push(quietForecast(profile, rules));
  }
  const { error } = calibrationReport(profile);
  return {
    at(now) {
      const forecast = known[Math.max(0, Math.floor(now / QUARTER_MS) - first)] ?? known.at(-1);
      if (forecast === undefined) throw new RangeError('Nothing was learned.');
      return forecast;
    },
    ...(error === undefined ? {} : { error }),
  };
}

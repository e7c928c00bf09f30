import { type ActivityProfile, QUARTER_MS } from '../../core/domain/activity-profile.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { hoursOfWeek } from '../../core/domain/wall-clock.ts';
import type { StoredActivity } from '../../core/ports/activity-store.ts';

export const activityAt = Date.UTC(2026, 0, 5, 12);
export const activityQuarter = activityAt / QUARTER_MS;

/** Numbers that 32-bit floats hold exactly, no two lists alike. */
export function sampleProfile(changes: Partial<ActivityProfile> = {}): ActivityProfile {
  const list = (first: number): readonly number[] =>
    Array.from({ length: hoursOfWeek }, (_, hour) => first + hour / 8);
  return {
    zone: 'Europe/Berlin',
    events: list(1_000),
    quarters: list(500),
    active: list(300),
    atRisk: list(200),
    broken: list(100),
    calibration: Array.from({ length: 10 }, (_, bin) => ({
      forecasts: bin + 0.5,
      said: bin / 4,
      quiet: bin,
    })),
    asOf: activityAt + 0.25,
    lastQuarter: activityQuarter - 1,
    quietRun: 2,
    lastActiveQuarter: activityQuarter - 7,
    ...changes,
  };
}

export function sampleActivity(name: string, changes: Partial<StoredActivity> = {}): StoredActivity {
  return { spaceId: spaceId('web', name), profile: sampleProfile(), isShared: false, ...changes };
}

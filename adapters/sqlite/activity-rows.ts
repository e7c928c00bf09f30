import type { ActivityProfile, CalibrationBin } from '../../core/domain/activity-profile.ts';
import type { SpaceId } from '../../core/domain/ids.ts';
import { hoursOfWeek } from '../../core/domain/wall-clock.ts';
import type { StoredActivity } from '../../core/ports/activity-store.ts';
import { blobToFloats, floatsToBlob } from './number-blob.ts';

export interface ActivityRow {
  readonly space_id: SpaceId;
  readonly zone: string;
  readonly counts: Uint8Array;
  readonly calibration: Uint8Array;
  readonly as_of: number;
  readonly last_quarter: number;
  readonly quiet_run: number;
  readonly last_active_quarter: number | null;
  readonly open_quarter: number | null;
  readonly open_events: number | null;
  readonly is_shared: number;
}

export const activityColumns = `space_id, zone, counts, calibration, as_of, last_quarter, quiet_run, last_active_quarter,
  open_quarter, open_events, is_shared`;

type ActivityValue = string | number | null | Uint8Array;

const lists = 5;
const bins = 10;
const numbersPerBin = 3;

/** In the order of `activityColumns`. */
export function activityValues({
  spaceId,
  profile,
  open,
  isShared,
}: StoredActivity): readonly ActivityValue[] {
  const { events, quarters, active, atRisk, broken, calibration } = profile;
  const binNumbers = calibration.flatMap(({ forecasts, said, quiet }) => [forecasts, said, quiet]);
  return [
    spaceId,
    profile.zone,
    floatsToBlob(Float32Array.from([events, quarters, active, atRisk, broken].flat())),
    floatsToBlob(Float32Array.from(binNumbers)),
    profile.asOf,
    profile.lastQuarter,
    profile.quietRun,
    profile.lastActiveQuarter ?? null,
    open?.quarter ?? null,
    open?.events ?? null,
    isShared ? 1 : 0,
  ];
}

export function toActivity(row: ActivityRow): StoredActivity | undefined {
  const counts = countsIn(row.counts, lists * hoursOfWeek);
  const binNumbers = countsIn(row.calibration, bins * numbersPerBin);
  if (counts === undefined || binNumbers === undefined || row.zone === '') return undefined;
  const list = (place: number): readonly number[] =>
    counts.slice(place * hoursOfWeek, (place + 1) * hoursOfWeek);
  const profile: ActivityProfile = {
    zone: row.zone,
    events: list(0),
    quarters: list(1),
    active: list(2),
    atRisk: list(3),
    broken: list(4),
    calibration: binsOf(binNumbers),
    asOf: row.as_of,
    lastQuarter: row.last_quarter,
    quietRun: row.quiet_run,
    ...(row.last_active_quarter === null ? {} : { lastActiveQuarter: row.last_active_quarter }),
  };
  return {
    spaceId: row.space_id,
    profile,
    ...(row.open_quarter === null || row.open_events === null
      ? {}
      : { open: { quarter: row.open_quarter, events: row.open_events } }),
    isShared: row.is_shared === 1,
  };
}

/** `undefined` where it is not so many numbers, or one of them is no count. */
function countsIn(blob: Uint8Array, length: number): readonly number[] | undefined {
  const numbers = blobToFloats(blob);
  if (numbers?.length !== length) return undefined;
  return numbers.every((number) => Number.isFinite(number) && number >= 0) ? [...numbers] : undefined;
}

function binsOf(numbers: readonly number[]): readonly CalibrationBin[] {
  return Array.from({ length: bins }, (_, bin) => {
    const [forecasts = 0, said = 0, quiet = 0] = numbers.slice(bin * numbersPerBin);
    return { forecasts, said, quiet };
  });
}

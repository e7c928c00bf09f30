import { median } from '../statistics.ts';

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** How much the values rise in a minute: the slope of the straight line that lies nearest to them. */
export function risePerMinute(samples: readonly Sample[]): number {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const meanAt = mean(samples.map(({ atMs }) => atMs));
  const meanValue = mean(samples.map(({ value }) => value));
  let [above, below] = [0, 0];
  for (const { atMs, value } of samples) {
    above += (atMs - meanAt) * (value - meanValue);
    below += (atMs - meanAt) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 60_000;
}

/** More than this in ten minutes is no longer flat: a share of the median. */
const FLAT = 0.1;
const TEN_MINUTES = 10;

/** What ten minutes of that rise add, as a share of the median. */
export const riseShare = (samples: readonly Sample[]): number =>
  (risePerMinute(samples) * TEN_MINUTES) / median(samples.map(({ value }) => value));

export const isFlat = (samples: readonly Sample[]): boolean => riseShare(samples) <= FLAT;

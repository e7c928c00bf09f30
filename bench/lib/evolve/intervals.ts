/** A share or mean with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  /** Absent where one run says nothing of others. */
  readonly interval?: readonly [number, number];
}

const z95 = 1.959_964;
/** Student's t for 95 %, two-sided, by degrees of freedom from 1. */
const t95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Wilson's interval for `hits` of `runs`; of no runs nothing is known. */
export function wilson(hits: number, runs: number): Estimate {
  if (runs === 0) return { value: 0, interval: [0, 1] };
  const share = hits / runs;
  const scale = 1 + z95 ** 2 / runs;
  const middle = (share + z95 ** 2 / (2 * runs)) / scale;
  const half = (z95 / scale) * Math.sqrt((share * (1 - share)) / runs + z95 ** 2 / (4 * runs ** 2));
  return { value: share, interval: [Math.max(0, middle - half), Math.min(1, middle + half)] };
}

/** The mean over seeds with Student's interval. */
export function meanOf(numbers: readonly number[]): Estimate {
  const n = numbers.length;
  const value = numbers.reduce((sum, one) => sum + one, 0) / n;
  if (n < 2) return { value };
  const variance = numbers.reduce((sum, one) => sum + (one - value) ** 2, 0) / (n - 1);
  const half = (t95[n - 2] ?? z95) * Math.sqrt(variance / n);
  return { value, interval: [value - half, value + half] };
}

import type { BenchResult } from './bench-report.ts';

/** The value below which `share` (0 to 1) of the numbers lie. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

/** A result from the numbers of several runs, beside those of another thing where given. */
export function resultOf(
  metric: string,
  unit: string,
  runs: readonly number[],
  vs?: { readonly name: string; readonly runs: readonly number[] },
): BenchResult {
  const value = median(runs);
  const spread = runs.length > 1 ? { spread: [Math.min(...runs), Math.max(...runs)] as const } : {};
  if (vs === undefined || vs.runs.length === 0) return { metric, unit, value, ...spread };
  const other = median(vs.runs);
  return { metric, unit, value, ...spread, vs: { name: vs.name, value: other }, ratio: value / other };
}

import type { GatheredSample } from './gathered-sample.ts';
import type { RunLimits } from './plan-limits.ts';

/**
 * How many more times another policy may come to serve before a sample is too stale to train; below 0 it is. `undefined`
 * where nobody knows what gave it. The distance counts either way: after a rollback a later version lies as far off as an
 * earlier one.
 */
export function swapsLeft(
  { value, version }: Pick<GatheredSample, 'value' | 'version'>,
  servingVersion: number,
  { staleBad, staleGood }: Pick<RunLimits, 'staleBad' | 'staleGood'>,
): number | undefined {
  if (version === undefined) return undefined;
  return (value < 0 ? staleBad : staleGood) - Math.abs(servingVersion - version);
}

import { AppError } from '../domain/app-error.ts';
import { comparedTokens, differences } from './compared-tokens.ts';

/** A larger logarithm of a ratio counts as this: e⁶⁰ is far beyond any use and still a number in 32 bits. */
export const largestLogRatio = 60;
/** As truncated importance sampling is used elsewhere. */
export const defaultRatioCap = 2;

/**
 * For each position r = exp(now − sampled), at most e⁶⁰; 0 where the mask is 0 or a number is missing, so that such a token
 * moves nothing. Throws `invalid_input` unless all three are of one length.
 */
export function tokenRatios(
  now: ArrayLike<number>,
  sampled: ArrayLike<number>,
  mask: ArrayLike<number>,
): Float32Array {
  const compared = comparedTokens(mask, now, sampled);
  const ratios = new Float32Array(mask.length);
  for (const [index, step] of differences(compared, now, sampled).entries()) {
    ratios[compared.at[index] ?? 0] = boundedExp(step);
  }
  return ratios;
}

/**
 * Truncated importance sampling: none above the cap. Small ones stay, so that stale tokens count less and never more. Throws
 * `invalid_input` for a cap that is not finite or below 1, which would take from tokens that are not stale.
 */
export function truncatedRatios(ratios: Float32Array, cap: number = defaultRatioCap): Float32Array {
  checkBound(cap);
  return ratios.map((ratio) => Math.min(ratio, cap));
}

/**
 * IcePop: 0 for what is outside 1/bound … bound, where sampling and training no longer speak of one policy. Throws
 * `invalid_input` for a bound that is not finite or below 1, within which nothing lies.
 */
export function ratiosWithin(ratios: Float32Array, bound: number): Float32Array {
  checkBound(bound);
  return ratios.map((ratio) => (ratio >= 1 / bound && ratio <= bound ? ratio : 0));
}

/**
 * One ratio for a whole answer: exp(mean(now − sampled)), the geometric mean of its tokens' ratios, at most e⁶⁰. Does not
 * grow with length. `undefined` where no token can be compared.
 */
export function sequenceRatio(
  now: ArrayLike<number>,
  sampled: ArrayLike<number>,
  mask: ArrayLike<number>,
): number | undefined {
  const steps = differences(comparedTokens(mask, now, sampled), now, sampled);
  if (steps.length === 0) return undefined;
  return boundedExp(steps.reduce((sum, step) => sum + step, 0) / steps.length);
}

export interface EffectiveSampleSize {
  /** As many equal weights would tell as much: (Σw)² / Σw², 0 where all are 0. */
  readonly size: number;
  /** Of those counted, 0 … 1. */
  readonly fraction: number;
}

/** `weights`: finite, none below 0. `mask`: with 0 one is not counted at all; a weight of 0 is. @default all are counted */
export function effectiveSampleSize(
  weights: ArrayLike<number>,
  mask?: ArrayLike<number>,
): EffectiveSampleSize {
  const counted = Array.from(weights).filter((_, index) => mask === undefined || mask[index] !== 0);
  const largest = counted.reduce((most, weight) => Math.max(most, weight), 0);
  if (largest === 0) return { size: 0, fraction: 0 };
  // Scaled by the largest, so that no square overflows or vanishes.
  const sum = counted.reduce((total, weight) => total + weight / largest, 0);
  const squares = counted.reduce((total, weight) => total + (weight / largest) ** 2, 0);
  const size = sum ** 2 / squares;
  return { size, fraction: size / counted.length };
}

/** Throws `invalid_input` unless ratios can be held to this. */
export function checkBound(bound: number): void {
  if (!(bound >= 1 && Number.isFinite(bound))) {
    throw new AppError('invalid_input', 'The largest ratio must be a number of at least 1.', {
      details: { bound: String(bound) },
    });
  }
}

function boundedExp(logRatio: number): number {
  return Math.exp(Math.min(logRatio, largestLogRatio));
}

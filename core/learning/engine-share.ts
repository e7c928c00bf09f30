import type { EngineFacts } from '../domain/engine-facts.ts';

/** What decides how losses are joined. */
export type ReductionFacts = Pick<EngineFacts, 'lossReduction' | 'ratioWeights' | 'losses'>;

/**
 * What an engine multiplies the ratio loss of each of a datum's weighted tokens with, in a batch of `datums`: 1 where it
 * sums; where it takes means 1 / (datums · Σw), and 1 / (datums · positions) where it takes no weights for these losses and
 * counts every position. `batch` is all that one step gathers. Infinite where a mean has no weight to divide by.
 */
export function engineShare(weights: Float32Array, datums: number, facts: ReductionFacts): number {
  if (facts.lossReduction === 'sum') return 1;
  const total = facts.ratioWeights ? weights.reduce((sum, weight) => sum + weight, 0) : weights.length;
  return 1 / (datums * total);
}

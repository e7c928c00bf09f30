import type { Datum, Loss } from '../../../core/domain/datum.ts';
import type { ReductionFacts } from '../../../core/learning/engine-share.ts';

/** Log-probabilities of a batch's targets, in double precision, so that they can be moved a little. */
export type Lists = readonly (readonly number[])[];

export const sumEngine: ReductionFacts = {
  lossReduction: 'sum',
  ratioWeights: false,
  losses: ['cross_entropy', 'importance_sampling', 'ppo', 'cispo', 'dro'],
};
export const weighingSumEngine: ReductionFacts = { ...sumEngine, ratioWeights: true };
export const meanEngine: ReductionFacts = { ...sumEngine, lossReduction: 'mean', ratioWeights: true };
export const plainMeanEngine: ReductionFacts = { ...meanEngine, ratioWeights: false };

/** The loss of one position as its definition says, without its weight. `still`: the log-probability that a stopped gradient sees. */
export function tokenLoss(datum: Datum, at: number, loss: Loss, lp: number, still: number): number {
  if (loss.name === 'cross_entropy') return -lp;
  const q = datum.logprobs![at]!;
  const advantage = datum.advantages![at]!;
  const ratio = Math.exp(lp - q);
  switch (loss.name) {
    case 'importance_sampling':
      return -ratio * advantage;
    case 'ppo': {
      const clipped = Math.min(loss.clipHigh, Math.max(loss.clipLow, ratio));
      return -Math.min(ratio * advantage, clipped * advantage);
    }
    case 'cispo':
      return -Math.min(loss.clipHigh, Math.max(loss.clipLow, Math.exp(still - q))) * lp * advantage;
    case 'dro':
      return -(lp * advantage - (loss.beta / 2) * (lp - q) ** 2);
  }
}

/** What an engine with these facts makes of a batch. */
export function engineLoss(
  batch: readonly Datum[],
  loss: Loss,
  facts: ReductionFacts,
  lps: Lists,
  still: Lists,
): number {
  const takesWeights = loss.name === 'cross_entropy' || facts.ratioWeights;
  const perDatum = batch.map((datum, index) => {
    const weights = takesWeights ? [...datum.weights] : Array.from(datum.weights, () => 1);
    const sum = weights.reduce(
      (total, weight, at) =>
        total + weight * tokenLoss(datum, at, loss, lps[index]![at]!, still[index]![at]!),
      0,
    );
    return facts.lossReduction === 'sum' ? sum : sum / weights.reduce((total, weight) => total + weight, 0);
  });
  const total = perDatum.reduce((sum, own) => sum + own, 0);
  return facts.lossReduction === 'sum' ? total : total / batch.length;
}

/** ∂loss/∂lp of every position, by central differences. */
export function gradientOf(lossAt: (lps: Lists) => number, lps: Lists): Lists {
  const step = 1e-5;
  const moved = (index: number, at: number, by: number): Lists =>
    lps.map((own, i) => (i === index ? own.map((lp, j) => (j === at ? lp + by : lp)) : own));
  return lps.map((own, index) =>
    own.map((_, at) => (lossAt(moved(index, at, step)) - lossAt(moved(index, at, -step))) / (2 * step)),
  );
}

/** Lists for all of a padded batch: what is missing has this log-probability. */
export const paddedLists = (batch: readonly Datum[], lps: Lists, missing = -0.7): Lists =>
  batch.map((datum, index) => lps[index] ?? Array.from(datum.targets, () => missing));

export const float32Lists = (lps: Lists): readonly Float32Array[] => lps.map((own) => Float32Array.from(own));

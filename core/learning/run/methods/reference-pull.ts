import type { Datum } from '../../../domain/datum.ts';
import type { Scores } from './score-answers.ts';

/** An answer with what the policy of now and the one that serves say of each of its positions. */
export interface PulledAnswer {
  readonly data: readonly Datum[];
  readonly current: Scores;
  readonly serving: Scores;
}

export interface ReferencePull {
  readonly value: number;
  /** For each answer and each of its datums ∂value/∂lp of each position. */
  readonly slopes: readonly (readonly Float64Array[])[];
}

/**
 * A penalty for leaving the reference, on answers that another policy drew: coefficient · (1/N) Σᵢ Σₜ d²/2 over the
 * trained tokens of N answers, with d = lp − reference, in nats. Its slope along a token is coefficient · d / N, which
 * draws it back from either side. Where the policy of now drew the tokens this is on the mean the gradient of the KL of
 * each next token, after what was written before it; where an older one did, d alone as a cost would only make all
 * answers less likely.
 */
export function referencePull(answers: readonly PulledAnswer[], coefficient: number): ReferencePull {
  const share = coefficient / answers.length;
  let value = 0;
  const slopes = answers.map(({ data, current, serving }) =>
    data.map(({ weights }, at) =>
      Float64Array.from(weights, (weight, token) => {
        if (weight === 0 || share === 0) return 0;
        const difference = (current[at]?.[token] ?? Number.NaN) - (serving[at]?.[token] ?? Number.NaN);
        value += (share * difference ** 2) / 2;
        return share * difference;
      }),
    ),
  );
  return { value, slopes };
}

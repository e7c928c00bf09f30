import { AppError } from '../domain/app-error.ts';
import { logistic, negativeLogLogistic } from './logistic.ts';

/** Log-probabilities of a whole answer, `answerLogprob`: under the policy of now, and under the reference, which stays. */
export interface ComparedAnswer {
  readonly policy: number;
  readonly reference: number;
}

/** Two answers to one prompt. */
export interface PreferredPair {
  readonly chosen: ComparedAnswer;
  readonly rejected: ComparedAnswer;
  /** How much it counts. @default 1 */
  readonly weight?: number;
}

export interface DpoLoss {
  readonly value: number;
  /** For each pair ∂value/∂policy of both answers, the same along each token: `tokenSlopes`. */
  readonly slopes: readonly { readonly chosen: number; readonly rejected: number }[];
  /** β·(r of the chosen − r of the rejected): above 0 where the policy prefers as people did, more than its reference. */
  readonly margins: readonly number[];
}

/** How far the policy may go: the larger, the less. */
export const defaultDpoBeta = 0.1;

/**
 * DPO (Rafailov et al. 2023), a mean over the pairs of −log σ(margin), each times its weight; with r = policy − reference the
 * margin is β·(r of the chosen − r of the rejected). Throws `invalid_input` for numbers that are not finite, and for no pairs.
 */
export function dpoLoss(pairs: readonly PreferredPair[], beta: number = defaultDpoBeta): DpoLoss {
  if (pairs.length === 0) throw new AppError('invalid_input', 'There are no pairs to compare.');
  const costs = pairs.map(({ chosen, rejected, weight = 1 }) => {
    const margin = beta * (chosen.policy - chosen.reference - (rejected.policy - rejected.reference));
    if (!Number.isFinite(margin) || !Number.isFinite(weight)) {
      throw new AppError('invalid_input', 'A log-probability or weight is no number.');
    }
    const share = weight / pairs.length;
    const slope = share * beta * logistic(-margin);
    return {
      cost: share * negativeLogLogistic(margin),
      slopes: { chosen: -slope, rejected: slope },
      margin,
    };
  });
  return {
    value: costs.reduce((sum, { cost }) => sum + cost, 0),
    slopes: costs.map(({ slopes }) => slopes),
    margins: costs.map(({ margin }) => margin),
  };
}

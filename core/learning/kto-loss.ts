import { AppError } from '../domain/app-error.ts';
import { logistic } from './logistic.ts';

/** One answer that somebody liked, or did not. */
export interface LikedAnswer {
  /** Log-probability of the whole answer under the policy of now, `answerLogprob`. */
  readonly policy: number;
  /** … under the reference, which stays. */
  readonly reference: number;
  readonly isGood: boolean;
  /** How much it counts. @default 1 */
  readonly weight?: number;
}

export interface KtoOptions {
  /** How far the policy may go: the larger, the less. */
  readonly beta: number;
  /** λ_D: what good answers count. */
  readonly goodWeight: number;
  /** λ_U: what bad answers count. */
  readonly badWeight: number;
  /** z₀, `ktoReferencePoint`. */
  readonly referencePoint: number;
}

/** Weights for as many good answers as bad. */
export const defaultKto: Omit<KtoOptions, 'referencePoint'> = { beta: 0.1, goodWeight: 1, badWeight: 1 };

export interface KtoLoss {
  readonly value: number;
  /** For each answer ∂value/∂policy, the same along each of its tokens: `tokenSlopes`. */
  readonly slopes: readonly number[];
}

/**
 * How far the policy is from its reference at large, in nats, never below 0: the mean of policy − reference over answers that
 * stand under prompts of others in the batch, so that what is learnt of an answer does not move its own measure. Missing
 * numbers are left out; 0 where there are none.
 */
export function ktoReferencePoint(
  mismatched: readonly { readonly policy: number | undefined; readonly reference: number | undefined }[],
): number {
  const known = mismatched
    .map(({ policy = Number.NaN, reference = Number.NaN }) => policy - reference)
    .filter(Number.isFinite);
  return Math.max(0, known.reduce((sum, difference) => sum + difference, 0) / Math.max(1, known.length));
}

/**
 * KTO (Ethayarajh et al. 2024), a mean over the answers: with r = policy − reference and x = β·(r − z₀) a good answer costs
 * λ_D·(1 − σ(x)) and a bad one λ_U·(1 − σ(−x)), each times its weight. z₀ is a constant here. Throws `invalid_input` for
 * numbers that are not finite, and for no answers.
 */
export function ktoLoss(answers: readonly LikedAnswer[], options: KtoOptions): KtoLoss {
  const { beta, goodWeight, badWeight, referencePoint } = options;
  if (answers.length === 0) throw new AppError('invalid_input', 'There are no answers to compare.');
  const costs = answers.map(({ policy, reference, isGood, weight = 1 }) => {
    const x = beta * (policy - reference - referencePoint);
    if (!Number.isFinite(x) || !Number.isFinite(weight)) {
      throw new AppError('invalid_input', 'A log-probability or weight is no number.');
    }
    const share = (weight * (isGood ? goodWeight : badWeight)) / answers.length;
    const steepness = beta * logistic(x) * logistic(-x);
    return { cost: share * logistic(isGood ? -x : x), slope: share * (isGood ? -steepness : steepness) };
  });
  return {
    value: costs.reduce((sum, { cost }) => sum + cost, 0),
    slopes: costs.map(({ slope }) => slope),
  };
}

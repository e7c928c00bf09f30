import { ktoLoss } from '../../kto-loss.ts';
import type { StepMethod } from '../step-engine.ts';
import { type ComparedSample, preferenceStep } from './preference-step.ts';

/** What good and bad answers count, λ_D and λ_U: they make up for having more of one than of the other. */
export interface KtoWeights {
  readonly goodWeight: number;
  readonly badWeight: number;
}

/**
 * KTO on single answers that somebody liked or did not: `ktoLoss`, each answer with its weight in the batch, against z₀
 * from answers under the prompts of others. Answers may be of any age and drawn in any way. Otherwise as
 * `preferenceStep`.
 */
export function ktoStep(weights: KtoWeights): StepMethod {
  return preferenceStep({
    needsReferencePoint: () => true,
    termsOf: (answers, { beta }, referencePoint) => ktoTerms(answers, { ...weights, beta, referencePoint }),
  });
}

export function ktoTerms(
  answers: readonly ComparedSample[],
  options: KtoWeights & { readonly beta: number; readonly referencePoint: number },
): { readonly value: number; readonly slopes: readonly number[] } {
  return ktoLoss(
    answers.map(({ policy, reference, sample: { value, weight } }) => ({
      policy,
      reference,
      isGood: value > 0,
      weight,
    })),
    options,
  );
}

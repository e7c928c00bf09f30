import { dpoLoss } from '../../dpo-loss.ts';
import type { StepMethod, StepSettings } from '../step-engine.ts';
import { type KtoWeights, ktoTerms } from './kto-step.ts';
import { pairsOf } from './preference-pairs.ts';
import { type ComparedSample, preferenceStep } from './preference-step.ts';

/**
 * DPO on pairs of answers to one request (`pairsOf`), each under the prompt that it was given, and a pair with the
 * smaller of its two weights. Answers without a counterpart train by KTO in the same step. Both losses are of the same
 * differences to the same reference, so that their sum, (2P · DPO + U · KTO) / (2P + U) for P pairs and U others, is one
 * loss, in which every answer counts once; and what has been leased for the run is not thrown away for having no twin. A
 * step without pairs is KTO's; where only a twin that was expected turns out unusable, the other is measured against a
 * reference point of 0. Otherwise as `preferenceStep`.
 */
export function dpoStep(weights: KtoWeights): StepMethod {
  return preferenceStep({
    needsReferencePoint: (samples) => pairsOf(samples).unpaired.length > 0,
    termsOf: (answers, settings, referencePoint) =>
      pairedTerms(answers, settings, { ...weights, referencePoint }),
  });
}

function pairedTerms(
  answers: readonly ComparedSample[],
  { beta }: StepSettings,
  options: KtoWeights & { readonly referencePoint: number },
): { readonly value: number; readonly slopes: readonly number[] } {
  const { pairs, unpaired } = pairsOf(
    answers.map((answer) => ({ turn: answer.sample.turn, value: answer.sample.value, answer })),
  );
  const slopes = new Map<ComparedSample, number>();
  let value = 0;
  if (pairs.length > 0) {
    const share = (2 * pairs.length) / answers.length;
    const made = dpoLoss(
      pairs.map(({ chosen, rejected }) => ({
        chosen: chosen.answer,
        rejected: rejected.answer,
        weight: Math.min(chosen.answer.sample.weight, rejected.answer.sample.weight),
      })),
      beta,
    );
    value += share * made.value;
    for (const [at, { chosen, rejected }] of pairs.entries()) {
      slopes.set(chosen.answer, share * (made.slopes[at]?.chosen ?? Number.NaN));
      slopes.set(rejected.answer, share * (made.slopes[at]?.rejected ?? Number.NaN));
    }
  }
  if (unpaired.length > 0) {
    const share = unpaired.length / answers.length;
    const alone = unpaired.map(({ answer }) => answer);
    const made = ktoTerms(alone, { ...options, beta });
    value += share * made.value;
    for (const [at, answer] of alone.entries()) slopes.set(answer, share * (made.slopes[at] ?? Number.NaN));
  }
  return { value, slopes: answers.map((answer) => slopes.get(answer) ?? Number.NaN) };
}

import { type Advantages, advantagesOf } from '../../advantages.ts';
import type { AnswerDatum } from '../../build-datum.ts';
import { withKlPenalty } from '../../kl-penalty.ts';
import type { Objective } from '../../objective-shares.ts';
import { tokenRatios } from '../../ratios.ts';
import type { StepSettings } from '../step-engine.ts';
import type { ReferredAnswer } from './divergences.ts';
import type { Scores } from './score-answers.ts';
import type { StoredAnswer } from './stored-answer.ts';

/** Every trained token counts the same: a long bad answer is not let off, and an answer's calls are one answer. */
export const ratioObjective: Objective = 'token_mean';

/**
 * What each answer was worth more or less than the others of the step, by turn id. Those that are not in the step have
 * no part in it.
 */
export function stepAdvantages(answers: readonly StoredAnswer[], settings: StepSettings): Advantages {
  return advantagesOf(
    answers.map(({ sample: { turnId, value, baseline, weight } }) => ({
      id: turnId,
      group: turnId,
      reward: value,
      baseline,
      weight,
    })),
    { against: 'batch', cap: settings.advantageCap },
  );
}

/**
 * The datums of answers that were drawn with known probabilities, with their advantages less what leaving the serving
 * policy costs. That is measured at the log-probabilities of now: those of drawing are mostly the serving policy's own,
 * from which no distance can be seen.
 */
export function ratioBatch(
  answers: readonly ReferredAnswer[],
  settings: StepSettings,
): readonly AnswerDatum[] {
  const advantages = new Map(
    stepAdvantages(answers, settings).known.map(({ id, advantage }) => [id, advantage]),
  );
  const batch = answers.flatMap(({ sample, data }) => {
    const own = advantages.get(sample.turnId) ?? 0;
    return data.map((datum) => ({
      ...datum,
      advantages: datum.weights.map((weight) => (weight === 0 ? 0 : own)),
    }));
  });
  const current = answers.flatMap((answer) => answer.current);
  const penalised = withKlPenalty(
    batch.map((datum, at) => ({ ...datum, logprobs: current[at] ?? new Float32Array(0) })),
    answers.flatMap(({ serving }) => serving),
    { coefficient: settings.kl, objective: ratioObjective },
  );
  return batch.map((datum, at) => ({
    ...datum,
    advantages: penalised.batch[at]?.advantages ?? datum.advantages,
  }));
}

/** What the step makes smaller: the mean of −min(r, cap)·A over trained tokens. */
export function ratioLoss(batch: readonly AnswerDatum[], current: Scores, cap: number): number {
  let total = 0;
  let tokens = 0;
  for (const [at, { weights, logprobs = [], advantages }] of batch.entries()) {
    for (const [token, ratio] of tokenRatios(current[at] ?? [], logprobs, weights).entries()) {
      if (weights[token] === 0) continue;
      total -= Math.min(ratio, cap) * (advantages?.[token] ?? 0);
      tokens += 1;
    }
  }
  return total / tokens;
}

import type { StepMetrics } from '../../../domain/training-run.ts';
import { effectiveSampleSize, sequenceRatio, tokenRatios, truncatedRatios } from '../../ratios.ts';
import { type Scores, strung } from './score-answers.ts';
import type { StoredAnswer } from './stored-answer.ts';

/** An answer with what the weights in training, as they are before the step, say of it. */
export interface ScoredAnswer extends StoredAnswer {
  readonly current: Scores;
}

/**
 * What can be told of a step before it is made. `reward`: the weighted mean of the values. `ess`: of ratios of whole
 * answers, exp(mean(lp − q)). `entropy`: the mean of −lp over tokens, each times its ratio, at most `cap`: for a token's
 * place this is the entropy of the policy of now, though an older one drew it; of what stands before the token it is
 * that one's still. Both last are told of the answers whose drawing is known, and absent where there are none.
 */
export function metricsOf(answers: readonly ScoredAnswer[], cap: number): StepMetrics {
  const weight = answers.reduce((sum, { sample }) => sum + sample.weight, 0);
  const worth = answers.reduce((sum, { sample }) => sum + sample.weight * sample.value, 0);
  const ratios = answers.flatMap((answer) => answerRatio(answer) ?? []);
  const entropy = entropyOf(answers, cap);
  return {
    ...(weight > 0 ? { reward: worth / weight } : {}),
    ...(entropy === undefined ? {} : { entropy }),
    ...(ratios.length === 0 ? {} : { ess: effectiveSampleSize(ratios).fraction }),
    answers: answers.length,
    tokens: trainedTokens(answers),
  };
}

/** exp(mean(now − drawn)) over all its calls; `undefined` where its drawing is not known. */
export function answerRatio({ data, current }: ScoredAnswer): number | undefined {
  const drawn = data.map(({ logprobs }) => logprobs);
  if (!drawn.every((own) => own !== undefined)) return undefined;
  return sequenceRatio(strung(current), strung(drawn), strung(data.map(({ weights }) => weights)));
}

export function trainedTokens(answers: readonly StoredAnswer[]): number {
  return answers
    .flatMap(({ data }) => data)
    .reduce((sum, { weights }) => sum + weights.filter((weight) => weight !== 0).length, 0);
}

function entropyOf(answers: readonly ScoredAnswer[], cap: number): number | undefined {
  let total = 0;
  let weight = 0;
  for (const { data, current } of answers) {
    for (const [at, { weights, logprobs }] of data.entries()) {
      const now = current[at];
      if (logprobs === undefined || now === undefined) continue;
      for (const [token, ratio] of truncatedRatios(tokenRatios(now, logprobs, weights), cap).entries()) {
        if (ratio === 0) continue;
        total -= ratio * (now[token] ?? 0);
        weight += ratio;
      }
    }
  }
  return weight === 0 ? undefined : total / weight;
}

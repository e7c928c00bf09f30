import type { StepMetrics } from '../../../domain/training-run.ts';
import type { AnswerDatum } from '../../build-datum.ts';
import { klEstimates } from '../../kl.ts';
import { type Objective, objectiveShares } from '../../objective-shares.ts';
import { effectiveSampleSize } from '../../ratios.ts';
import { isUsableLogprob } from '../../usable-logprob.ts';
import type { PartAnswers, PartRefused } from './step-part.ts';

/** What is known before anything is compared: mean reward, −mean(q) of what was drawn, effective sample size by whole answers. */
export function drawnMetrics(parts: readonly (PartAnswers | PartRefused)[]): StepMetrics {
  const made = parts.flatMap((part) => (part.kind === 'answers' ? [part] : []));
  const reward = meanOf(made.flatMap(({ rewards }) => rewards));
  const logprob = meanOf(
    made.flatMap(({ drawn }) => drawn.flatMap((own) => [...own].filter(isUsableLogprob))),
  );
  const ratios = parts.flatMap((part) => part.ratios);
  return {
    ...(reward === undefined ? {} : { reward }),
    // Not −0.
    ...(logprob === undefined ? {} : { entropy: 0 - logprob }),
    ...(ratios.length === 0 ? {} : { ess: effectiveSampleSize(ratios).fraction }),
  };
}

/** KL(policy ‖ other) by the k3 estimate, nats a token, over all trained tokens that both know; `undefined` where there is none. */
export function klOf(data: readonly AnswerDatum[], others: readonly Float32Array[]): number | undefined {
  const found = data.flatMap(({ logprobs = new Float32Array(0), weights }, at) => {
    const estimate = klEstimates(logprobs, others[at] ?? new Float32Array(0), weights);
    return estimate === undefined ? [] : [estimate];
  });
  const tokens = found.reduce((sum, own) => sum + own.tokens, 0);
  return tokens === 0 ? undefined : found.reduce((sum, own) => sum + (own.tokens / tokens) * own.k3, 0);
}

/** −Σ share·r·A, with what the pass of the update found. */
export function lossOf(
  data: readonly AnswerDatum[],
  current: readonly Float32Array[],
  objective: Objective,
): number {
  const shares = objectiveShares(data, objective);
  const terms = data.flatMap(({ logprobs = new Float32Array(0), advantages }, index) =>
    Array.from(shares[index] ?? [], (share, at) => {
      if (share === 0) return 0;
      const ratio = Math.exp((current[index]?.[at] ?? Number.NaN) - (logprobs[at] ?? Number.NaN));
      return share * ratio * (advantages?.[at] ?? Number.NaN);
    }),
  );
  return 0 - terms.reduce((sum, term) => sum + term, 0);
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

import type { SampledTokens } from '../domain/sampling.ts';

/** What is trained now. */
export interface TrainedPolicy {
  readonly tokenizerHash: string;
  readonly baseModel: string;
}

export type NoRatioReason =
  /** The answer came from elsewhere, or its ids were not kept. */
  | 'not_sampled_by_engine'
  | 'empty_prompt'
  | 'other_tokenizer'
  | 'other_base_model'
  | 'no_logprobs'
  /** Not as many as tokens, not finite, above 0, or a number that engines write where they have none. */
  | 'logprobs_unusable'
  /** Engines give the log-probabilities of the policy as it is; with these parameters something else was drawn from. */
  | 'not_on_policy_params';

/**
 * How a settled turn may train. `ratio`: by importance ratios, as it is. `preference`: by KTO or DPO, which need to know
 * nothing of how the answer was drawn: with its `exact` ids where the policy reads the same ids, else with its text
 * `rendered` anew, as what people said of it was said of its text. `resample`: there is nothing to train on, only a prompt
 * to answer again. Any turn may be sampled again besides.
 */
export type TrainingPath =
  | { readonly path: 'ratio' }
  | {
      readonly path: 'preference';
      readonly tokens: 'exact' | 'rendered';
      readonly reason: NoRatioReason;
    }
  | { readonly path: 'resample'; readonly reason: 'empty_answer' };

/** Rounding makes a certain token's log-probability this large at most. */
const largestLogprob = 1e-3;
/** Nothing is drawn with a probability of e⁻¹⁰⁰⁰: engines write −9999 or −99999 for "none". */
const leastLogprob = -1000;

/** `sampled`: what serving kept; `undefined` where the model that answered gave no ids. The first reason that holds is given. */
export function trainingPath(sampled: SampledTokens | undefined, current: TrainedPolicy): TrainingPath {
  if (sampled === undefined) return preference('rendered', 'not_sampled_by_engine');
  if (sampled.tokens.length === 0) return { path: 'resample', reason: 'empty_answer' };
  if (sampled.prompt.length === 0) return preference('rendered', 'empty_prompt');
  if (sampled.tokenizerHash !== current.tokenizerHash) return preference('rendered', 'other_tokenizer');
  if (sampled.baseModel !== current.baseModel) return preference('exact', 'other_base_model');
  if (sampled.logprobs === undefined) return preference('exact', 'no_logprobs');
  if (!areUsable(sampled.logprobs, sampled.tokens.length)) return preference('exact', 'logprobs_unusable');
  const { temperature, topP, topK } = sampled.params;
  if (temperature !== 1 || topP !== 1 || topK !== -1) return preference('exact', 'not_on_policy_params');
  return { path: 'ratio' };
}

function preference(tokens: 'exact' | 'rendered', reason: NoRatioReason): TrainingPath {
  return { path: 'preference', tokens, reason };
}

function areUsable(logprobs: Float32Array, tokens: number): boolean {
  return (
    logprobs.length === tokens &&
    logprobs.every((logprob) => logprob >= leastLogprob && logprob <= largestLogprob)
  );
}

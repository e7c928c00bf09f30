import { lengthsOf, type SampledLengths, type SampledTokens } from '../domain/sampling.ts';
import { isUsableLogprob } from './usable-logprob.ts';

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
 * How a settled turn, or one call of its model, may train. `ratio`: by importance ratios, as it is. `preference`: by KTO or DPO,
 * which need to know nothing of how the answer was drawn: with its `exact` ids where the policy reads the same ids, else with
 * its text `rendered` anew, as what people said of it was said of its text. `resample`: there is nothing to train on, only a
 * prompt to answer again. Any turn may be sampled again besides.
 */
export type TrainingPath =
  | { readonly path: 'ratio' }
  | {
      readonly path: 'preference';
      readonly tokens: 'exact' | 'rendered';
      readonly reason: NoRatioReason;
    }
  | { readonly path: 'resample'; readonly reason: 'empty_answer' };

/** Of one call. `sampled`: what serving kept; `undefined` where the model that answered gave no ids. The first reason that holds is given. */
export function trainingPath(sampled: SampledTokens | undefined, current: TrainedPolicy): TrainingPath {
  const { logprobs, tokens } = sampled ?? {};
  const isUsable = logprobs === undefined || areUsable(logprobs, tokens?.length ?? 0);
  return pathOf(sampled && lengthsOf(sampled), isUsable, current);
}

function pathOf(call: SampledLengths | undefined, isUsable: boolean, current: TrainedPolicy): TrainingPath {
  if (call === undefined) return preference('rendered', 'not_sampled_by_engine');
  if (call.answerTokens === 0) return { path: 'resample', reason: 'empty_answer' };
  if (call.promptTokens === 0) return preference('rendered', 'empty_prompt');
  if (call.tokenizerHash !== current.tokenizerHash) return preference('rendered', 'other_tokenizer');
  if (call.baseModel !== current.baseModel) return preference('exact', 'other_base_model');
  if (!call.hasLogprobs) return preference('exact', 'no_logprobs');
  if (!isUsable) return preference('exact', 'logprobs_unusable');
  const { temperature, topP, topK } = call.params;
  if (temperature !== 1 || topP !== 1 || topK !== -1) return preference('exact', 'not_on_policy_params');
  return { path: 'ratio' };
}

/** From what loses nothing to what leaves nothing to train on. */
function costOf(path: TrainingPath): number {
  if (path.path === 'ratio') return 0;
  if (path.path === 'resample') return 3;
  return path.tokens === 'exact' ? 1 : 2;
}

/**
 * Of a turn, which has a call of the model before each tool and one at the end. People judged the answer as a whole, and what it
 * is worth holds for all that led to it: so it trains the way that every one of its calls may, by ratios only if all of them
 * may, and with rendered text if one call must be. A call without tokens is the last, so that there was no answer to
 * judge. Of calls that may train alike the first gives the reason.
 * `calls`: what serving kept of all of them, in order, `undefined` for one that gave no ids; none where no engine answered. The
 * tokens of a tool's result stand in the next call's prompt, and are read, never trained (`mergeTalk`).
 */
export function turnTrainingPath(
  calls: readonly (SampledTokens | undefined)[],
  current: TrainedPolicy,
): TrainingPath {
  return worstOf(calls.map((call) => trainingPath(call, current)));
}

/**
 * As `turnTrainingPath`, of lengths alone: log-probabilities that were kept are taken for usable. Whether they are is seen when
 * a step reads them, and learns by ratios of those only that are.
 */
export function plannedTrainingPath(calls: readonly SampledLengths[], current: TrainedPolicy): TrainingPath {
  return worstOf(calls.map((call) => pathOf(call, true, current)));
}

/** Of alike ones the first; without any, that of an answer from elsewhere. */
function worstOf([
  first = preference('rendered', 'not_sampled_by_engine'),
  ...others
]: readonly TrainingPath[]): TrainingPath {
  return others.reduce((worst, path) => (costOf(path) > costOf(worst) ? path : worst), first);
}

function preference(tokens: 'exact' | 'rendered', reason: NoRatioReason): TrainingPath {
  return { path: 'preference', tokens, reason };
}

function areUsable(logprobs: Float32Array, tokens: number): boolean {
  return logprobs.length === tokens && logprobs.every(isUsableLogprob);
}

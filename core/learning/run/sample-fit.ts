import type { Platform } from '../../domain/ids.ts';
import type { SampledLengths } from '../../domain/sampling.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import type { Turn } from '../../domain/turn.ts';
import { plannedTrainingPath, type TrainedPolicy, type TrainingPath } from '../training-path.ts';
import type { RunReason } from './run-reasons.ts';

/** What is trained. `tokens`: by the exact ids that serving kept. `text`: by a provider that is given the words. */
export type TrainingTarget =
  | { readonly kind: 'tokens'; readonly policy: TrainedPolicy; readonly maxContextTokens: number }
  | {
      readonly kind: 'text';
      readonly maxContextTokens: number;
      /** Platforms whose prompts are not put together here, and cannot be once more. */
      readonly foreignPlatforms: readonly Platform[];
    };

export interface SampleFit {
  readonly path: TrainingPath;
  /** Of all calls. Of a text an estimate without its prompt, which is put together later. */
  readonly tokens: number;
  readonly longestTokens: number;
  /** Why it cannot train this target. */
  readonly misfit?: RunReason;
}

/** How an answer fits what is trained. `calls`: as `TurnStore.sampledLengths`. */
export function fitOf(
  { conversation, requestText, replyText }: Pick<Turn, 'conversation' | 'requestText' | 'replyText'>,
  calls: readonly SampledLengths[],
  target: TrainingTarget,
): SampleFit {
  if (target.kind === 'text') {
    const tokens = estimateTokens(requestText) + estimateTokens(replyText);
    const path: TrainingPath =
      replyText.trim() === ''
        ? { path: 'resample', reason: 'empty_answer' }
        : { path: 'preference', tokens: 'rendered', reason: 'not_sampled_by_engine' };
    const fit = { path, tokens, longestTokens: tokens };
    const isForeign = target.foreignPlatforms.includes(conversation.platform);
    return isForeign ? { ...fit, misfit: 'foreign_prompt' } : withMisfit(fit, target);
  }
  const lengths = calls.map(({ promptTokens, answerTokens }) => promptTokens + answerTokens);
  return withMisfit(
    {
      path: plannedTrainingPath(calls, target.policy),
      tokens: lengths.reduce((sum, length) => sum + length, 0),
      longestTokens: Math.max(0, ...lengths),
    },
    target,
  );
}

function withMisfit(fit: SampleFit, target: TrainingTarget): SampleFit {
  const misfit = misfitOf(fit, target);
  return misfit === undefined ? fit : { ...fit, misfit };
}

function misfitOf({ path, longestTokens }: SampleFit, target: TrainingTarget): RunReason | undefined {
  if (path.path === 'resample') return 'empty_answer';
  if (target.kind === 'tokens' && path.path === 'preference' && path.tokens === 'rendered') {
    return path.reason === 'other_tokenizer' ? 'other_tokenizer' : 'no_token_ids';
  }
  // An engine weighs tokens by writing one more behind them.
  const mostTokens = target.kind === 'tokens' ? target.maxContextTokens - 1 : target.maxContextTokens;
  return longestTokens > mostTokens ? 'too_long' : undefined;
}

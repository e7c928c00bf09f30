import type { SampledAnswer } from '../../core/domain/sampling.ts';
import type { Logger } from '../../core/ports/logger.ts';

/**
 * The log-probabilities of an answer where there is a finite one for each token; else none and a warning, as training with
 * wrong ones is worse than without any.
 */
export function usableLogprobs(
  { tokens, logprobs }: SampledAnswer,
  samplerVersion: string,
  logger: Pick<Logger, 'warn'>,
): Float32Array | undefined {
  if (logprobs === undefined) return undefined;
  const isOfEach = logprobs.length === tokens.length;
  if (isOfEach && logprobs.every(Number.isFinite)) return logprobs;
  logger.warn('engine_logprobs_unusable', {
    sampler: samplerVersion,
    reason: isOfEach ? 'not_finite' : 'wrong_length',
    tokens: tokens.length,
    logprobs: logprobs.length,
  });
  return undefined;
}

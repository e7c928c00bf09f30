/** How tokens are drawn. */
export interface SamplingParams {
  readonly maxTokens: number;
  /** 1 draws from the policy as it is; 0 takes the likeliest. */
  readonly temperature: number;
  /** 1 is off. */
  readonly topP: number;
  /** −1 is off. */
  readonly topK: number;
  readonly seed?: number;
}

export type StopReason = 'stop' | 'length';

/** One drawn answer. */
export interface SampledAnswer {
  /** The stop token, where one ended it, is the last. */
  readonly tokens: Int32Array;
  /** As many as tokens: natural logarithms, as the engine gave them; absent where it gave none. */
  readonly logprobs?: Float32Array;
  readonly stopReason: StopReason;
}

/**
 * What one call of an engine read and wrote, exact, kept from serving: training uses these ids and renders nothing again.
 * Ids of one `tokenizerHash` only may be compared.
 */
export interface SampledTokens extends SampledAnswer {
  readonly prompt: Int32Array;
  readonly params: SamplingParams;
  /** Digest of the tokenizer, its configuration and the chat template. */
  readonly tokenizerHash: string;
  readonly baseModel: string;
  /** Which weights drew it: the sampler's own name for them. */
  readonly samplerVersion: string;
}

/** What is known of such a call without its ids and numbers. */
export interface SampledLengths extends Pick<SampledTokens, 'params' | 'tokenizerHash' | 'baseModel'> {
  readonly promptTokens: number;
  readonly answerTokens: number;
  readonly hasLogprobs: boolean;
}

export function lengthsOf({
  prompt,
  tokens,
  logprobs,
  params,
  tokenizerHash,
  baseModel,
}: SampledTokens): SampledLengths {
  return {
    promptTokens: prompt.length,
    answerTokens: tokens.length,
    hasLogprobs: logprobs !== undefined,
    params,
    tokenizerHash,
    baseModel,
  };
}

import type { SampledAnswer } from '../../../core/domain/sampling.ts';
import type { EngineSampler, SampleRequest } from '../../../core/ports/trainer.ts';
import { answerIds } from './stand-in-tokenizer.ts';

export interface StandInSampler extends EngineSampler {
  /** In order; the same objects as were given. */
  readonly requests: readonly SampleRequest[];
  /** What it gave, in order. */
  readonly answers: readonly SampledAnswer[];
}

/** An answer that says so, whole, with a log-probability for each id. */
export function saying(text: string, more: Parameters<typeof answerIds>[1] = {}): SampledAnswer {
  const tokens = answerIds(text, more);
  return {
    tokens,
    logprobs: Float32Array.from(tokens, (id, at) => -((id % 7) + 1) / (at + 3)),
    stopReason: more.isCutOff === true ? 'length' : 'stop',
  };
}

/** Samples what a function says, at once or when its promise resolves; it may reject. */
export function createStandInSampler(
  answerTo: (
    request: SampleRequest,
    signal: AbortSignal,
    nth: number,
  ) => SampledAnswer | Promise<SampledAnswer>,
  names: { readonly version?: string; readonly baseModel?: string } = {},
): StandInSampler {
  const requests: SampleRequest[] = [];
  const answers: SampledAnswer[] = [];
  return {
    version: names.version ?? 'engine://weights/1',
    baseModel: names.baseModel ?? 'stand-in-base',
    requests,
    answers,
    async sample(request, signal) {
      requests.push(request);
      const answer = await answerTo(request, signal, requests.length);
      answers.push(answer);
      return [answer];
    },
    logprobs: () => Promise.reject(new Error('no test asks a stand-in for these')),
  };
}

/** What never comes, until the signal says so; whether it heard. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('given up')), { once: true });
  });
}

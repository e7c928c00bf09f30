import type { SampledTokens } from '../../../core/domain/sampling.ts';
import { rigBaseModel, rigTokenizer } from '../training-rig.ts';

const digits = 50;

/** What the engine read and wrote for a turn: other ids for each turn of a world, up to 2,500. */
export function tokensOfTurn(number: number): SampledTokens {
  return {
    prompt: Int32Array.of(1, 2 + Math.floor(number / digits), 2 + (number % digits)),
    tokens: Int32Array.of(20 + (number % 30), 7),
    logprobs: Float32Array.of(-2, -2),
    stopReason: 'stop',
    params: { maxTokens: 8, temperature: 1, topP: 1, topK: -1 },
    tokenizerHash: rigTokenizer,
    baseModel: rigBaseModel,
    samplerVersion: rigBaseModel,
  };
}

/** The turn that a sequence belongs to. */
export function numberOfTokens([, high = Number.NaN, low = Number.NaN]: ArrayLike<number> &
  Iterable<number>): number {
  return (high - 2) * digits + low - 2;
}

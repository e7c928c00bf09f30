import type { AdamParams, Datum, Loss } from '../../../core/domain/datum.ts';
import type { SampleRequest } from '../../../core/ports/trainer.ts';

export const crossEntropy: Loss = { name: 'cross_entropy' };
export const adam: AdamParams = { learningRate: 0.05 };

/** A datum of these tokens, each held to the next one; `from`: where the model's own words begin. */
export function datum(tokens: readonly number[], from = 0): Datum {
  const input = Int32Array.from(tokens.slice(0, -1));
  return {
    input,
    targets: Int32Array.from(tokens.slice(1)),
    weights: Float32Array.from(input, (_, at) => (at >= from ? 1 : 0)),
  };
}

/** As `datum`, with what losses of a ratio need. */
export function ratioDatum(tokens: readonly number[], advantage = 1): Datum {
  const plain = datum(tokens);
  return {
    ...plain,
    logprobs: Float32Array.from(plain.input, () => -4),
    advantages: Float32Array.from(plain.input, () => advantage),
  };
}

export const batch: readonly Datum[] = [datum([1, 2, 3, 4, 5]), datum([9, 8, 7])];

export const question: SampleRequest = {
  prompt: Int32Array.of(1, 2, 3),
  count: 2,
  stopIds: [],
  params: { maxTokens: 6, temperature: 1, topP: 1, topK: -1, seed: 7 },
};

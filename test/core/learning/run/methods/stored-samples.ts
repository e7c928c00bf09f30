import type { SampledTokens } from '../../../../../core/domain/sampling.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { sampleTurn } from '../../../../contract/store-samples.ts';

export function callOf(
  prompt: readonly number[],
  tokens: readonly number[],
  changes: Partial<SampledTokens> = {},
): SampledTokens {
  return {
    prompt: Int32Array.from(prompt),
    tokens: Int32Array.from(tokens),
    stopReason: 'stop',
    params: { maxTokens: 12, temperature: 1, topP: 1, topK: -1 },
    tokenizerHash: 'numbers',
    baseModel: 'toy',
    samplerVersion: 'toy-1',
    ...changes,
  };
}

/** A liked answer, whole, to the prompt 3 1 4. */
export function storedSample(id: string, changes: Partial<PreparedSample> = {}): PreparedSample {
  const turn = {
    ...sampleTurn(id),
    state: 'done',
    replyText: `The answer to ${id}.`,
    replyRefs: [],
  } as const;
  return {
    turnId: turn.turnId,
    turn,
    calls: [callOf([3, 1, 4], [2, 5, 0])],
    value: 1,
    weight: 1,
    baseline: 0,
    hints: [],
    ...changes,
  };
}

import { turnId } from '../../../../../core/domain/ids.ts';
import type { SampledTokens } from '../../../../../core/domain/sampling.ts';
import type { Turn } from '../../../../../core/domain/turn.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import type { StepSettings } from '../../../../../core/learning/run/step-engine.ts';
import { sampleTurn } from '../../../../contract/store-samples.ts';

export const trainedPolicy = { tokenizerHash: 'toy', baseModel: 'test/tiny' };

export const stepSettings: StepSettings = {
  beta: 0.5,
  kl: 0,
  leastEss: 0.3,
  ratioCap: 2,
  advantageCap: 2,
  groupSize: 4,
  groupMaxTokens: 8,
  distillation: 0,
  seed: 1,
};

/** One call, drawn from a policy as it was. */
export function call(
  prompt: readonly number[],
  tokens: readonly number[],
  changes: Partial<SampledTokens> = {},
): SampledTokens {
  return {
    prompt: Int32Array.from(prompt),
    tokens: Int32Array.from(tokens),
    logprobs: new Float32Array(tokens.length).fill(-1.5),
    stopReason: 'stop',
    params: { maxTokens: 8, temperature: 1, topP: 1, topK: -1 },
    samplerVersion: 'sampler/1',
    ...trainedPolicy,
    ...changes,
  };
}

export interface PreparedChanges extends Partial<Omit<PreparedSample, 'turn' | 'turnId'>> {
  readonly turn?: Partial<Turn>;
}

/** A sample whose request nobody else made. */
export function prepared(
  id: string,
  calls: readonly SampledTokens[],
  changes: PreparedChanges = {},
): PreparedSample {
  const turn = {
    ...sampleTurn(id),
    state: 'done',
    replyText: `answer ${id}`,
    replyRefs: [],
    ...changes.turn,
  } as const;
  return { turnId: turnId(id), calls, value: 1, weight: 1, baseline: 0, hints: [], ...changes, turn };
}

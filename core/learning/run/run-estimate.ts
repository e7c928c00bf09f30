import type { RunMethod, Spend } from '../../domain/training-run.ts';
import type { TokenUse } from './engine-prices.ts';
import type { GatheredSample } from './gathered-sample.ts';
import type { CallCost } from './run-gate.ts';

export interface EstimateOptions {
  /** Fresh answers to each prompt, and the most tokens each may have. */
  readonly groupSize: number;
  readonly groupMaxTokens: number;
  readonly priceOf: (use: TokenUse) => CallCost;
}

type Measured = Pick<GatheredSample, 'tokens' | 'hasHints'>;

/**
 * How often each method reads a sample without learning from it: by the policy of now and by that which serves, by the base
 * model to see how far it is off, and for KTO, and DPO's answers without a partner, twice more under others' prompts.
 */
const passes: Readonly<Record<Exclude<RunMethod, 'groups' | 'teacher'>, number>> = {
  kto: 5,
  dpo: 5,
  policy_gradient: 3,
  hindsight: 4,
  sft: 0,
  wording: 0,
};

const tokensOf = (samples: readonly Measured[]): number =>
  samples.reduce((sum, { tokens }) => sum + tokens, 0);

function fresh(prompts: number, samples: number, answers: number, maxTokens: number): TokenUse {
  const write = samples * answers * maxTokens;
  const train = prompts * answers + write;
  // Read as prompts, then whole by the policy that serves, the base model, and a teacher or the policy of now.
  return { train, read: prompts + 3 * train, write };
}

function useOf(method: RunMethod, samples: readonly Measured[], options: EstimateOptions): TokenUse {
  const { groupSize, groupMaxTokens } = options;
  if (method === 'groups' || method === 'teacher') {
    const answers = method === 'groups' ? groupSize : 1;
    return fresh(tokensOf(samples), samples.length, answers, groupMaxTokens);
  }
  const taken = method === 'hindsight' ? samples.filter(({ hasHints }) => hasHints) : samples;
  return { train: tokensOf(taken), read: passes[method] * tokensOf(taken) };
}

/**
 * What a run is going to cost, at most by and large: fresh answers count as long as they may be, and texts that calls have in
 * common count for each. A judge's grading of fresh answers is not in it.
 */
export function estimateRun(
  methods: readonly RunMethod[],
  samples: readonly Measured[],
  steps: number,
  options: EstimateOptions,
): Spend {
  const costs = methods.map((method) => options.priceOf(useOf(method, samples, options)));
  const callsOf = (method: RunMethod): number =>
    method === 'groups' || method === 'teacher' ? steps + 3 * samples.length : 2 * steps + samples.length;
  return {
    calls: methods.reduce((sum, method) => sum + callsOf(method), 0),
    tokens: costs.reduce((sum, { tokens }) => sum + tokens, 0),
    micros: costs.reduce((sum, { micros }) => sum + micros, 0),
  };
}

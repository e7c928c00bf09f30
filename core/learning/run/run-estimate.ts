import type { RunMethod, Spend } from '../../domain/training-run.ts';
import type { TokenUse } from './engine-prices.ts';
import type { GatheredSample } from './gathered-sample.ts';
import type { CallCost } from './run-gate.ts';

export interface EstimateOptions {
  /** Fresh answers to each prompt, and the most tokens each may have. */
  readonly groupSize: number;
  readonly groupMaxTokens: number;
  /** What a prompt adds to a text, of which request and answer alone are counted: system, skills, history. @default 0 */
  readonly promptTokens?: number;
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

/** Of a text with its prompt, which is put together when it is trained. */
function tokensOf(samples: readonly Measured[], { promptTokens = 0 }: EstimateOptions): number {
  return samples.reduce((sum, { tokens }) => sum + tokens + promptTokens, 0);
}

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
    return fresh(tokensOf(samples, options), samples.length, answers, groupMaxTokens);
  }
  const taken = method === 'hindsight' ? samples.filter(({ hasHints }) => hasHints) : samples;
  const train = tokensOf(taken, options);
  return { train, read: passes[method] * train };
}

function costOf(
  method: RunMethod,
  samples: readonly Measured[],
  steps: number,
  options: EstimateOptions,
): Spend {
  const isFresh = method === 'groups' || method === 'teacher';
  const calls = isFresh ? steps + 3 * samples.length : 2 * steps + samples.length;
  return { calls, ...options.priceOf(useOf(method, samples, options)) };
}

/** Of these one is done, where pairs are too few the other. */
const alternatives: readonly RunMethod[] = ['dpo', 'sft'];

/**
 * What a run is going to cost, at most by and large: fresh answers count as long as they may be, and texts that calls have in
 * common count for each. Of learning pairs and learning by heart the dearer counts, where both are named. A judge's grading of
 * fresh answers is not in it.
 */
export function estimateRun(
  methods: readonly RunMethod[],
  samples: readonly Measured[],
  steps: number,
  options: EstimateOptions,
): Spend {
  const costs = methods.map((method) => ({ method, cost: costOf(method, samples, steps, options) }));
  const isEither = alternatives.every((method) => methods.includes(method));
  const either = isEither ? costs.filter(({ method }) => alternatives.includes(method)) : [];
  const [dearest] = either.toSorted((a, b) => b.cost.micros - a.cost.micros || b.cost.tokens - a.cost.tokens);
  return costs
    .filter((one) => one === dearest || !either.includes(one))
    .reduce(
      (sum, { cost }) => ({
        calls: sum.calls + cost.calls,
        tokens: sum.tokens + cost.tokens,
        micros: sum.micros + cost.micros,
      }),
      { calls: 0, tokens: 0, micros: 0 },
    );
}

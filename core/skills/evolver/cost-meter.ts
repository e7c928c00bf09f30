import type { ModelUsage } from '../../domain/model.ts';
import type { ModelCost } from '../../domain/proposal.ts';

/** Adds up what the calls of one piece of work cost. */
export interface CostMeter {
  /** A call that was made; `usage` where the server told it. */
  add(usage: ModelUsage | undefined): void;
  total(): ModelCost;
}

export function createCostMeter(): CostMeter {
  let calls = 0;
  let inputTokens = 0;
  let outputTokens = 0;
  return {
    add(usage) {
      calls += 1;
      inputTokens += usage?.inputTokens ?? 0;
      outputTokens += usage?.outputTokens ?? 0;
    },
    total: () => ({ calls, inputTokens, outputTokens }),
  };
}

/** What came between two totals of one meter. */
export function costSince(before: ModelCost, now: ModelCost): ModelCost {
  return {
    calls: now.calls - before.calls,
    inputTokens: now.inputTokens - before.inputTokens,
    outputTokens: now.outputTokens - before.outputTokens,
  };
}

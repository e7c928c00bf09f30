import type { ModelUsage } from '../../../core/domain/model.ts';
import { countOf, isObject } from './json-values.ts';

export interface UsageCount {
  /** Counts are running totals: what a server tells later stands, and what it leaves out then stands as it was. */
  add(usage: unknown): void;
  /** Undefined where the server told nothing. */
  usage(): ModelUsage | undefined;
}

/** `inputNames`: what the server calls the parts of the prompt's tokens, of which it counts none twice. */
export function createUsageCount(inputNames: readonly string[], outputName: string): UsageCount {
  const names = [...inputNames, outputName];
  const counts = new Map<string, number>();
  return {
    add(usage) {
      if (!isObject(usage)) return;
      for (const name of names) {
        const count = countOf(usage[name]);
        if (count !== undefined) counts.set(name, count);
      }
    },
    usage() {
      if (counts.size === 0) return undefined;
      const inputTokens = inputNames.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
      return { inputTokens, outputTokens: counts.get(outputName) ?? 0 };
    },
  };
}

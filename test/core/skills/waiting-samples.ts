import type { SampleStore, WaitingSample } from '../../../core/ports/sample-store.ts';

export interface WaitingSamples extends SampleStore {
  /** How many were handed out in each call, in order. */
  readonly pages: readonly number[];
}

/** Waiting samples as a test gives them, also later: the array is read at each call. Nothing is ever dropped from it. */
export function createWaitingSamples(samples: readonly WaitingSample[]): WaitingSamples {
  const pages: number[] = [];
  return {
    pages,
    async waiting(generation, afterTurnId, limit) {
      const page = samples
        .filter((sample) => sample.generation <= generation && sample.turnId > afterTurnId)
        .toSorted((a, b) => (a.turnId < b.turnId ? -1 : 1))
        .slice(0, limit);
      pages.push(page.length);
      return structuredClone(page);
    },
    counts: async () => ({ dropped: 0, trained: 0, waiting: samples.length }),
  };
}

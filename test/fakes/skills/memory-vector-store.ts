import type { VectorStore } from '../../../core/ports/vector-store.ts';

export interface MemoryVectorStore extends VectorStore {
  /** Every call from now on rejects with this; undefined: works again. */
  failWith(error: Error | undefined): void;
}

export function createMemoryVectorStore(): MemoryVectorStore {
  const models = new Map<string, Map<string, Float32Array>>();
  let failure: Error | undefined;

  function shelf(modelId: string): Map<string, Float32Array> {
    if (failure !== undefined) throw failure;
    const known = models.get(modelId) ?? new Map<string, Float32Array>();
    models.set(modelId, known);
    return known;
  }

  return {
    failWith(error) {
      failure = error;
    },
    get: async (modelId, keys) => {
      const known = shelf(modelId);
      const found = [...new Set(keys)].flatMap((key) => {
        const vector = known.get(key);
        return vector === undefined ? [] : [[key, vector.slice()] as const];
      });
      return new Map(found);
    },
    put: async (modelId, entries) => {
      const known = shelf(modelId);
      for (const { key, vector } of entries) known.set(key, vector.slice());
    },
    missing: async (modelId, keys) => [...new Set(keys).difference(shelf(modelId))],
    prune: async (modelId, keep) => {
      const known = shelf(modelId);
      const gone = [...known.keys()].filter((key) => !keep.has(key));
      for (const key of gone) known.delete(key);
      return gone.length;
    },
  };
}

export interface VectorEntry {
  /** What it is the vector of: a skill's `contentHash`. */
  readonly key: string;
  readonly vector: Float32Array;
}

/**
 * Vectors that were paid for, by the model that made them (`EmbeddingPort.modelId`) and by key. Models do not see each
 * other's. Durability and errors as in `InboxStore`.
 */
export interface VectorStore {
  /** Those that are there, number for number as they were put. Repeated keys are no error. */
  get(modelId: string, keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  /** All or nothing; replaces what is there. */
  put(modelId: string, entries: readonly VectorEntry[]): Promise<void>;
  /** The keys that `get` would not find, in the order of `keys`, each once. */
  missing(modelId: string, keys: readonly string[]): Promise<readonly string[]>;
  /** Forgets this model's vectors of all other keys; resolves with how many. */
  prune(modelId: string, keep: ReadonlySet<string>): Promise<number>;
}

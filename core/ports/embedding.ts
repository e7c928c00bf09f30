/** Turns texts into vectors: the more two texts mean the same, the closer to 1 is the inner product of theirs. */
export interface EmbeddingPort {
  /** What is configured, for `status` and `doctor`: `text-embedding-3-small at api.openai.com`. No secrets. */
  readonly description: string;
  /** Vectors can be compared within one id only; it is a part of every stored vector's key. */
  readonly modelId: string;
  /**
   * One vector a text, in the order of the texts, all of as many numbers and of length 1. No text gives no vectors. A text
   * that is too long for the model is read as far as it goes. Any number of texts: the adapter splits them into calls.
   *
   * All or nothing; never tries again. Rejects with an `AppError`: `invalid_input` where a text is blank, `auth_failed`,
   * `rate_limited` (with `retryAfterMs` where the server says it), `network`, `timeout`, `refused_by_peer`, `peer_failed`,
   * `bad_reply` (not as many vectors as texts, vectors of different dimensions, numbers that are none), `aborted`.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>;
}

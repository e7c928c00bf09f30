import type { ModelEvent, ModelRequest } from '../domain/model.ts';

/**
 * Something that answers. The stream never throws: every failure, abort included (`aborted`), is its last event.
 * Order and shape are written at `ModelEvent`. Dropping the iterator early frees everything behind it.
 */
export interface ModelPort {
  /** What is configured, for `status` and `doctor`: `gpt-5-mini at api.openai.com`. No secrets. */
  readonly description: string;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

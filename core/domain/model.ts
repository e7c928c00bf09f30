import type { AppError } from './app-error.ts';
import type { PolicyId } from './policy.ts';
import type { SampledTokens } from './sampling.ts';

/** One entry of the prompt. Times and ids stay outside: only what the model reads is here. */
export type ModelMessage =
  | { readonly role: 'system'; readonly text: string }
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly text: string };

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: JSON, or something that should have been. */
  readonly argumentsJson: string;
}

/** The form that an answer must have. `name`: letters, digits, `_` and `-`, at most 64. */
export interface ResponseFormat {
  readonly name: string;
  /** JSON Schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolSpec[];
  readonly maxOutputTokens?: number;
  /** Asked of the server where it can; the answer is not checked here, and a server that cannot answers without it. */
  readonly responseFormat?: ResponseFormat;
  /** 0 to 2; left to the server where absent, and where the model takes none. */
  readonly temperature?: number;
  /**
   * Whose talk it is, as an opaque key: a model that remembers what it read goes on with the memory of this key alone. Absent
   * where the call is no person's talk, as those of helpers: then nothing is remembered, and nothing gone on with.
   */
  readonly conversation?: string;
  /** Who is to answer; the configured model where absent. A model that knows no policies answers as it is. */
  readonly policy?: PolicyId;
}

export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/**
 * What a model's stream yields. Order: `started` once, then any number of `text` and `tool_call`, then exactly one of
 * `completed` and `failed`, which is last. `failed` may also come first. `tool_call` is whole, never a fragment.
 */
export type ModelEvent =
  | {
      readonly type: 'started';
      /** What answers, for the turn's record: `gpt-5-mini`, `demo`. */
      readonly model: string;
    }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_call'; readonly call: ToolCall }
  | {
      readonly type: 'completed';
      readonly finishReason: FinishReason;
      readonly usage?: ModelUsage;
      /** What was read and written, token by token, where an engine answered. */
      readonly sampled?: SampledTokens;
    }
  | { readonly type: 'failed'; readonly error: AppError };

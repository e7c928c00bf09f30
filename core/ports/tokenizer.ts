import type { ModelMessage, ToolCall, ToolSpec } from '../domain/model.ts';

/** Text to token ids and back, for one model. Pure and synchronous; the same input always gives the same ids. */
export interface TokenizerPort {
  /** Digest of the tokenizer, its configuration and the chat template: ids of one hash only may be compared. */
  readonly hash: string;
  /** Ids that end an answer. */
  readonly stopIds: readonly number[];
  /**
   * A prompt by the model's chat template, up to where its answer begins. What messages and tools contain never becomes a
   * special or added token, whatever it spells; those come from the template alone. Throws `invalid_input` where the template
   * refuses the messages.
   */
  renderPrompt(messages: readonly ModelMessage[], tools: readonly ToolSpec[]): Int32Array;
  /**
   * The prompt of a talk that goes on, with the prefix property: it begins with `before.prompt` and `before.answer` id by id,
   * and only what was said since is rendered. `messages`: the whole talk; the first `before.messageCount` of them were rendered
   * into `before.prompt`, and the one after those is the answer. `undefined` where this template gives no such continuation.
   */
  continuePrompt(
    before: RenderedTalk,
    messages: readonly ModelMessage[],
    tools: readonly ToolSpec[],
  ): Int32Array | undefined;
  /** What an answer says: stop token, reasoning and the markup of tool calls taken out. */
  parseAnswer(tokens: Int32Array): ParsedAnswer;
  /** Text alone, in which nothing is special. */
  encode(text: string): Int32Array;
  decode(tokens: Int32Array): string;
}

export interface RenderedTalk {
  readonly prompt: Int32Array;
  /** Its stop token included. */
  readonly answer: Int32Array;
  readonly messageCount: number;
}

export interface ParsedAnswer {
  readonly text: string;
  readonly toolCalls: readonly Omit<ToolCall, 'id'>[];
  /** Whether it ended with a stop token. */
  readonly isWhole: boolean;
}

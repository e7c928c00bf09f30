import type { ModelMessage, ToolCall, ToolSpec } from '../domain/model.ts';

/** Text to token ids and back, for one model. Pure and synchronous; the same input always gives the same ids. */
export interface TokenizerPort {
  /** Digest of the tokenizer, its configuration and the chat template: ids of one hash only may be compared. */
  readonly hash: string;
  /** Ids that end an answer. */
  readonly stopIds: readonly number[];
  /**
   * A prompt by the model's chat template, up to where its answer begins. What messages and tools contain never becomes a
   * stop id, a special token, or an added token of more than one character besides the space around it, whatever it spells
   * and in whatever case: those come from the template alone. Two kinds stay text: added tokens that are not special and are
   * a single character or a run of space, and a character that is special and ends no answer where the model has no other
   * token for it. A character for which the model has no other token than a stop id is left out. Throws `invalid_input` where the
   * template refuses the messages.
   */
  renderPrompt(messages: readonly ModelMessage[], tools: readonly ToolSpec[]): Int32Array;
  /**
   * The prompt of a talk that goes on, with the prefix property: it begins with `before.prompt` and `before.answer` id by id,
   * and goes on with what the template writes after an answer: its end, if it has none, and what was said since. `messages`:
   * the whole talk; the first `before.messageCount` of them were rendered into `before.prompt`, and the one after those is the
   * answer. Space and the beginning of reasoning that a template puts before the answer to come alone, or before given ones
   * alone, stay as they were in `before`. `undefined` where the template changes more of what came before, leaves the answer
   * out, or does not end it with a stop id.
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

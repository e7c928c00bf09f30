import type { FinishReason, ModelUsage, ToolCall } from '../../../core/domain/model.ts';

export interface ChatHead {
  /** `chatcmpl-…` */
  readonly id: string;
  /** Epoch seconds. */
  readonly created: number;
  /** As the caller asked for it. */
  readonly model: string;
}

function usageOf({ inputTokens, outputTokens }: ModelUsage): object {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

const callOf = ({ id, name, argumentsJson }: ToolCall): object => ({
  id,
  type: 'function',
  function: { name, arguments: argumentsJson },
});

/**
 * Pieces of a streamed chat completion as server-sent events (OpenAI API reference, chat completion chunk). `includesUsage`: the caller
 * asked for a piece that tells usage; then all others say that they tell none.
 */
export function chatEvents(
  head: ChatHead,
  includesUsage: boolean,
): {
  role(): string;
  text(text: string): string;
  /** `index`: which call of the answer, from 0. */
  call(call: ToolCall, index: number): string;
  finish(reason: FinishReason): string;
  usage(usage: ModelUsage): string;
  failed(error: object): string;
  done(): string;
} {
  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  const chunk = (delta: object, finishReason: FinishReason | null = null): string =>
    event({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
      ...(includesUsage ? { usage: null } : {}),
    });
  return {
    role: () => chunk({ role: 'assistant', content: '' }),
    text: (content) => chunk({ content }),
    call: (call, index) => chunk({ tool_calls: [{ index, ...callOf(call) }] }),
    finish: (reason) => chunk({}, reason),
    usage: (usage) => event({ ...head, object: 'chat.completion.chunk', choices: [], usage: usageOf(usage) }),
    failed: event,
    done: () => 'data: [DONE]\n\n',
  };
}

export interface WholeAnswer {
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly finishReason: FinishReason;
  readonly usage?: ModelUsage;
}

/** A whole chat completion (OpenAI API reference, chat completion object). */
export function chatBody(head: ChatHead, { text, calls, finishReason, usage }: WholeAnswer): object {
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
  };
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }],
    ...(usage === undefined ? {} : { usage: usageOf(usage) }),
  };
}

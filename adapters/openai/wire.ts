import * as z from 'zod';
import type { FinishReason, ModelUsage } from '../../core/domain/model.ts';

export interface ToolCallFragment {
  readonly index: number | undefined;
  /** Empty where the fragment has none. */
  readonly id: string;
  readonly name: string;
  readonly argumentsJson: string;
}

/** One chunk of a streamed answer, or a whole answer that was not streamed. */
export interface AnswerChunk {
  readonly text: string;
  readonly toolCalls: readonly ToolCallFragment[];
  /** `error` is a server's way to say that it gave up in the middle. */
  readonly finishReason: FinishReason | 'error' | undefined;
  readonly usage: ModelUsage | undefined;
}

const part = z.looseObject({ type: z.string().optional(), text: z.string().optional() });

const toolCall = z.looseObject({
  index: z.number().nullish(),
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.unknown().optional() }).nullish(),
});

const message = z.looseObject({
  content: z.union([z.string(), z.array(part)]).nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
});

const choice = z.looseObject({
  index: z.number().nullish(),
  delta: message.nullish(),
  message: message.nullish(),
  finish_reason: z.string().nullish(),
});

const chunk = z.looseObject({
  choices: z.array(choice).nullish(),
  usage: z
    .looseObject({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() })
    .nullish(),
});

const finishReasons: Readonly<Record<string, FinishReason | 'error'>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  error: 'error',
  insufficient_system_resource: 'error',
};

function finishReason(text: string | null | undefined): FinishReason | 'error' | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  // Servers have many words for a regular end: eos, end_turn, stop_sequence.
  return finishReasons[text] ?? 'stop';
}

function textOf(content: z.infer<typeof message>['content']): string {
  if (typeof content === 'string') return content;
  return (content ?? [])
    .filter((one) => one.type === undefined || one.type === 'text')
    .map((one) => one.text ?? '')
    .join('');
}

function argumentsOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fragmentOf(call: z.infer<typeof toolCall>): ToolCallFragment {
  return {
    index: call.index ?? undefined,
    id: call.id ?? '',
    name: call.function?.name ?? '',
    argumentsJson: argumentsOf(call.function?.arguments),
  };
}

/**
 * Reads a chunk; undefined when it is none. Reasoning (`reasoning_content`, `reasoning`, parts of another type than
 * text) is left out; a refusal is text. Only the first choice counts.
 */
export function parseChunk(value: unknown): AnswerChunk | undefined {
  const parsed = chunk.safeParse(value);
  if (!parsed.success || (!parsed.data.choices && !parsed.data.usage)) return undefined;
  const { choices, usage } = parsed.data;
  const first = choices?.find((one) => (one.index ?? 0) === 0);
  const said = first?.delta ?? first?.message;
  return {
    text: textOf(said?.content) + (said?.refusal ?? ''),
    toolCalls: (said?.tool_calls ?? []).map(fragmentOf),
    finishReason: finishReason(first?.finish_reason),
    usage: usage
      ? { inputTokens: usage.prompt_tokens ?? 0, outputTokens: usage.completion_tokens ?? 0 }
      : undefined,
  };
}

const peerError = z.looseObject({
  status: z.number().optional(),
  message: z.string(),
  code: z.union([z.string(), z.number()]).nullish(),
  type: z.string().nullish(),
  headers: z.instanceof(Headers).optional(),
  error: z.unknown().optional(),
});

/** What a failed call tells about the server, whichever class the SDK made of it. */
export interface PeerError {
  /** HTTP status; undefined when the connection failed or the server reported the error inside its stream. */
  readonly status: number | undefined;
  readonly text: string;
  readonly code: string;
  readonly headers: Headers;
  /** The server said so itself, in a status or in its stream; otherwise the connection failed. */
  readonly fromServer: boolean;
}

export function parsePeerError(thrown: unknown): PeerError | undefined {
  const parsed = peerError.safeParse(thrown);
  if (!(thrown instanceof Error) || !parsed.success) return undefined;
  const { status, message: text, code, type, headers, error } = parsed.data;
  return {
    status,
    text,
    code: String(code ?? type ?? ''),
    headers: headers ?? new Headers(),
    fromServer: status !== undefined || (error !== undefined && error !== null),
  };
}

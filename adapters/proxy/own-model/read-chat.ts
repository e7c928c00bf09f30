import * as z from 'zod';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ModelMessage, ModelRequest, ToolSpec } from '../../../core/domain/model.ts';
import { bufferOf } from '../dialects/parse-body.ts';

const textPart = z.looseObject({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(textPart)]);
const call = z.looseObject({
  id: z.string(),
  type: z.literal('function').optional(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }),
});
const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('system'), content }),
  z.looseObject({ role: z.literal('developer'), content }),
  z.looseObject({ role: z.literal('user'), content }),
  z.looseObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    tool_calls: z.array(call).nullish(),
  }),
  z.looseObject({ role: z.literal('tool'), content, tool_call_id: z.string() }),
]);
const tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string(),
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ name: z.string(), schema: z.record(z.string(), z.unknown()) }),
  }),
]);
const tokens = z.int().min(1).nullish();
const nothing = z.null().optional();

/**
 * What our models understand of a chat completion (OpenAI API reference, `POST /chat/completions`). What would change an answer and cannot
 * be done is refused; what only steers the drawing (`top_p`, `seed`, penalties) is not looked at.
 */
const request = z.looseObject({
  messages: z.array(message).min(1),
  tools: z.array(tool).nullish(),
  tool_choice: z.enum(['auto', 'none']).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  response_format: format.nullish(),
  n: z.literal(1).nullish(),
  stop: z.union([z.null(), z.array(z.never())]).optional(),
  functions: nothing,
  function_call: nothing,
  modalities: z.array(z.literal('text')).nullish(),
  web_search_options: nothing,
  logprobs: z.literal(false).nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

export interface ReadChat {
  readonly request: Omit<ModelRequest, 'conversation' | 'policy'>;
  /** Whether a stream ends with a piece that tells usage. */
  readonly includesUsage: boolean;
  /** The answer may hold one tool call and no more. */
  readonly wantsOneCall: boolean;
}

type Read = z.output<typeof request>;
type Content = z.output<typeof content>;

const textOf = (given: Content | null | undefined): string =>
  typeof given === 'string' ? given : (given ?? []).map(({ text }) => text).join('\n');

function toMessage(given: Read['messages'][number]): ModelMessage {
  const text = textOf(given.content);
  switch (given.role) {
    case 'system':
    case 'developer':
      return { role: 'system', text };
    case 'user':
      return { role: 'user', text };
    case 'tool':
      return { role: 'tool', toolCallId: given.tool_call_id, text };
    case 'assistant': {
      const calls = (given.tool_calls ?? []).map(({ id, function: called }) => ({
        id,
        name: called.name,
        argumentsJson: called.arguments,
      }));
      return { role: 'assistant', text, ...(calls.length === 0 ? {} : { toolCalls: calls }) };
    }
  }
}

function toTool({ function: { name, description, parameters } }: z.output<typeof tool>): ToolSpec {
  return {
    name,
    description: description ?? '',
    parameters: parameters ?? { type: 'object', properties: {} },
  };
}

/** Reads a chat completion for a model that is asked through `ModelPort`. Throws `invalid_input` with `details.field`. */
export function readChat(body: Uint8Array): ReadChat {
  const parsed = request.safeParse(JSON.parse(bufferOf(body).toString('utf8')));
  if (!parsed.success) throw unfit(parsed.error);
  const { data } = parsed;
  const maxOutputTokens = data.max_completion_tokens ?? data.max_tokens;
  const { response_format: form, temperature } = data;
  return {
    request: {
      messages: data.messages.map(toMessage),
      tools: data.tool_choice === 'none' ? [] : (data.tools ?? []).map(toTool),
      ...(maxOutputTokens == null ? {} : { maxOutputTokens }),
      ...(temperature == null ? {} : { temperature }),
      ...(form?.type === 'json_schema'
        ? { responseFormat: { name: form.json_schema.name, schema: form.json_schema.schema } }
        : {}),
    },
    includesUsage: data.stream_options?.include_usage === true,
    wantsOneCall: data.parallel_tool_calls === false,
  };
}

function unfit(error: z.ZodError): AppError {
  const [issue] = error.issues;
  const field = fieldAt(issue?.path ?? []);
  return new AppError(
    'invalid_input',
    `${field === '' ? 'The request' : field} holds something that this model cannot do: text, function tools and json_schema are understood. Leave it out, or ask a model of an upstream.`,
    { details: { field } },
  );
}

/** `messages[0].content` */
function fieldAt(path: readonly PropertyKey[]): string {
  return path.reduce<string>((at, part) => {
    if (typeof part === 'number') return `${at}[${part}]`;
    return at === '' ? String(part) : `${at}.${String(part)}`;
  }, '');
}

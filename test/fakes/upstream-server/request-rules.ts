import * as z from 'zod';

/** What clients of the vendors send; one that is not here is none of the server's business. */
const known: readonly RegExp[] = [
  /^(?:host|connection|content-length|content-type|accept|accept-encoding|accept-language|user-agent|sec-fetch-mode)$/,
  /^(?:authorization|x-api-key)$/,
  /^x-stainless-[a-z-]+$/,
  /^(?:anthropic-version|anthropic-beta|openai-organization|openai-project|openai-beta|idempotency-key)$/,
];

const text = z.string();
const part = z.looseObject({ type: text });
const content = z.union([text.min(1), z.array(part).min(1)]);
const metadata = z
  .record(text.max(64), text.max(512))
  .refine((given) => Object.keys(given).length > 0, 'is empty')
  .refine((given) => !Object.keys(given).some((key) => key.startsWith('metaclaw')), 'holds a field of ours');

const toolCall = z.strictObject({
  id: text,
  type: z.literal('function'),
  function: z.strictObject({ name: text, arguments: text }),
});
const chatMessage = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content }),
  z.strictObject({ role: z.literal('user'), content, name: text.optional() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    refusal: text.nullish(),
    annotations: z.array(z.unknown()).optional(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: text, content }),
]);
const chatTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: text,
    description: text.optional(),
    parameters: z.looseObject({}).optional(),
    strict: z.boolean().optional(),
  }),
});
const amount = z.number().nullish();

/** OpenAI API reference, `POST /chat/completions`. */
const chatRequest = z.strictObject({
  model: text,
  messages: z.array(chatMessage).min(1),
  tools: z.array(chatTool).optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }).optional(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
  n: z.int().min(1).nullish(),
  seed: z.int().nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: amount,
  temperature: amount,
  top_p: amount,
  max_tokens: amount,
  max_completion_tokens: amount,
  stop: z.unknown().optional(),
  store: z.boolean().nullish(),
  user: text.optional(),
  metadata: metadata.nullish(),
});

const inputItem = z.looseObject({ type: text.optional(), role: text.optional() });

/** OpenAI API reference, `POST /responses`. */
const responsesRequest = z.strictObject({
  model: text,
  input: z.union([text.min(1), z.array(inputItem)]),
  instructions: text.nullish(),
  previous_response_id: text.nullish(),
  tools: z.array(part).optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  store: z.boolean().nullish(),
  include: z.array(text).nullish(),
  temperature: amount,
  top_p: amount,
  max_output_tokens: amount,
  text: z.looseObject({}).optional(),
  reasoning: z.looseObject({}).nullish(),
  truncation: text.nullish(),
  metadata: metadata.nullish(),
});

const message = z.strictObject({ role: z.enum(['user', 'assistant']), content });
const messageTool = z.looseObject({ name: text, input_schema: z.looseObject({ type: z.literal('object') }) });
const counted = {
  model: text,
  messages: z.array(message).min(1),
  system: z.union([text, z.array(part)]).optional(),
  tools: z.array(messageTool).optional(),
  tool_choice: z.looseObject({ type: text }).optional(),
  thinking: z.looseObject({ type: text }).optional(),
};

/** Anthropic's API reference, `POST /messages` and `POST /messages/count_tokens`. */
const messagesRequest = z.strictObject({
  ...counted,
  max_tokens: z.int().min(1),
  stream: z.boolean().optional(),
  temperature: z.number().optional(),
  stop_sequences: z.array(text).optional(),
  metadata: z.strictObject({ user_id: text.nullish() }).optional(),
});
const countRequest = z.strictObject(counted);

export const bodies: Readonly<Record<string, z.ZodType<{ readonly model: string }>>> = {
  '/v1/chat/completions': chatRequest,
  '/v1/responses': responsesRequest,
  '/v1/messages': messagesRequest,
  '/v1/messages/count_tokens': countRequest,
};

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a vendor would not have sent to it: a header that no client of its knows, packed bodies, a key of ours. */
export function headerFault(headers: Headers): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (!known.some((pattern) => pattern.test(name))) return `unknown header ${name}`;
    if (/\bmca?_/.test(String(value))) return `a key of ours in ${name}`;
  }
  return headers['accept-encoding'] === 'identity' ? undefined : 'an answer that may be packed is asked for';
}

/** What is wrong with a body, as the vendors say it; `undefined` for nothing. */
export function bodyFault(path: string, fields: unknown): string | undefined {
  const read = bodies[path]?.safeParse(fields);
  if (read === undefined || read.success) return undefined;
  const [issue] = read.error.issues;
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

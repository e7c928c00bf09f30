import * as z from 'zod';

const text = z.string().min(1);

const toolCall = z.strictObject({
  id: text,
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().regex(/^[\w-]{1,64}$/), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: text }),
  z.strictObject({ role: z.literal('user'), content: text }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string().nullable(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: text, content: z.string() }),
]);

/** What the chat completions API takes, no field more. */
export const chatRequestSchema = z.strictObject({
  model: text,
  messages: z.array(message).min(1),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  max_tokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  response_format: z
    .strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: z.string().regex(/^[\w-]{1,64}$/),
        strict: z.literal(true),
        schema: z.looseObject({ type: z.literal('object'), additionalProperties: z.literal(false) }),
      }),
    })
    .optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string(),
          parameters: z.record(z.string(), z.unknown()),
        }),
      }),
    )
    .min(1)
    .optional(),
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;

/** What the embeddings API takes, no field more. An input is never empty and has at most 2,048 texts. */
export const embeddingRequestSchema = z.strictObject({
  model: text,
  input: z.union([text, z.array(text).min(1).max(2_048)]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().min(1).optional(),
  user: z.string().optional(),
});

export type EmbeddingRequest = z.infer<typeof embeddingRequestSchema>;
type ChatMessage = ChatRequest['messages'][number];

function callIds(message: ChatMessage): readonly string[] {
  return message.role === 'assistant' ? (message.tool_calls ?? []).map((call) => call.id) : [];
}

/** The first thing a strict server would dislike about the order of the messages; undefined when there is none. */
export function orderProblem(messages: readonly ChatMessage[]): string | undefined {
  let open = new Set<string>();
  let spoken = false;
  for (const [index, one] of messages.entries()) {
    if (one.role === 'tool') {
      if (!open.delete(one.tool_call_id)) {
        return `messages[${index}]: role 'tool' must answer a preceding message with 'tool_calls'`;
      }
      continue;
    }
    if (open.size > 0) return `messages[${index}]: tool_call_ids without a response: ${[...open].join(', ')}`;
    if (one.role === 'system') {
      if (spoken) return `messages[${index}]: a system message must come first`;
      continue;
    }
    if (!spoken && one.role !== 'user') return `messages[${index}]: the first message must be of role 'user'`;
    spoken = true;
    const ids = callIds(one);
    open = new Set(ids);
    if (open.size !== ids.length) return `messages[${index}]: duplicate tool_call ids`;
    if (ids.length === 0 && one.content === null) {
      return `messages[${index}]: content is required unless there are tool_calls`;
    }
  }
  const last = messages.at(-1)?.role;
  if (open.size > 0) return `tool_call_ids without a response: ${[...open].join(', ')}`;
  if (last !== 'user' && last !== 'tool') return "the last message must be of role 'user' or 'tool'";
  return undefined;
}

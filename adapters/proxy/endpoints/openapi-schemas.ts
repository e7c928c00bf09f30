import { z } from 'zod';
import { commandAnswer, commandBody } from './commands.ts';
import { feedbackAnswer, feedbackBody } from './feedback-body.ts';
import { anthropicList, anthropicModel, openAiList, openAiModel } from './model-shape.ts';

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export function refTo(name: keyof typeof schemas): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** As the endpoints themselves read and write it. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
}

/** Where `null` counts as absent. */
const given = (field: string) => ({
  required: [field],
  properties: { [field]: { not: { type: 'null' } } },
});

const text = (description: string) => ({ type: 'string', description });

const named = (name: string) => ({ type: 'string', minLength: 1, description: name });

/** Fields of ours in `metadata`; they are not sent on. */
const metadata = {
  type: ['object', 'null'],
  properties: {
    metaclaw_key: {
      ...text('Your own name for the answer, to give feedback by: at most 200 characters.'),
      minLength: 1,
      maxLength: 200,
    },
    metaclaw_feedback: text(
      'What you say of the last answer of this talk, or of one that it names: `up`, `down`, `null`, or a `FeedbackRequest` as JSON.',
    ),
  },
  additionalProperties: true,
};

const model = named('A model of an upstream, `metaclaw/current` or `metaclaw/base`.');
const stream = { type: ['boolean', 'null'], description: 'Whether the answer comes as server-sent events.' };

const messages = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['role'],
    properties: { role: { type: 'string' } },
    additionalProperties: true,
  },
};

const untouched = 'Fields that are not named here are sent on as they are.';

const anthropicRequest = {
  type: 'object',
  description: `What is read of a request of Anthropic’s Messages API. ${untouched}`,
  required: ['model', 'messages'],
  properties: { model, messages, stream, metadata },
  additionalProperties: true,
  examples: [
    {
      model: 'claude-sonnet-4-5',
      max_tokens: 512,
      messages: [{ role: 'user', content: 'Why is the sky blue?' }],
    },
  ],
};

/** An answer of a model’s server reaches the caller as it came. */
const upstreamAnswer = {
  type: 'object',
  description: 'As the upstream answered it.',
  additionalProperties: true,
};

export const schemas = {
  ChatCompletionRequest: {
    type: 'object',
    description: `What is read of a request of OpenAI’s Chat Completions API. ${untouched}`,
    required: ['model', 'messages'],
    properties: { model, messages, stream, metadata },
    additionalProperties: true,
    examples: [
      { model: 'metaclaw/current', messages: [{ role: 'user', content: 'Why is the sky blue?' }] },
      {
        model: 'gpt-5-mini',
        stream: true,
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Why is the sky blue?' },
        ],
        metadata: { metaclaw_key: 'ticket-4711', metaclaw_feedback: 'up' },
      },
    ],
  },
  ResponsesRequest: {
    type: 'object',
    description: `What is read of a request of OpenAI’s Responses API. ${untouched}`,
    required: ['model'],
    anyOf: ['input', 'previous_response_id', 'prompt', 'conversation'].map(given),
    properties: {
      model,
      input: { type: ['string', 'array', 'null'], items: { type: 'object' } },
      instructions: { type: ['string', 'null'] },
      previous_response_id: { type: ['string', 'null'] },
      stream,
      metadata,
    },
    additionalProperties: true,
    examples: [
      { model: 'metaclaw/current', input: 'Why is the sky blue?' },
      {
        model: 'gpt-5-mini',
        input: [{ role: 'user', content: 'And at night?' }],
        previous_response_id: 'resp_68',
      },
    ],
  },
  MessagesRequest: anthropicRequest,
  UpstreamAnswer: upstreamAnswer,
  ServerSentEvents: { type: 'string', description: 'Server-sent events, as the upstream wrote them.' },
  Model: schemaOf(openAiModel),
  ModelList: schemaOf(openAiList),
  AnthropicModel: schemaOf(anthropicModel),
  AnthropicModelList: schemaOf(anthropicList),
  FeedbackRequest: schemaOf(feedbackBody),
  Feedback: schemaOf(feedbackAnswer),
  CommandRequest: schemaOf(commandBody),
  Command: schemaOf(commandAnswer),
  OpenAiError: {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['message', 'type'],
        properties: {
          message: text('What to do, as a sentence.'),
          type: { type: 'string' },
          param: { type: ['string', 'null'], description: 'The field that is wrong.' },
          code: { type: ['string', 'number', 'null'] },
        },
        additionalProperties: true,
      },
    },
    additionalProperties: true,
    examples: [
      {
        error: {
          message: '“messages” is missing.',
          type: 'invalid_request_error',
          param: 'messages',
          code: null,
        },
      },
    ],
  },
  AnthropicError: {
    type: 'object',
    required: ['type', 'error'],
    properties: {
      type: { const: 'error' },
      error: {
        type: 'object',
        required: ['type', 'message'],
        properties: { type: { type: 'string' }, message: text('What to do, as a sentence.') },
        additionalProperties: true,
      },
    },
    additionalProperties: true,
    examples: [
      { type: 'error', error: { type: 'invalid_request_error', message: '“messages” is missing.' } },
    ],
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

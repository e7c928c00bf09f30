import { type JsonSchema, refTo } from './openapi-schemas.ts';

const json = (...schemas: readonly JsonSchema[]) => {
  const [only, ...more] = schemas;
  return { 'application/json': { schema: more.length === 0 ? only : { anyOf: schemas } } };
};

const parameter = (name: string) => ({ $ref: `#/components/parameters/${name}` });
const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

const turnHeaders = {
  'x-metaclaw-turn-id': header('TurnId'),
  'x-metaclaw-session-id': header('SessionId'),
};

const waitHeaders = { 'retry-after': header('RetryAfter') };

type ErrorSchema = 'OpenAiError' | 'AnthropicError';

/** What goes wrong before a request is sent on, and what an upstream’s own error is not told by. */
const reasons: Readonly<Record<string, string>> = {
  '400':
    'The request is not what this endpoint takes: the error names the field, or the endpoint to call instead.',
  '401': 'No key, or one that is unknown or revoked.',
  '403': 'The key is not for this.',
  '404': 'There is no such thing here.',
  '408': 'The body came in too slowly.',
  '413': 'The body is larger than is taken.',
  '415': 'The body is not JSON, or is compressed.',
  '429': 'Too many requests at once or in a minute, or the month’s tokens are used up.',
  '502': 'No upstream answered.',
  '503': 'MetaClaw or its disk is busy.',
  '504': 'The upstream took too long.',
};

function errors(statuses: readonly (keyof typeof reasons)[], shapes: readonly ErrorSchema[]) {
  const content = json(...shapes.map((shape) => refTo(shape)));
  const named = statuses.map((status) => [
    status,
    {
      description: reasons[status],
      content,
      ...(status === '429' || status === '503' ? { headers: waitHeaders } : {}),
    },
  ]);
  return { ...Object.fromEntries(named), default: { description: 'Any other failure.', content } };
}

const ownStatuses = ['400', '401', '408', '413', '415', '503'];

interface ModelEndpoint {
  readonly operationId: string;
  readonly summary: string;
  readonly body: JsonSchema;
  readonly error: ErrorSchema;
  /** False: it begins no turn and answers no stream. */
  readonly isTurn: boolean;
}

/** One that passes on to an upstream. Its own errors pass as they are, whatever their status. */
function modelEndpoint({ operationId, summary, body, error, isTurn }: ModelEndpoint) {
  return {
    operationId,
    summary,
    tags: ['Models'],
    parameters: ['XSessionId', 'XTurnType', 'XSessionDone', 'XUserId'].map(parameter),
    requestBody: { required: true, content: json(body) },
    responses: {
      '200': {
        description: 'As the upstream answered, byte for byte.',
        ...(isTurn ? { headers: turnHeaders } : {}),
        content: {
          ...json(refTo('UpstreamAnswer')),
          ...(isTurn ? { 'text/event-stream': { schema: refTo('ServerSentEvents') } } : {}),
        },
      },
      ...errors([...ownStatuses, '403', '404', '429', '502', '504'], [error]),
    },
  };
}

const bothErrors = ['OpenAiError', 'AnthropicError'] as const;

export const paths = {
  '/v1/chat/completions': {
    post: modelEndpoint({
      operationId: 'createChatCompletion',
      summary: 'OpenAI’s Chat Completions, with skills',
      body: refTo('ChatCompletionRequest'),
      error: 'OpenAiError',
      isTurn: true,
    }),
  },
  '/v1/responses': {
    post: modelEndpoint({
      operationId: 'createResponse',
      summary: 'OpenAI’s Responses, with skills',
      body: refTo('ResponsesRequest'),
      error: 'OpenAiError',
      isTurn: true,
    }),
  },
  '/v1/messages': {
    post: modelEndpoint({
      operationId: 'createMessage',
      summary: 'Anthropic’s Messages, with skills',
      body: refTo('MessagesRequest'),
      error: 'AnthropicError',
      isTurn: true,
    }),
  },
  '/v1/messages/count_tokens': {
    post: modelEndpoint({
      operationId: 'countTokens',
      summary: 'Anthropic’s token count of a request, skills counted along',
      body: refTo('MessagesRequest'),
      error: 'AnthropicError',
      isTurn: false,
    }),
  },
  '/v1/models': {
    get: {
      operationId: 'listModels',
      summary: 'The models that can be asked for',
      description:
        'Those that the caller’s client can ask: by Messages where it sends `anthropic-version`, else by Chat Completions or Responses.',
      tags: ['Models'],
      parameters: [parameter('AnthropicVersion')],
      responses: {
        '200': {
          description: 'Our own models, which no client of Anthropic’s can ask, then those of the upstreams.',
          content: json(refTo('ModelList'), refTo('AnthropicModelList')),
        },
        ...errors(['401'], bothErrors),
      },
    },
  },
  '/v1/models/{id}': {
    get: {
      operationId: 'retrieveModel',
      summary: 'One model',
      tags: ['Models'],
      parameters: [parameter('ModelId'), parameter('AnthropicVersion')],
      responses: {
        '200': { description: 'The model.', content: json(refTo('Model'), refTo('AnthropicModel')) },
        ...errors(['401', '404', '502'], bothErrors),
      },
    },
  },
  '/v1/feedback': {
    post: {
      operationId: 'giveFeedback',
      summary: 'Say how an answer was',
      description:
        'Names the answer by one of `message_id`, `key` and `session_id`, or, by the header `X-Session-Id` alone, the last answer of that talk.',
      tags: ['Feedback'],
      parameters: ['XSessionId', 'XUserId', 'IdempotencyKey'].map(parameter),
      requestBody: { required: true, content: json(refTo('FeedbackRequest')) },
      responses: {
        '200': { description: 'It is stored.', content: json(refTo('Feedback')) },
        ...errors([...ownStatuses, '404'], ['OpenAiError']),
      },
    },
  },
  '/v1/commands': {
    post: {
      operationId: 'runCommand',
      summary: 'Give a command as a maintainer of a space',
      description: 'Needs an admin key. A command that refuses or fails says so in its words.',
      tags: ['Administration'],
      requestBody: { required: true, content: json(refTo('CommandRequest')) },
      responses: {
        '200': { description: 'What the command answers.', content: json(refTo('Command')) },
        ...errors([...ownStatuses, '403', '404'], ['OpenAiError']),
      },
    },
  },
  '/v1/openapi.json': {
    get: {
      operationId: 'describe',
      summary: 'This document',
      tags: ['Administration'],
      responses: {
        '200': {
          description: 'An OpenAPI 3.1 document.',
          content: json({ type: 'object', required: ['openapi', 'info', 'paths'] }),
        },
        ...errors(['401'], ['OpenAiError']),
      },
    },
  },
} as const;

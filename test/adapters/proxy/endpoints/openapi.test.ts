import { describe, expect, test } from 'vitest';
import { anthropicError } from '../../../../adapters/proxy/dialects/anthropic-error.ts';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiError } from '../../../../adapters/proxy/dialects/openai-error.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { commandsEndpoint } from '../../../../adapters/proxy/endpoints/commands.ts';
import { feedbackEndpoint } from '../../../../adapters/proxy/endpoints/feedback.ts';
import { modelsEndpoints } from '../../../../adapters/proxy/endpoints/models.ts';
import { openApiEndpoint } from '../../../../adapters/proxy/endpoints/openapi.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { callOf } from './json-call.ts';
import { createValidator, document, validatorOf } from './openapi-validator.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'];
const unused = (): never => {
  throw new Error('nobody asks for this');
};

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Every object in the document, with its place. */
function* parts(value: unknown, at = '#'): Generator<readonly [string, Fields]> {
  if (!isFields(value)) return;
  yield [at, value];
  for (const [key, inner] of Object.entries(value)) yield* parts(inner, `${at}/${key.replaceAll('/', '~1')}`);
}

function resolved(pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (isFields(at) ? at[key.replaceAll('~1', '/')] : undefined), document);
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly parameters: readonly unknown[];
  readonly responses: Readonly<Record<string, unknown>>;
}

const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    method,
    path,
    operationId: operation.operationId,
    parameters: ('parameters' in operation ? operation.parameters : []).map(
      ({ $ref }: { readonly $ref: string }) => resolved($ref),
    ),
    responses: operation.responses,
  })),
);

describe('as an OpenAPI 3.1 document', () => {
  test('has what the specification requires', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: '0.0.0' });
    for (const { method, path } of operations) {
      expect(methods).toContain(method);
      expect(path).toMatch(/^\/v1\//);
    }
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  test('every reference leads somewhere', () => {
    const references = [...parts(document)].flatMap(([at, part]) =>
      typeof part['$ref'] === 'string' ? [[at, part['$ref']] as const] : [],
    );
    expect(references.length).toBeGreaterThan(30);
    for (const [at, reference] of references)
      expect(resolved(reference), `${at} → ${reference}`).toBeDefined();
  });

  test('every part of a path is a parameter, and the other way about', () => {
    for (const { path, parameters } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter(isFields).filter((known) => known['in'] === 'path');
      expect(declared.map(({ name }) => name)).toEqual(inPath);
    }
  });

  test('every answer has a description, and every tag and key scheme is declared', () => {
    for (const { responses } of operations) {
      expect(responses).toHaveProperty('200');
      expect(responses).toHaveProperty('default');
      for (const response of Object.values(responses)) {
        expect(response).toMatchObject({ description: expect.stringMatching(/\.$/) });
      }
    }
    const tags = new Set<string>(document.tags.map(({ name }) => name));
    for (const [, part] of parts(document.paths)) {
      if (Array.isArray(part['tags'])) for (const tag of part['tags']) expect(tags).toContain(tag);
    }
    const schemes = document.security.flatMap((one) => Object.keys(one));
    expect(schemes.toSorted()).toEqual(Object.keys(document.components.securitySchemes).toSorted());
  });

  test('every schema is one, without a word that JSON Schema does not know', () => {
    const ajv = createValidator();
    for (const name of Object.keys(document.components.schemas)) {
      const compile = () =>
        ajv.compile({ $ref: `https://metaclaw.test/openapi.json#/components/schemas/${name}` });
      expect(compile, name).not.toThrow();
    }
    for (const [at, part] of parts(document)) {
      const { schema } = part;
      if (!/\/(?:parameters|headers)\/\w+$/.test(at) || !isFields(schema)) continue;
      expect(() => ajv.compile(schema), at).not.toThrow();
    }
  });

  test('every example is valid', () => {
    const ajv = createValidator();
    let seen = 0;
    for (const [at, part] of parts(document)) {
      if (!Array.isArray(part['examples'])) continue;
      const validate = ajv.compile({ $ref: `https://metaclaw.test/openapi.json${at}` });
      for (const example of part['examples']) {
        seen += 1;
        expect(validate(example), `${at}: ${JSON.stringify(validate.errors)}`).toBe(true);
      }
    }
    expect(seen).toBeGreaterThan(12);
  });
});

describe('beside the code', () => {
  test('every endpoint that answers with JSON is in it, by its method and path', async () => {
    const endpoints = [
      feedbackEndpoint({ feedback: unused }),
      commandsEndpoint({ run: unused }, { parse: unused }),
      openApiEndpoint('1'),
      ...modelsEndpoints({
        sources: [],
        clock: createFakeClock(),
        ids: createSequentialIds(),
        logger: createMemoryLogger(),
      }),
    ];
    const known = operations.map(({ method, path }) => `${method} ${path}`);
    for (const { method, path } of endpoints) {
      expect(known).toContain(`${method.toLowerCase()} ${path.replace('*', '{id}')}`);
    }
  });

  test('it is served as it is', async () => {
    const answer = await openApiEndpoint('0.0.0').run(callOf());
    expect(answer.status).toBe(200);
    expect(JSON.parse(JSON.stringify(answer.body))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  test.each(['invalid_request', 'auth', 'not_found', 'rate_limited', 'internal'] as const)(
    'errors are as it says: %s',
    (kind) => {
      expect(validatorOf('OpenAiError')(openAiError(kind, 'words', 'field'))).toBe(true);
      expect(validatorOf('OpenAiError')(openAiError(kind, 'words'))).toBe(true);
      expect(validatorOf('AnthropicError')(anthropicError(kind, 'words'))).toBe(true);
      expect(validatorOf('AnthropicError')(openAiError(kind, 'words'))).toBe(false);
    },
  );
});

describe('what is demanded of a request is what the proxy demands', () => {
  const model = 'm';
  const messages = [{ role: 'user', content: 'Hello' }];
  const withMessages = [
    [{ model, messages }, true],
    [{ model, messages, stream: true, top_k: 4, tools: [] }, true],
    [{ model, messages, stream: null }, true],
    [{ model, messages, metadata: null }, true],
    [{ model, messages, metadata: { user_id: 'u', metaclaw_key: 'k', metaclaw_feedback: 'up' } }, true],
    [{ model, messages, metadata: { metaclaw_key: 7 } }, false],
    [{ model, messages, metadata: { metaclaw_key: '' } }, false],
    [{ model, messages, metadata: { metaclaw_feedback: {} } }, false],
    [{ messages }, false],
    [{ model: '', messages }, false],
    [{ model: 5, messages }, false],
    [{ model }, false],
    [{ model, messages: [] }, false],
    [{ model, messages: 'Hello' }, false],
    [{ model, messages: ['Hello'] }, false],
    [{ model, messages: [{ content: 'Hello' }] }, false],
    [{ model, messages, stream: 'yes' }, false],
    [[], false],
    ['Hello', false],
  ] as const;
  const withInput = [
    [{ model, input: 'Hello' }, true],
    [{ model, input: [] }, true],
    [{ model, input: messages, instructions: null, stream: false }, true],
    [{ model, previous_response_id: 'resp_1' }, true],
    [{ model, input: null, conversation: 'conv_1' }, true],
    [{ model, prompt: { id: 'p' } }, true],
    [{ model }, false],
    [{ model, input: null }, false],
    [{ model, previous_response_id: null }, false],
    [{ model, input: 7 }, false],
    [{ model, input: ['Hello'] }, false],
    [{ input: 'Hello' }, false],
    [{ model, input: 'Hello', stream: 1 }, false],
  ] as const;

  const isRead = (dialect: typeof openAiChat, body: unknown): boolean => {
    try {
      dialect.read(Buffer.from(JSON.stringify(body)));
      return true;
    } catch {
      return false;
    }
  };

  test.each(withMessages)('%j', (body, isTaken) => {
    expect(validatorOf('ChatCompletionRequest')(body)).toBe(isTaken);
    expect(validatorOf('MessagesRequest')(body)).toBe(isTaken);
    expect(isRead(openAiChat, body)).toBe(isTaken);
    expect(isRead(anthropicMessages, body)).toBe(isTaken);
  });

  test.each(withInput)('%j', (body, isTaken) => {
    expect(validatorOf('ResponsesRequest')(body)).toBe(isTaken);
    expect(isRead(openAiResponses, body)).toBe(isTaken);
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { createOpenAiModel } from '../../../adapters/openai/openai-model.ts';
import type { ModelEvent, ModelRequest } from '../../../core/domain/model.ts';
import { collect, plainRequest, textOf } from '../../contract/model.ts';
import { type Behaviour, deltas, pause, raw, refuse, say } from '../../fakes/openai/behaviours.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createSubject, failureOf, type Subject, type SubjectOptions } from './subject.ts';

const open: Subject[] = [];
afterEach(async () => {
  for (const subject of open.splice(0)) await subject.server.close();
});

async function subjectWith(behaviours: readonly Behaviour[], options?: SubjectOptions): Promise<Subject> {
  const subject = await createSubject(behaviours, options);
  open.push(subject);
  return subject;
}

const tools = [{ name: 'lookup', description: 'Looks up.', parameters: { type: 'object', properties: {} } }];

describe('the request', () => {
  test('sends roles, tools and limits as the API takes them', async () => {
    const { server, ask } = await subjectWith([say('ok')], { apiKey: 'sk-test-1234' });
    const request: ModelRequest = {
      messages: [
        { role: 'system', text: 'Be kind.' },
        { role: 'user', text: 'Look up lamp.' },
        {
          role: 'assistant',
          text: '',
          toolCalls: [{ id: 'call_1', name: 'lookup', argumentsJson: '{"word":"lamp"}' }],
        },
        { role: 'tool', toolCallId: 'call_1', text: 'a light' },
        { role: 'assistant', text: 'It is a light.' },
        { role: 'user', text: 'Thanks. And fog?' },
      ],
      tools,
      maxOutputTokens: 300,
    };
    await ask(request);
    server.assertComplete();
    expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-test-1234');
    expect(server.requests[0]?.body).toEqual({
      model: 'fake-model',
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 300,
      messages: [
        { role: 'system', content: 'Be kind.' },
        { role: 'user', content: 'Look up lamp.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'lookup', arguments: '{"word":"lamp"}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'a light' },
        { role: 'assistant', content: 'It is a light.' },
        { role: 'user', content: 'Thanks. And fog?' },
      ],
      tools: [{ type: 'function', function: tools[0] }],
    });
  });

  test('sends no authorization without a key and nothing that was not asked for', async () => {
    const { server, ask } = await subjectWith([say('ok')]);
    await ask();
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    expect(Object.keys(server.requests[0]?.body ?? {}).sort()).toEqual([
      'messages',
      'model',
      'stream',
      'stream_options',
    ]);
  });

  test('takes nothing from the environment of the SDK', async () => {
    const names = ['OPENAI_API_KEY', 'OPENAI_ORG_ID', 'OPENAI_PROJECT_ID', 'OPENAI_BASE_URL'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = 'http://from-environment.invalid';
    try {
      const { server, ask } = await subjectWith([say('ok')]);
      expect(textOf(await ask())).toBe('ok');
      const headers = server.requests[0]?.headers ?? {};
      expect(JSON.stringify(headers)).not.toContain('from-environment');
    } finally {
      for (const [index, name] of names.entries()) {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  test('falls back to `max_tokens` and to no usage for older servers, and remembers it', async () => {
    const { server, ask, logger } = await subjectWith([say('one'), say('two')], {
      unknownFields: ['stream_options', 'max_completion_tokens'],
    });
    expect(textOf(await ask({ maxOutputTokens: 50 }))).toBe('one');
    expect(logger.of('model_dialect_learnt')).toHaveLength(1);
    expect(textOf(await ask({ maxOutputTokens: 60 }))).toBe('two');
    // Two accepted requests; the refused tries are not recorded by the server as requests.
    expect(server.requests.map((request) => request.body.max_tokens)).toEqual([50, 60]);
    expect(server.requests.map((request) => request.body.stream_options)).toEqual([undefined, undefined]);
    expect(server.refused).toEqual([]);
    expect(logger.of('model_dialect_learnt')).toHaveLength(1);
  });

  const form = {
    name: 'vote',
    schema: { type: 'object', additionalProperties: false, required: [], properties: {} },
  };

  test('asks for an answer in a given form, at a given temperature; by itself for neither', async () => {
    const { server, ask } = await subjectWith([say('{}'), say('free')]);
    await ask({ responseFormat: form, temperature: 0.7 });
    await ask();
    expect(server.requests[0]?.body).toMatchObject({
      temperature: 0.7,
      response_format: { type: 'json_schema', json_schema: { ...form, strict: true } },
    });
    expect(server.requests[1]?.body).not.toHaveProperty('temperature');
    expect(server.requests[1]?.body).not.toHaveProperty('response_format');
  });

  test.each([
    [400, 'This response_format type is unavailable now'],
    [400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."],
    [422, 'json_schema: Extra inputs are not permitted'],
  ])(
    'where a form is refused (%i: %s) it asks once more without, and remembers it',
    async (status, message) => {
      const { server, ask, logger } = await subjectWith([refuse(status, { message }), say('{}'), say('{}')]);
      expect(textOf(await ask({ responseFormat: form }))).toBe('{}');
      expect(textOf(await ask({ responseFormat: form }))).toBe('{}');
      const forms = server.requests.map(({ body }) => body.response_format !== undefined);
      expect(forms).toEqual([true, false, false]);
      expect(logger.of('model_dialect_learnt')).toHaveLength(1);
      expect(server.refused).toEqual([]);
    },
  );

  test('where a temperature is refused it leaves the server its own', async () => {
    const message = "Unsupported value: 'temperature' does not support 0.7 with this model.";
    const { server, ask } = await subjectWith([refuse(400, { message }), say('ok')]);
    expect(textOf(await ask({ temperature: 0.7, responseFormat: form }))).toBe('ok');
    expect(server.requests[1]?.body).not.toHaveProperty('temperature');
    expect(server.requests[1]?.body).toHaveProperty('response_format');
  });

  test('a complaint about a form that was not asked for is no reason to ask again', async () => {
    const { server, ask } = await subjectWith([refuse(400, { message: 'bad temperature, bad json_schema' })]);
    expect(failureOf(await ask()).code).toBe('refused_by_peer');
    expect(server.requests).toHaveLength(1);
  });

  test('a refusal that another dialect does not mend is not learnt', async () => {
    const tooMany = refuse(400, {
      message: 'max_completion_tokens is too large: 900000',
      code: 'invalid_value',
    });
    const { server, ask } = await subjectWith([tooMany, tooMany, say('ok')]);
    expect(failureOf(await ask({ maxOutputTokens: 900_000 })).code).toBe('refused_by_peer');
    expect(textOf(await ask({ maxOutputTokens: 10 }))).toBe('ok');
    expect(server.requests.at(-1)?.body.max_completion_tokens).toBe(10);
  });

  test('FastAPI servers that complain elsewhere than in `error` are understood', async () => {
    const body = { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] };
    const { server, ask } = await subjectWith([{ kind: 'status', status: 422, body }, say('ok')]);
    expect(textOf(await ask())).toBe('ok');
    expect(server.requests[1]?.body.stream_options).toBeUndefined();
  });
});

describe('the answer', () => {
  test('streams pieces as they come and reports usage', async () => {
    const { ask, server } = await subjectWith([say('A light', ' that ', 'warns.')]);
    expect(await ask()).toEqual([
      { type: 'started', model: 'fake-model' },
      { type: 'text', text: 'A light' },
      { type: 'text', text: ' that ' },
      { type: 'text', text: 'warns.' },
      { type: 'completed', finishReason: 'stop', usage: { inputTokens: 11, outputTokens: 7 } },
    ]);
    server.assertComplete();
  });

  test('a piece is there before the next one is sent', async () => {
    const { model, server } = await subjectWith([pause(['first'], ['second'])]);
    const stream = model.stream(plainRequest, new AbortController().signal)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toEqual({ type: 'started', model: 'fake-model' });
    expect((await stream.next()).value).toEqual({ type: 'text', text: 'first' });
    await server.held();
    const second = stream.next();
    server.release();
    expect((await second).value).toEqual({ type: 'text', text: 'second' });
    await stream.return?.();
  });

  test('a server that ignores the wish for usage is fine', async () => {
    const { ask } = await subjectWith([{ ...say('ok'), usage: false }]);
    expect((await ask()).at(-1)).toEqual({ type: 'completed', finishReason: 'stop' });
  });

  test('a server that does not stream is fine', async () => {
    const text = JSON.stringify({
      choices: [{ index: 0, message: { role: 'assistant', content: 'all at once' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    });
    const { ask } = await subjectWith([{ kind: 'body', contentType: 'application/json', text }]);
    expect((await ask()).slice(1)).toEqual([
      { type: 'text', text: 'all at once' },
      { type: 'completed', finishReason: 'stop', usage: { inputTokens: 1, outputTokens: 2 } },
    ]);
  });

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['end_turn', 'stop'],
    ['tool_calls', 'stop'],
  ])('finish reason %s is %s', async (sent, meant) => {
    const { ask } = await subjectWith([{ ...say('some words'), finishReason: sent }]);
    expect((await ask()).at(-1)).toMatchObject({ type: 'completed', finishReason: meant });
  });

  test('an answer that is whole completes though the server never closes', async () => {
    const { ask, server, clock } = await subjectWith([{ ...say('whole'), usage: false, end: 'open' }]);
    const events = ask();
    await server.held();
    await clock.advance(2_000);
    expect((await events).at(-1)).toEqual({ type: 'completed', finishReason: 'stop' });
    await server.idle();
  });

  test('an answer that is whole completes though the connection is torn', async () => {
    const { ask } = await subjectWith([{ ...say('whole'), end: 'close' }]);
    expect((await ask()).at(-1)).toMatchObject({ type: 'completed', finishReason: 'stop' });
  });

  test('reasoning is not shown as text', async () => {
    const { ask } = await subjectWith([
      deltas([
        { reasoning_content: 'hmm' },
        { reasoning: 'let me see' },
        { content: [{ type: 'thinking', thinking: 'well' }] },
        { content: [{ type: 'reasoning', text: 'so' }] },
        { content: [{ type: 'text', text: 'Four' }] },
        { content: '.' },
      ]),
    ]);
    expect(textOf(await ask())).toBe('Four.');
  });

  test('a think block cut in any way is not shown', async () => {
    const whole = '\n<think>\nTwo and two <b>is</b> four.\n</think>\n\nFour: `<think>` is a tag.';
    for (const size of [1, 2, 3, 5, 8, 13, 200]) {
      const pieces = whole.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      const { ask } = await subjectWith([say(...pieces)]);
      expect(textOf(await ask())).toBe('Four: `<think>` is a tag.');
    }
  });

  test('a refusal is shown', async () => {
    const { ask } = await subjectWith([deltas([{ refusal: 'I cannot ' }, { refusal: 'do that.' }])]);
    expect(textOf(await ask())).toBe('I cannot do that.');
  });

  test('comments and keep-alives are no answer and no fault', async () => {
    const { ask } = await subjectWith([
      raw(
        ': waiting\n\n',
        'data: {"choices":[{"index":0,"delta":{"content":"ok"}}]}\r\n\r\n',
        ': still\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
      ),
    ]);
    expect(textOf(await ask())).toBe('ok');
  });
});

describe('tool calls', () => {
  const call = (fields: object): Readonly<Record<string, unknown>> => ({ tool_calls: [fields] });

  test('fragments without an index', async () => {
    const { ask } = await subjectWith([
      deltas(
        [
          call({ id: 'a', function: { name: 'lookup', arguments: '{"q":' } }),
          call({ function: { arguments: '1}' } }),
          call({ id: 'b', function: { name: 'lookup', arguments: '{"q":2}' } }),
        ],
        'stop',
      ),
    ]);
    expect((await ask({ tools })).slice(1)).toEqual([
      { type: 'tool_call', call: { id: 'a', name: 'lookup', argumentsJson: '{"q":1}' } },
      { type: 'tool_call', call: { id: 'b', name: 'lookup', argumentsJson: '{"q":2}' } },
      { type: 'completed', finishReason: 'tool_calls', usage: { inputTokens: 11, outputTokens: 7 } },
    ]);
  });

  test('all calls under index 0, told apart by their ids', async () => {
    const { ask } = await subjectWith([
      deltas([
        call({ index: 0, id: 'a', function: { name: 'lookup', arguments: '{"q":1}' } }),
        call({ index: 0, id: 'b', function: { name: 'lookup', arguments: '{"q":2}' } }),
      ]),
    ]);
    const calls = (await ask({ tools })).filter((event) => event.type === 'tool_call');
    expect(calls.map((event) => event.call.argumentsJson)).toEqual(['{"q":1}', '{"q":2}']);
  });

  test('interleaved fragments find their call by index', async () => {
    const { ask } = await subjectWith([
      deltas([
        call({ index: 0, id: 'a', function: { name: 'lookup', arguments: '{"q"' } }),
        call({ index: 1, id: 'b', function: { name: 'lookup', arguments: '{"q"' } }),
        call({ index: 0, function: { arguments: ':1}' } }),
        call({ index: 1, function: { arguments: ':2}' } }),
      ]),
    ]);
    const calls = (await ask({ tools })).filter((event) => event.type === 'tool_call');
    expect(calls.map((event) => event.call)).toEqual([
      { id: 'a', name: 'lookup', argumentsJson: '{"q":1}' },
      { id: 'b', name: 'lookup', argumentsJson: '{"q":2}' },
    ]);
  });

  test('whole calls without ids, with arguments as an object or none', async () => {
    const { ask } = await subjectWith([
      deltas([
        call({ function: { name: 'lookup', arguments: { q: 1 } } }),
        call({ function: { name: 'list' } }),
      ]),
    ]);
    const calls = (await ask({ tools })).filter((event) => event.type === 'tool_call');
    expect(calls.map((event) => event.call)).toEqual([
      { id: 'call_000001', name: 'lookup', argumentsJson: '{"q":1}' },
      { id: 'call_000002', name: 'list', argumentsJson: '{}' },
    ]);
  });

  test('a call without a name is a bad reply', async () => {
    const { ask } = await subjectWith([deltas([call({ index: 0, id: 'a', function: { arguments: '{}' } })])]);
    expect(failureOf(await ask({ tools })).code).toBe('bad_reply');
  });
});

describe('what goes wrong in an answer', () => {
  test.each([
    ['nothing at all', say()],
    ['blank lines only', say('\n', '  \n')],
    ['thoughts only', say('<think>hm, hard', ' indeed')],
    ['a stream without a chunk', raw('data: [DONE]\n\n')],
  ])('an empty answer (%s) is a bad reply and no text', async (_, behaviour) => {
    const { ask } = await subjectWith([behaviour]);
    const events = await ask();
    expect(failureOf(events)).toMatchObject({ code: 'bad_reply', retryable: true });
    expect(textOf(events)).toBe('');
  });

  test('an answer that used all its tokens on thoughts says so', async () => {
    const { ask } = await subjectWith([{ ...say('<think>hm'), finishReason: 'length' }]);
    expect(failureOf(await ask())).toMatchObject({
      code: 'bad_reply',
      retryable: false,
      details: { reason: 'length' },
    });
  });

  test('a filtered answer without a word is refused', async () => {
    const { ask } = await subjectWith([{ ...say(), finishReason: 'content_filter' }]);
    expect(failureOf(await ask())).toMatchObject({ code: 'refused_by_peer' });
  });

  test.each(['cut', 'close', 'done'] as const)(
    'text without a finish, connection %s, is a network failure after the text',
    async (end) => {
      const { model, server } = await subjectWith([{ ...pause(['half an'], []), finishReason: null, end }]);
      const events: ModelEvent[] = [];
      for await (const event of model.stream(plainRequest, new AbortController().signal)) {
        events.push(event);
        if (event.type !== 'text') continue;
        await server.held();
        server.release();
      }
      expect(textOf(events)).toBe('half an');
      expect(failureOf(events)).toMatchObject({ code: 'network', retryable: true });
    },
  );

  test.each([
    ['broken JSON', 'data: {"choices":[{"delta\n\n'],
    ['no JSON', 'data: hello\n\n'],
    ['JSON of another kind', 'data: {"hello":"world"}\n\n'],
    ['a number', 'data: 7\n\n'],
    ['text of the wrong type', 'data: {"choices":[{"index":0,"delta":{"content":{"a":1}}}]}\n\n'],
    ['choices of the wrong type', 'data: {"choices":"none"}\n\n'],
  ])('garbage (%s) is a bad reply', async (_, bytes) => {
    const { ask } = await subjectWith([raw(bytes)]);
    expect(failureOf(await ask())).toMatchObject({ code: 'bad_reply', retryable: true });
  });

  test('garbage after text is a bad reply after the text', async () => {
    const { ask } = await subjectWith([
      { kind: 'stream', acts: [...say('half').acts, { do: 'raw', bytes: 'data: }{\n\n' }] },
    ]);
    const events = await ask();
    expect(textOf(events)).toBe('half');
    expect(failureOf(events).code).toBe('bad_reply');
  });

  test('a web page in place of an answer names the setting', async () => {
    const { ask } = await subjectWith([{ kind: 'body', contentType: 'text/html', text: '<html>hi</html>' }]);
    const error = failureOf(await ask());
    expect(error.code).toBe('bad_reply');
    expect(error.message).toContain('OPENAI_BASE_URL');
  });

  test.each([
    [{ message: 'overloaded', code: 'server_error' }, 'peer_failed', true],
    [{ message: 'slow down', code: 429 }, 'rate_limited', true],
    [
      { message: 'Your prompt exceeds the context window', code: 'context_length_exceeded' },
      'refused_by_peer',
      false,
    ],
  ])('an error inside the stream: %j', async (error, code, retryable) => {
    const { ask } = await subjectWith([
      {
        kind: 'stream',
        acts: [...say('half').acts, { do: 'raw', bytes: `data: ${JSON.stringify({ error })}\n\n` }],
      },
    ]);
    const events = await ask();
    expect(textOf(events)).toBe('half');
    expect(failureOf(events)).toMatchObject({ code, retryable });
  });

  test('a finish reason `error` is the peer that failed', async () => {
    const { ask } = await subjectWith([{ ...say('half'), finishReason: 'error' }]);
    expect(failureOf(await ask())).toMatchObject({ code: 'peer_failed', retryable: true });
  });

  test('an answer without an end is given up', async () => {
    const line = `data: {"choices":[{"index":0,"delta":{"reasoning":"${'x'.repeat(1_000_000)}"}}]}\n\n`;
    const { ask, server } = await subjectWith([raw(...Array.from({ length: 40 }, () => line))]);
    expect(failureOf(await ask()).code).toBe('bad_reply');
    await server.idle();
  });
});

describe('addresses', () => {
  const base = { fetch, clock: createFakeClock(), ids: createSequentialIds(), logger: createMemoryLogger() };

  test.each(['', 'localhost:1234/v1', 'ftp://host/v1', 'http://user:secret@host/v1'])(
    'refuses %j as a base address',
    (baseUrl) => {
      expect(() => createOpenAiModel({ ...base, model: 'm', baseUrl })).toThrow(
        expect.objectContaining({ code: 'config_invalid' }),
      );
    },
  );

  test('describes model and host', () => {
    expect(createOpenAiModel({ ...base, model: 'gpt-5-mini' }).description).toBe(
      'gpt-5-mini at api.openai.com',
    );
    expect(
      createOpenAiModel({ ...base, model: 'llama', baseUrl: 'http://127.0.0.1:11434/v1/' }).description,
    ).toBe('llama at 127.0.0.1:11434');
  });

  test('uses the fetch it was given', async () => {
    const { server } = await subjectWith([say('ok')]);
    const seen: string[] = [];
    const model = createOpenAiModel({
      ...base,
      model: 'fake-model',
      baseUrl: 'http://elsewhere.invalid/v1/',
      fetch: (input, init) => {
        seen.push(String(input));
        return fetch(`${server.baseUrl}/chat/completions`, init);
      },
    });
    expect(textOf(await collect(model.stream(plainRequest, new AbortController().signal)))).toBe('ok');
    expect(seen).toEqual(['http://elsewhere.invalid/v1/chat/completions']);
  });
});

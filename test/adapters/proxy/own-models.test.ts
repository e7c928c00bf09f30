import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import { policyId } from '../../../core/domain/policy.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import type { OwnAnswerer } from '../../../core/ports/own-models.ts';
import { answer, callTools, createScriptedModel, failWith, hold } from '../../fakes/model/scripted-model.ts';
import { createMemoryDesk } from '../../fakes/proxy/memory-desk.ts';
import { openProxy, type ProxyRig, type ProxyRigOptions, rawClient, wire } from './proxy-rig.ts';

const chat = '/v1/chat/completions';
const ask = { model: 'metaclaw/current', messages: [{ role: 'user', content: 'Hello' }] } as const;
const usage = { inputTokens: 3, outputTokens: 2 };
const calls = [
  { id: 'call_a', name: 'look', argumentsJson: '{"word":"lamp"}' },
  { id: 'call_b', name: 'look', argumentsJson: '{"word":"fog"}' },
];

const openOwn = (model: ModelPort, options: ProxyRigOptions = {}): Promise<ProxyRig> =>
  openProxy({
    ownModels: { answererOf: () => ({ kind: 'model', model, policyId: policyId('policy_1') }) },
    ...options,
  });

const clientOf = ({ address }: ProxyRig): OpenAI =>
  new OpenAI({ baseURL: `${address}/v1`, apiKey: 'mc_good', maxRetries: 0 });

/** Says these events, whatever is asked. */
function modelSaying(events: (signal: AbortSignal) => AsyncGenerator<ModelEvent>): ModelPort {
  return { description: 'said', stream: (_, signal) => events(signal) };
}

describe('a whole answer', () => {
  test('is a chat completion, and its turn is told', async () => {
    const model = createScriptedModel([answer('Hi ', 'there')], { usage, name: 'tiny' });
    const rig = await openOwn(model, { desk: createMemoryDesk({ block: 'Be brief.' }) });
    const { data, response } = await clientOf(rig)
      .chat.completions.create({
        ...ask,
        messages: [...ask.messages],
        temperature: 0.5,
        max_tokens: 7,
      })
      .withResponse();
    expect(data).toMatchObject({
      id: 'chatcmpl-turn_1',
      object: 'chat.completion',
      model: 'metaclaw/current',
      choices: [{ message: { role: 'assistant', content: 'Hi there' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
    expect(response.headers.get('x-metaclaw-turn-id')).toBe('turn_1');
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(model.requests).toEqual([
      {
        messages: [
          { role: 'system', text: 'Be brief.' },
          { role: 'user', text: 'Hello' },
        ],
        tools: [],
        temperature: 0.5,
        maxOutputTokens: 7,
        conversation: 'session_1',
        policy: 'policy_1',
      },
    ]);
    expect(await rig.desk.ended(1)).toMatchObject({
      end: { state: 'done', replyText: 'Hi there', messageIds: ['chatcmpl-turn_1'], policy: 'tiny', usage },
    });
    expect(rig.access.open()).toBe(0);
  });

  test('has an end, also where its caller names none', async () => {
    const model = createScriptedModel([answer('Hi')]);
    const { post } = await openOwn(model);
    await (await post(chat, ask)).text();
    expect(model.requests).toMatchObject([{ maxOutputTokens: 4_096 }]);
  });

  test('of tool calls has no text, and waits for their results', async () => {
    const rig = await openOwn(createScriptedModel([callTools(calls)]));
    const { choices } = await clientOf(rig).chat.completions.create({ ...ask, messages: [...ask.messages] });
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          { id: 'call_a', type: 'function', function: { name: 'look', arguments: '{"word":"lamp"}' } },
          { id: 'call_b' },
        ],
      },
    });
    expect(await rig.desk.ended(1)).toMatchObject({
      end: { awaitsTools: true, replyText: '→ look({"word":"lamp"})\n→ look({"word":"fog"})' },
    });
  });
});

describe('a stream', () => {
  test.each([true, false])(
    'is read by the official client; usage where it is asked for: %s',
    async (isAsked) => {
      const rig = await openOwn(createScriptedModel([callTools(calls, 'Let me ', 'look.')], { usage }));
      const stream = await clientOf(rig).chat.completions.create({
        ...ask,
        messages: [...ask.messages],
        stream: true,
        stream_options: { include_usage: isAsked },
      });
      const chunks = await Array.fromAsync(stream);
      const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
      expect(deltas[0]).toEqual({ role: 'assistant', content: '' });
      expect(deltas.map(({ content }) => content ?? '').join('')).toBe('Let me look.');
      expect(deltas.flatMap(({ tool_calls: made }) => made ?? [])).toMatchObject([
        { index: 0, id: 'call_a', function: { arguments: '{"word":"lamp"}' } },
        { index: 1, id: 'call_b' },
      ]);
      expect(chunks.flatMap(({ choices }) => choices.flatMap((one) => one.finish_reason ?? []))).toEqual([
        'tool_calls',
      ]);
      expect(chunks.flatMap((one) => one.usage ?? [])).toEqual(
        isAsked ? [{ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }] : [],
      );
      expect(await rig.desk.ended(1)).toMatchObject({ end: { state: 'done', awaitsTools: true } });
    },
  );

  test('of nothing is one all the same', async () => {
    const rig = await openOwn(createScriptedModel([answer('')]));
    const response = await rig.post(chat, { ...ask, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await response.text()).toMatch(
      /"role":"assistant"[\s\S]*"finish_reason":"stop"[\s\S]*\[DONE\]\n\n$/,
    );
    expect(await rig.desk.ended(1)).toMatchObject({ end: { state: 'done', replyText: '' } });
  });

  test('gives each piece when it comes', async () => {
    const model = createScriptedModel([hold(['One'], ['Two'])]);
    const rig = await openOwn(model);
    const client = rawClient(rig.address);
    client.write(wire(chat, JSON.stringify({ ...ask, stream: true })));
    await client.until('One');
    await model.held();
    model.release();
    await client.until('[DONE]');
  });
});

describe('a failure', () => {
  const busy = new AppError('rate_limited', 'The engine is busy.', { retryAfterMs: 3_000 });

  test.each([true, false])(
    'before the first word has a status, and is no turn (stream: %s)',
    async (stream) => {
      const rig = await openOwn(createScriptedModel([failWith(busy)]));
      const response = await rig.post(chat, { ...ask, stream });
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
      expect(await response.json()).toMatchObject({ error: { message: 'The engine is busy.' } });
      expect(await rig.desk.ended(1)).toEqual({ how: 'abandoned' });
      expect(rig.access.open()).toBe(0);
    },
  );

  test('after it is an event of its own and no end of the stream', async () => {
    const rig = await openOwn(createScriptedModel([failWith(busy, 'Half')]));
    const response = await rig.post(chat, { ...ask, stream: true });
    const text = await response.text();
    expect(text).toMatch(/Half[\s\S]*data: \{"error":\{"message":"The engine is busy\."/);
    expect(text).not.toContain('[DONE]');
    expect(await rig.desk.ended(1)).toMatchObject({
      end: { state: 'failed', replyText: 'Half', errorCode: 'rate_limited' },
    });
  });

  test('of a whole answer after some words has a status, and what it cost is told', async () => {
    const rig = await openOwn(createScriptedModel([failWith(busy, 'Half')]));
    expect((await rig.post(chat, ask)).status).toBe(429);
    expect(await rig.desk.ended(1)).toMatchObject({ end: { state: 'failed', replyText: 'Half' } });
  });

  test.each<[string, () => AsyncGenerator<ModelEvent>]>([
    [
      'throws',
      async function* () {
        yield { type: 'started', model: 'odd' };
        throw new Error('insides');
      },
    ],
    [
      'says no end',
      async function* () {
        yield { type: 'started', model: 'odd' };
      },
    ],
  ])('of a model that %s is 500, and nothing stays open', async (_, events) => {
    const rig = await openOwn(modelSaying(events));
    const response = await rig.post(chat, ask);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('insides');
    expect(await rig.desk.ended(1)).toEqual({ how: 'abandoned' });
    expect(rig.access.open()).toBe(0);
  });
});

describe('a caller', () => {
  test.each([true, false])('that leaves ends the model’s work (after words: %s)', async (hasWords) => {
    const model = createScriptedModel([hold(hasWords ? ['Half'] : [])]);
    const rig = await openOwn(model);
    const client = rawClient(rig.address);
    client.write(wire(chat, JSON.stringify({ ...ask, stream: true })));
    await model.held();
    client.leave();
    await model.idle();
    const ended = await rig.desk.ended(1);
    expect(ended).toMatchObject(
      hasWords
        ? { end: { state: 'stopped', replyText: 'Half', answerTokens: 1 } }
        : { how: 'abandoned', sent: { promptBytes: expect.any(Number) } },
    );
    await rig.proxy.stop(1_000);
    expect(rig.access.open()).toBe(0);
  });

  test('that is slow holds the model back, without a listener for each time, and is cut off in the end', async () => {
    let said = 0;
    const model = modelSaying(async function* (signal) {
      yield { type: 'started', model: 'endless' };
      while (!signal.aborted) {
        said += 1;
        yield { type: 'text', text: ' '.repeat(10_000_000) };
      }
      yield { type: 'failed', error: new AppError('aborted', 'It was stopped.') };
    });
    const rig = await openOwn(model, { clientStallMs: 1_000 });
    const client = rawClient(rig.address);
    client.write(wire(chat, JSON.stringify({ ...ask, stream: true })));
    await client.until('assistant');
    client.pause();
    while (rig.clock.waiting() === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let round = 0; round < 5; round += 1) {
      const before = said;
      client.resume();
      while (said === before) await new Promise((resolve) => setImmediate(resolve));
      client.pause();
    }
    expect(rig.answers[0]?.listenerCount('drain')).toBe(1);
    while (rig.clock.waiting() === 0) await new Promise((resolve) => setImmediate(resolve));
    await rig.clock.advance(1_000);
    expect(await rig.desk.ended(1)).toMatchObject({ end: { state: 'stopped' } });
    await rig.proxy.stop(1_000);
    expect(rig.access.open()).toBe(0);
  });

  test('is cut off with its model when time to stop is up', async () => {
    const model = createScriptedModel([hold(['Half'])]);
    const rig = await openOwn(model);
    const client = rawClient(rig.address);
    client.write(wire(chat, JSON.stringify({ ...ask, stream: true })));
    await model.held();
    const stopped = rig.proxy.stop(1_000);
    await rig.clock.advance(1_000);
    await stopped;
    await model.idle();
    expect(await rig.desk.ended(1)).toMatchObject({ end: { state: 'stopped' } });
  });
});

describe('what our models cannot do', () => {
  const image = { type: 'image_url', image_url: { url: 'data:,' } };
  test.each<[string, object]>([
    ['messages[0].content', { messages: [{ role: 'user', content: [image] }] }],
    ['messages[1].role', { messages: [...ask.messages, { role: 'function', name: 'f', content: '' }] }],
    ['tools[0].type', { tools: [{ type: 'custom', custom: { name: 'x' } }] }],
    ['tool_choice', { tool_choice: 'required' }],
    ['functions', { functions: [{ name: 'f' }] }],
    ['response_format.type', { response_format: { type: 'json_object' } }],
    ['modalities[0]', { modalities: ['audio'] }],
    ['web_search_options', { web_search_options: {} }],
    ['n', { n: 2 }],
    ['stop', { stop: ['\n'] }],
    ['logprobs', { logprobs: true }],
    ['temperature', { temperature: 3 }],
    ['max_tokens', { max_tokens: 0 }],
  ])('is refused with the field named before anything begins: %s', async (field, change) => {
    const rig = await openOwn(createScriptedModel());
    const response = await rig.post(chat, { ...ask, ...change });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { param: field, message: expect.stringContaining(field) },
    });
    expect([rig.desk.starts.length, rig.access.open()]).toEqual([0, 0]);
  });

  test('does not hold for what only steers the drawing, for empty things, and for results of tools', async () => {
    const model = createScriptedModel([answer('ok')]);
    const rig = await openOwn(model);
    const response = await rig.post(chat, {
      model: 'metaclaw/current',
      top_p: 0.9,
      seed: 1,
      stop: null,
      n: 1,
      unknown: { deep: true },
      tool_choice: 'none',
      tools: [{ type: 'function', function: { name: 'look' } }],
      response_format: { type: 'json_schema', json_schema: { name: 'form', schema: { type: 'object' } } },
      messages: [
        {
          role: 'developer',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'user', content: 'q' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'r' },
      ],
    });
    expect(response.status).toBe(200);
    expect(model.requests).toMatchObject([
      {
        tools: [],
        responseFormat: { name: 'form', schema: { type: 'object' } },
        messages: [
          { role: 'system', text: 'a\nb' },
          { role: 'user', text: 'q' },
          { role: 'assistant', text: '', toolCalls: [{ id: 'c', name: 'look', argumentsJson: '{}' }] },
          { role: 'tool', toolCallId: 'c', text: 'r' },
        ],
      },
    ]);
  });
});

describe('where a request goes', () => {
  const openWith = (answerer: OwnAnswerer): Promise<ProxyRig> =>
    openProxy({ ownModels: { answererOf: () => answerer } });

  test('to the server that knows the model, under the name that it knows', async () => {
    const rig = await openWith({ kind: 'server', model: 'gpt-tuned', policyId: policyId('policy_2') });
    const asked = rig.post(chat, ask);
    const server = await rig.upstream.nth(1);
    expect(server.request.model).toBe('metaclaw/current');
    expect(JSON.parse(server.body)).toEqual({ ...ask, model: 'gpt-tuned' });
    server.head();
    server.data(
      '{"id":"x","model":"gpt-tuned-1","choices":[{"message":{"role":"assistant","content":"y"}}]}',
    );
    server.end();
    await (await asked).text();
    expect(await rig.desk.ended(1)).toMatchObject({ end: { policy: 'policy_2' } });
  });

  test.each([
    ['metaclaw/base', 'gpt-set'],
    ['gpt-set', 'upstream:policy_2'],
  ])('what answers as %s is called %s, though its server calls itself a policy', async (model, stamp) => {
    const rig = await openWith({ kind: 'server', model: 'gpt-set' });
    const asked = rig.post(chat, { ...ask, model });
    const server = await rig.upstream.nth(1);
    server.head();
    server.data('{"id":"x","model":"policy_2","choices":[{"message":{"role":"assistant","content":"y"}}]}');
    server.end();
    await (await asked).text();
    expect(await rig.desk.ended(1)).toMatchObject({ end: { policy: stamp } });
  });

  test.each<[string, string, object, RegExp]>([
    ['/v1/messages', 'metaclaw/current', { max_tokens: 1 }, /Call POST \/v1\/chat\/completions/],
    ['/v1/chat/completions', 'metaclaw/other', {}, /Ours are metaclaw\/current and metaclaw\/base/],
  ])('nowhere: %s for %s', async (path, model, more, words) => {
    const rig = await openOwn(createScriptedModel());
    const response = await rig.post(path, { ...ask, ...more, model });
    expect([400, 404]).toContain(response.status);
    expect(await response.text()).toMatch(words);
    expect([rig.desk.starts.length, rig.access.open()]).toEqual([0, 0]);
  });

  test('nowhere, where nobody answers as ours: the reason is told', async () => {
    const error = new AppError('not_found', 'No model is set up.');
    const rig = await openWith({ kind: 'none', error });
    const response = await rig.post(chat, ask);
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('set up')]);
  });
});

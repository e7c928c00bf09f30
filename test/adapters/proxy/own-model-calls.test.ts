import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../../core/domain/model.ts';
import type { SampledTokens } from '../../../core/domain/sampling.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import { callTools, createScriptedModel } from '../../fakes/model/scripted-model.ts';
import { openProxy, type ProxyRig } from './proxy-rig.ts';

const chat = '/v1/chat/completions';
const ask = { model: 'metaclaw/current', messages: [{ role: 'user' as const, content: 'Hello' }] };
const usage = { inputTokens: 3, outputTokens: 9 };
const calls = ['lamp', 'fog', 'rain'].map((word, index) => ({
  id: `call_${index}`,
  name: 'look',
  argumentsJson: JSON.stringify({ word }),
}));
const [first] = calls;

const openOwn = (model: ModelPort): Promise<ProxyRig> =>
  openProxy({ ownModels: { answererOf: () => ({ kind: 'model', model }) } });

const clientOf = ({ address }: ProxyRig): OpenAI =>
  new OpenAI({ baseURL: `${address}/v1`, apiKey: 'mc_good', maxRetries: 0 });

const sampled: SampledTokens = {
  prompt: Int32Array.of(1),
  tokens: Int32Array.of(2, 3),
  stopReason: 'stop',
  params: { maxTokens: 9, temperature: 1, topP: 1, topK: -1 },
  tokenizerHash: 'hash',
  baseModel: 'tiny',
  samplerVersion: 'tiny@1',
};

/** Makes calls, one after the other, and knows by which tokens. */
function modelCalling(made: typeof calls): ModelPort {
  async function* stream(): AsyncGenerator<ModelEvent> {
    yield { type: 'started', model: 'tiny' };
    for (const call of made) yield { type: 'tool_call', call };
    yield { type: 'completed', finishReason: 'tool_calls', usage, sampled };
  }
  return { description: 'calling', stream };
}

describe('one tool call at a time', () => {
  test('is told where the caller wants no more, and the turn holds what it was told', async () => {
    const rig = await openOwn(createScriptedModel([callTools(calls, 'Let me look.')], { usage }));
    const { choices, usage: told } = await clientOf(rig).chat.completions.create({
      ...ask,
      parallel_tool_calls: false,
    });
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: 'Let me look.' } });
    expect(choices[0]?.message.tool_calls).toEqual([
      { id: 'call_0', type: 'function', function: { name: 'look', arguments: '{"word":"lamp"}' } },
    ]);
    // The others were written, and are paid for.
    expect(told).toMatchObject({ completion_tokens: 9 });
    expect(await rig.desk.ended(1)).toMatchObject({
      end: { awaitsTools: true, replyText: 'Let me look.\n→ look({"word":"lamp"})', usage },
    });
  });

  test('is told of a stream, too', async () => {
    const rig = await openOwn(createScriptedModel([callTools(calls)], { usage }));
    const stream = await clientOf(rig).chat.completions.create({
      ...ask,
      parallel_tool_calls: false,
      stream: true,
    });
    const chunks = await Array.fromAsync(stream);
    const pieces = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(pieces).toMatchObject([{ index: 0, id: 'call_0' }]);
    expect(chunks.flatMap(({ choices }) => choices.flatMap((one) => one.finish_reason ?? []))).toEqual([
      'tool_calls',
    ]);
    expect(await rig.desk.ended(1)).toMatchObject({ end: { replyText: '→ look({"word":"lamp"})' } });
  });

  test.each([true, null, undefined])('is not asked for by %s: all are told', async (allows) => {
    const rig = await openOwn(createScriptedModel([callTools(calls)]));
    const response = await rig.post(chat, { ...ask, parallel_tool_calls: allows });
    expect(await response.json()).toHaveProperty('choices.0.message.tool_calls.length', 3);
  });

  test('is all of the first answer, by which a talk is known again', async () => {
    const firstAnswers: unknown[] = [];
    for (const made of [calls, calls.slice(0, 1)]) {
      const rig = await openOwn(modelCalling(made));
      await (await rig.post(chat, { ...ask, parallel_tool_calls: false })).text();
      const ended = await rig.desk.ended(1);
      firstAnswers.push(ended.how === 'finished' ? ended.end.firstAnswer : undefined);
    }
    expect(firstAnswers[0]).toEqual(expect.any(String));
    expect(firstAnswers[0]).toBe(firstAnswers[1]);
  });

  test.each<readonly [string, typeof calls, boolean]>([
    ['kept where all was told', calls.slice(0, 1), true],
    ['not kept where more was written', calls, false],
  ])('is learned from by its tokens: %s', async (_, made, isKept) => {
    const rig = await openOwn(modelCalling(made));
    await (await rig.post(chat, { ...ask, parallel_tool_calls: false })).text();
    const ended = await rig.desk.ended(1);
    const kept = ended.how === 'finished' ? ended.end.sampled : undefined;
    expect(kept).toEqual(isKept ? [sampled] : undefined);
  });

  test('costs what was written, also where the model does not count', async () => {
    const spent: unknown[] = [];
    for (const parallel_tool_calls of [false, true]) {
      const rig = await openOwn(createScriptedModel([callTools(calls)]));
      await (await rig.post(chat, { ...ask, parallel_tool_calls })).text();
      const ended = await rig.desk.ended(1);
      spent.push(ended.how === 'finished' ? ended.end.answerTokens : undefined);
    }
    expect(spent[0]).toEqual(expect.any(Number));
    expect(spent[0]).toBe(spent[1]);
  });

  test('is no word', async () => {
    const rig = await openOwn(createScriptedModel());
    const response = await rig.post(chat, { ...ask, parallel_tool_calls: 'no' });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { param: 'parallel_tool_calls' } },
    ]);
  });
});

describe('usage in a stream', () => {
  /** `null`, `told` or `-` for each piece. */
  async function usages(model: ModelPort, options: object): Promise<readonly string[]> {
    const rig = await openOwn(model);
    const response = await rig.post(chat, { ...ask, stream: true, ...options });
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: {'));
    return events.map((event) => {
      const piece: object = JSON.parse(event.slice('data: '.length));
      if (!('usage' in piece)) return '-';
      return piece.usage === null ? 'null' : 'told';
    });
  }
  const includes = { stream_options: { include_usage: true } };
  const calling = () => callTools(first === undefined ? [] : [first], 'Let me ', 'look.');

  test('is said to be none in every piece but the last, where it is asked for', async () => {
    const told = await usages(createScriptedModel([calling()], { usage }), includes);
    expect(told).toEqual(['null', 'null', 'null', 'null', 'null', 'told']);
  });

  test('is none in all where the model does not count', async () => {
    expect(await usages(createScriptedModel([calling()]), includes)).toEqual(Array(5).fill('null'));
  });

  test.each([{}, { stream_options: { include_usage: false } }, { stream_options: null }])(
    'is not spoken of where it is not asked for: %j',
    async (options) => {
      const told = await usages(createScriptedModel([calling()], { usage }), options);
      expect(told).toEqual(Array(5).fill('-'));
    },
  );
});

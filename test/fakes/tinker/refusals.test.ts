import { afterEach, describe, expect, test } from 'vitest';
import type { Behaviour } from './behaviours.ts';
import { createFakeTinker, type FakeTinker } from './fake-tinker.ts';
import { openModel, openSession, post, type RawDatum, retrieve, sendBatch } from './raw-client.ts';

let fake: FakeTinker;
afterEach(() => fake.close());

async function start(behaviour: Behaviour): Promise<string> {
  fake = await createFakeTinker({ behaviour });
  return openModel(fake);
}

const supervised: RawDatum = { tokens: [1, 2], inputs: { target_tokens: [2, 3], weights: [1, 1] } };
describe('samples', () => {
  const prompt = { chunks: [{ type: 'encoded_text', tokens: [1, 2] }] };
  const sample = (params: Record<string, unknown>) =>
    post(fake, 'asample', { base_model: 'test/tiny', prompt, sampling_params: params });

  test('SkyRL needs max_tokens, a list of stops and an id without colons', async () => {
    await start('skyrl');
    expect((await sample({})).status).toBe(400);
    expect((await sample({ max_tokens: 2, stop: 'x' })).status).toBe(422);
    expect((await sample({ max_tokens: 2, stop: [5] })).status).toBe(200);
    const named = { sampling_session_id: 'a:b', prompt, sampling_params: { max_tokens: 2 } };
    expect((await post(fake, 'asample', named)).status).toBe(400);
    const unnumbered = { ...named, sampling_session_id: 'ab' };
    expect((await post(fake, 'asample', unnumbered)).status).toBe(422);
  });

  test('SkyRL gives prompt log-probabilities without a first one', async () => {
    await start('skyrl');
    const taken = await post(fake, 'asample', {
      base_model: 'test/tiny',
      prompt,
      prompt_logprobs: true,
      sampling_params: { max_tokens: 1 },
    });
    const { json } = await retrieve(fake, taken.json?.['request_id']);
    expect(json?.['prompt_logprobs']).toHaveLength(1);
  });

  test('TuFT samples by sessions alone and refuses fields of newer clients', async () => {
    await start('tuft');
    expect((await sample({ max_tokens: 2 })).status).toBe(404);
    const session = await openSession(fake);
    const opened = await post(fake, 'create_sampling_session', {
      session_id: session,
      sampling_session_seq_id: 0,
      base_model: 'test/tiny',
    });
    expect(opened.status).toBe(201);
    const request = {
      sampling_session_id: opened.json?.['sampling_session_id'],
      seq_id: 0,
      prompt,
      sampling_params: { max_tokens: 2 },
    };
    expect((await post(fake, 'asample', request)).status).toBe(202);
    expect((await post(fake, 'asample', { ...request, topk_sample_logprobs: 0 })).status).toBe(422);
  });

  test('a prompt that does not fit with its answer is refused', async () => {
    await start('tinker');
    expect((await sample({ max_tokens: 4_095 })).status).toBe(400);
  });
});

describe('models', () => {
  const create = async (lora: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    post(fake, 'create_model', {
      session_id: await openSession(fake),
      model_seq_id: 0,
      base_model: 'test/tiny',
      lora_config: lora,
      ...more,
    });

  test('too large a rank, nothing to train, an unknown base and an unknown session are refused', async () => {
    await start('tinker');
    expect((await create({ rank: 129 })).status).toBe(400);
    const none = { rank: 4, train_unembed: false, train_mlp: false, train_attn: false };
    expect((await create(none)).status).toBe(400);
    expect((await create({ rank: 4 }, { base_model: 'test/none' })).status).toBe(404);
    expect((await create({ rank: 4 }, { session_id: 'none' })).status).toBe(404);
  });

  test('one more than the engine holds fails, until another is unloaded', async () => {
    fake = await createFakeTinker({ behaviour: 'skyrl', maxModels: 1 });
    const modelId = await openModel(fake);
    await expect(openModel(fake)).rejects.toThrow('Maximum number of LoRA adapters (2) reached');
    const unloading = await post(fake, 'unload_model', { model_id: modelId });
    expect((await retrieve(fake, unloading.json?.['request_id'])).status).toBe(200);
    expect(await openModel(fake)).not.toBe(modelId);
    expect((await post(fake, 'get_info', { model_id: modelId })).json).toMatchObject({ status: 'unloaded' });
    const taken = await sendBatch(fake, { modelId, seqId: 1, data: [supervised], loss: 'cross_entropy' });
    const late = await retrieve(fake, taken.json?.['request_id']);
    expect([late.status, late.json]).toEqual([400, { detail: `Model ${modelId} not loaded` }]);
  });

  test('hosted knows an unloaded model no more', async () => {
    const modelId = await start('tinker');
    await post(fake, 'unload_model', { model_id: modelId });
    expect((await post(fake, 'get_info', { model_id: modelId })).status).toBe(404);
  });

  test('an unknown model crashes TuFT where it does not look', async () => {
    await start('tuft');
    const answer = await post(fake, 'get_info', { model_id: 'none' });
    expect(answer.status).toBe(500);
    expect(new TextDecoder().decode(answer.bytes)).toBe('Internal Server Error');
  });

  test.each<[Behaviour, boolean]>([
    ['tinker', true],
    ['skyrl', false],
  ])('on %s a second pass over the same datum makes the step larger: %s', async (behaviour, grows) => {
    const moved = [];
    for (const passes of [1, 2]) {
      const modelId = await start(behaviour);
      const before = fake.model(modelId).weights;
      for (let at = 1; at <= passes; at += 1) {
        await sendBatch(fake, { modelId, seqId: at, data: [supervised], loss: 'cross_entropy' });
      }
      // So large an epsilon makes the step as long as the gradient.
      const params = { learning_rate: 1, eps: 1e6 };
      await post(fake, 'optim_step', { model_id: modelId, seq_id: passes + 1, adam_params: params });
      moved.push(Math.max(...fake.model(modelId).weights.map((one, at) => Math.abs(one - before[at]!))));
      if (passes === 1) await fake.close();
    }
    expect(moved[1]! / moved[0]!).toBeCloseTo(grows ? 2 : 1, 3);
  });

  test.each<[Behaviour, boolean]>([
    ['tinker', true],
    ['skyrl', false],
  ])('%s heeds grad_clip_norm: %s', async (behaviour, heeds) => {
    const moved = [];
    for (const clip of [0, 1e-9]) {
      const modelId = await start(behaviour);
      await sendBatch(fake, { modelId, seqId: 1, data: [supervised], loss: 'cross_entropy' });
      const params = { learning_rate: 0.1, eps: 1, grad_clip_norm: clip };
      const before = fake.model(modelId).weights;
      await post(fake, 'optim_step', { model_id: modelId, seq_id: 2, adam_params: params });
      moved.push(Math.max(...fake.model(modelId).weights.map((one, at) => Math.abs(one - before[at]!))));
      if (clip === 0) await fake.close();
    }
    expect(moved[1]! < moved[0]! / 100).toBe(heeds);
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { type Behaviour, protobufOnly } from './behaviours.ts';
import { createFakeTinker, type FakeTinker } from './fake-tinker.ts';
import { encodeMessage } from './protobuf-schema.ts';
import {
  jsonBatch,
  openModel,
  post,
  protobufBatch,
  type RawBatch,
  type RawDatum,
  retrieve,
  sendBatch,
} from './raw-client.ts';

let fake: FakeTinker;
afterEach(() => fake.close());

async function start(behaviour: Behaviour): Promise<string> {
  fake = await createFakeTinker({ behaviour });
  return openModel(fake);
}

const supervised: RawDatum = { tokens: [1, 2], inputs: { target_tokens: [2, 3], weights: [1, 1] } };
const ratio: RawDatum = {
  tokens: [1, 2],
  inputs: { target_tokens: [2, 3], logprobs: [-1, -1], advantages: [1, 1] },
};

/** The status and words with which a batch ends: at once or by its future. */
async function end(batch: Omit<RawBatch, 'seqId'>): Promise<{ status: number; said: string; at: string }> {
  const taken = await sendBatch(fake, { ...batch, seqId: 1 });
  if (taken.status >= 300) return { status: taken.status, said: JSON.stringify(taken.json), at: 'submit' };
  const { status, json } = await retrieve(fake, taken.json?.['request_id']);
  return { status, said: JSON.stringify(json), at: 'future' };
}

describe('codecs', () => {
  test.each<[Behaviour, number, number]>([
    ['tinker', 415, 200],
    ['skyrl', 200, 200],
    ['tuft', 415, 202],
    ['mint', 200, 415],
  ])('%s answers JSON with %i and protobuf with %i', async (behaviour, asJson, asProtobuf) => {
    const modelId = await start(behaviour);
    const batch = { modelId, data: [supervised], loss: 'cross_entropy' };
    expect((await post(fake, 'forward_backward', jsonBatch({ ...batch, seqId: 1 }))).status).toBe(asJson);
    const seqId = asJson === 200 ? 2 : 1;
    const answer = await post(fake, 'forward_backward', protobufBatch({ ...batch, seqId }));
    expect(answer.status).toBe(asProtobuf);
  });

  test('a newer SkyRL takes and gives protobuf alone', async () => {
    fake = await createFakeTinker({ behaviour: 'skyrl', traits: protobufOnly });
    const batch = { modelId: await openModel(fake), seqId: 1, data: [supervised], loss: 'cross_entropy' };
    expect((await post(fake, 'forward_backward', jsonBatch(batch))).status).toBe(415);
    expect((await post(fake, 'forward', {})).status).toBe(404);
    const taken = await post(fake, 'forward_backward', protobufBatch(batch));
    const result = await retrieve(fake, taken.json?.['request_id']);
    expect(result.headers.get('content-type')).toBe('application/x-protobuf');
  });

  test('bytes that are no message, and JSON that is none, are 422', async () => {
    await start('skyrl');
    expect((await post(fake, 'forward_backward', new Uint8Array([255, 255, 255]))).status).toBe(422);
    const broken = await fetch(`${fake.baseUrl}/api/v1/optim_step`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"model_id": ',
    });
    expect(broken.status).toBe(422);
  });
});

describe('tensors', () => {
  const wrong: readonly [string, RawDatum, string][] = [
    ['a tensor of another length', { ...supervised, tokens: [1, 2, 3] }, 'cross_entropy'],
    ['a token outside the vocabulary', { ...supervised, tokens: [1, 64] }, 'cross_entropy'],
    ['a missing input', { ...supervised, inputs: { weights: [1, 1] } }, 'cross_entropy'],
    [
      'a number that is not finite',
      { ...ratio, inputs: { ...ratio.inputs, advantages: [1, Number.NaN] } },
      'importance_sampling',
    ],
  ];

  test.each(wrong)('%s is refused by hosted at once, as the fault of its user', async (_, datum, loss) => {
    const modelId = await start('tinker');
    const ended = await end({ modelId, data: [datum], loss });
    expect(ended).toMatchObject({ status: 400, at: 'submit' });
    expect(ended.said).toContain('"category":"user"');
    expect(fake.model(modelId).pendingDatums).toBe(0);
  });

  test.each(wrong.slice(0, 3))(
    '%s fails the future on SkyRL with 400 and a detail',
    async (_, datum, loss) => {
      const modelId = await start('skyrl');
      const ended = await end({ modelId, data: [datum], loss });
      expect(ended).toMatchObject({ status: 400, at: 'future' });
      expect(ended.said).toMatch(/^\{"detail":/);
    },
  );

  test('TuFT tells a wrong length by 409', async () => {
    const modelId = await start('tuft');
    const data = [{ ...supervised, tokens: [1, 2, 3] }];
    expect(await end({ modelId, data, loss: 'cross_entropy' })).toMatchObject({ status: 409, at: 'future' });
  });

  test('an empty batch and an empty chunk are refused', async () => {
    const modelId = await start('tinker');
    expect((await end({ modelId, data: [], loss: 'cross_entropy' })).status).toBe(400);
    const body = encodeMessage('ForwardBackwardRequest', {
      model_id: modelId,
      seq_id: 2,
      loss_fn: 'cross_entropy',
      data: [{ model_input: [{ encoded_text: {} }], loss_fn_inputs: {} }],
    });
    const answer = await post(fake, 'forward_backward', body);
    expect(answer.status).toBe(400);
    expect(answer.json?.['detail']).toContain('at least one token');
  });

  test.each<[Behaviour, number]>([
    ['tinker', 400],
    ['skyrl', 200],
    ['tuft', 200],
  ])('weights beside a ratio loss, and a name nobody knows, on %s: %i', async (behaviour, status) => {
    const modelId = await start(behaviour);
    const inputs = { ...ratio.inputs, weights: [0, 1] };
    const data = [{ ...ratio, inputs }];
    expect((await end({ modelId, data, loss: 'importance_sampling' })).status).toBe(status);
    await fake.close();
    const other = await start(behaviour);
    const named = [{ ...ratio, inputs: { ...ratio.inputs, mask: [0, 1] } }];
    expect((await end({ modelId: other, data: named, loss: 'importance_sampling' })).status).toBe(status);
  });

  test('those weights are the mask of the mean on SkyRL and nothing on TuFT', async () => {
    for (const [behaviour, isMask] of [
      ['skyrl', true],
      ['tuft', false],
    ] as const) {
      const modelId = await start(behaviour);
      const masked = { ...ratio, inputs: { ...ratio.inputs, weights: [0, 1], advantages: [5, 1] } };
      await end({ modelId, data: [masked], loss: 'importance_sampling' });
      const withFirst = fake.model(modelId).pendingGradient;
      await fake.close();
      const other = await start(behaviour);
      const silent = { ...masked, inputs: { ...masked.inputs, advantages: [0, 1] } };
      await end({ modelId: other, data: [silent], loss: 'importance_sampling' });
      const same = withFirst.every((value, at) => value === fake.model(other).pendingGradient[at]);
      expect(same, behaviour).toBe(isMask);
      if (behaviour === 'skyrl') await fake.close();
    }
  });

  test('losses that an engine does not have', async () => {
    const modelId = await start('skyrl');
    const batch = { modelId, data: [ratio], loss: 'dro', settings: { beta: 1 } };
    expect(await end(batch)).toMatchObject({ status: 422, at: 'submit' });
    expect((await end({ ...batch, loss: 'ppo' })).status).toBe(422);
  });
});

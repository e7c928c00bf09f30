import { afterEach, describe, expect, test } from 'vitest';
import type { Behaviour } from './behaviours.ts';
import { createFakeTinker, type FakeTinker, type FakeTinkerOptions } from './fake-tinker.ts';
import { openModel, post, type RawAnswer, retrieve, sendBatch } from './raw-client.ts';

let fake: FakeTinker;
afterEach(() => fake.close());

async function start(behaviour: Behaviour, options: FakeTinkerOptions = {}): Promise<string> {
  fake = await createFakeTinker({ behaviour, ...options });
  return openModel(fake);
}

const data = [{ tokens: [1, 2, 3], inputs: { target_tokens: [2, 3, 4], weights: [0, 1, 1] } }];
const pass = (modelId: string, seqId: number, of = data): Promise<RawAnswer> =>
  sendBatch(fake, { modelId, seqId, data: of, loss: 'cross_entropy' });
const step = (modelId: string, seqId: number, rate = 0.01): Promise<RawAnswer> =>
  post(fake, 'optim_step', { model_id: modelId, seq_id: seqId, adam_params: { learning_rate: rate } });
const outcome = async (submitted: RawAnswer): Promise<RawAnswer> =>
  retrieve(fake, submitted.json?.['request_id']);
const unknownToken = [{ tokens: [1], inputs: { target_tokens: [999], weights: [1] } }];

describe('hosted', () => {
  test('executes in the order of seq_id, whatever comes first', async () => {
    const modelId = await start('tinker');
    const before = fake.model(modelId).weights;
    const early = await step(modelId, 2);
    expect((await outcome(early)).status).toBe(408);
    expect(fake.waitingFutures()).toBe(1);
    await pass(modelId, 1);
    expect((await outcome(early)).status).toBe(200);
    expect(fake.model(modelId)).toMatchObject({ steps: 1, pendingDatums: 0 });
    expect(fake.model(modelId).weights).not.toEqual(before);
  });

  test('a number that was used gives the same future for the same request and 409 for another', async () => {
    const modelId = await start('tinker');
    const first = await pass(modelId, 1);
    const again = await pass(modelId, 1);
    expect(again.json).toEqual(first.json);
    expect(fake.model(modelId).pendingDatums).toBe(1);
    expect((await step(modelId, 1)).status).toBe(409);
  });

  test('a refused request has had its turn', async () => {
    const modelId = await start('tinker');
    expect((await pass(modelId, 1, unknownToken)).status).toBe(400);
    expect((await outcome(await pass(modelId, 2))).status).toBe(200);
  });

  test('the same idempotency key gives the same answer to the same request, 409 to another', async () => {
    const modelId = await start('tinker');
    const save = { model_id: modelId, seq_id: 1, path: 'one' };
    const key = { 'x-idempotency-key': 'k1' };
    const first = await post(fake, 'save_weights', save, key);
    expect((await post(fake, 'save_weights', save, key)).json).toEqual(first.json);
    expect((await post(fake, 'save_weights', { ...save, path: 'two' }, key)).status).toBe(409);
    expect((await post(fake, 'save_weights', save, { 'x-idempotency-key': 'k2' })).status).toBe(409);
    expect(fake.checkpoints()).toEqual([`tinker://${modelId}/weights/one`]);
  });
});

describe('SkyRL', () => {
  test('executes in the order of arrival and lets gaps pass', async () => {
    const modelId = await start('skyrl');
    const before = fake.model(modelId).weights;
    expect((await outcome(await step(modelId, 5))).status).toBe(200);
    expect(fake.model(modelId).weights).toEqual(before);
    await pass(modelId, 4);
    expect(fake.model(modelId)).toMatchObject({ steps: 1, pendingDatums: 1 });
  });

  test('knows a pass or step by model and number: same body same future, other body 409', async () => {
    const modelId = await start('skyrl');
    const first = await pass(modelId, 1);
    expect((await pass(modelId, 1)).json).toEqual(first.json);
    expect(fake.model(modelId).pendingDatums).toBe(1);
    const other = [{ ...data[0]!, tokens: [1, 2, 9] }];
    const refused = await pass(modelId, 1, other);
    expect(refused.status).toBe(409);
    expect(refused.json).toEqual({ detail: 'Training request sequence number was reused' });
  });

  test('does not know saves by anything: the same again is 409, idempotency key or not', async () => {
    const modelId = await start('skyrl');
    const save = { model_id: modelId, seq_id: 1, path: 'one' };
    const key = { 'x-idempotency-key': 'k1' };
    expect((await post(fake, 'save_weights', save, key)).status).toBe(200);
    expect((await post(fake, 'save_weights', save, key)).status).toBe(409);
  });
});

describe('TuFT', () => {
  test('fails whatever is not the next number, without counting it', async () => {
    const modelId = await start('tuft');
    const early = await step(modelId, 2);
    expect(early.status).toBe(202);
    const refused = await outcome(early);
    expect(refused.status).toBe(409);
    expect(refused.json?.['detail']).toBe('Sequence conflict: expected 1, got 2.');
    expect((await outcome(await pass(modelId, 1))).status).toBe(200);
    expect((await outcome(await pass(modelId, 1))).status).toBe(409);
    expect((await outcome(await step(modelId, 2))).status).toBe(200);
    expect(fake.model(modelId).steps).toBe(1);
  });

  test.each([
    ['again', 1, [2]],
    ['left out', 2, [3]],
  ])('after a failure its number may be sent %s', async (_, goesOnAt, then) => {
    const modelId = await start('tuft');
    expect((await outcome(await pass(modelId, 1, unknownToken))).status).toBe(400);
    expect((await outcome(await pass(modelId, 3))).status).toBe(409);
    for (const seqId of [goesOnAt, ...then]) {
      expect((await outcome(await pass(modelId, seqId))).status).toBe(200);
    }
  });

  test('what fails before its turn is not counted as having failed', async () => {
    const modelId = await start('tuft');
    const path = `tinker://${modelId}/weights/none`;
    const load = await post(fake, 'load_weights', { model_id: modelId, seq_id: 1, path, optimizer: true });
    expect((await outcome(load)).status).toBe(404);
    expect((await outcome(await pass(modelId, 2))).status).toBe(409);
    expect((await outcome(await pass(modelId, 1))).status).toBe(200);
  });
});

describe('held futures', () => {
  test.each<[Behaviour, number, unknown]>([
    ['tinker', 408, { queue_state: 'active' }],
    ['skyrl', 408, { queue_state: 'active' }],
    ['tuft', 200, { type: 'try_again', queue_state: 'active' }],
  ])('are not done and not ready on %s until they are released', async (behaviour, status, body) => {
    const modelId = await start(behaviour);
    fake.holdFutures();
    const taken = await pass(modelId, 1);
    expect(fake.model(modelId).pendingDatums).toBe(0);
    const waiting = await outcome(taken);
    expect(waiting.status).toBe(status);
    expect(waiting.json).toMatchObject(body as Record<string, unknown>);
    fake.releaseFutures();
    expect(fake.model(modelId).pendingDatums).toBe(1);
    expect((await outcome(taken)).json).toHaveProperty('loss_fn_outputs');
  });

  test('of samples are drawn when they are released', async () => {
    await start('tinker');
    fake.holdFutures(['sample']);
    const taken = await post(fake, 'asample', {
      base_model: 'test/tiny',
      prompt: { chunks: [{ type: 'encoded_text', tokens: [1] }] },
      sampling_params: { max_tokens: 1 },
    });
    expect((await outcome(taken)).status).toBe(408);
    fake.releaseFutures();
    expect((await outcome(taken)).json?.['sequences']).toHaveLength(1);
  });

  test('of one kind hold up those behind them and no other model', async () => {
    const modelId = await start('tinker');
    const other = await openModel(fake);
    fake.holdFutures(['forward_backward']);
    await pass(modelId, 1);
    await step(modelId, 2);
    await step(other, 1);
    expect(fake.model(modelId).steps).toBe(0);
    expect(fake.model(other).steps).toBe(1);
    fake.releaseFutures();
    expect(fake.model(modelId).steps).toBe(1);
  });
});

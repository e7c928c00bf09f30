import { afterEach, describe, expect, test } from 'vitest';
import { createFakeTinker, type FakeTinker, type FakeTinkerOptions } from './fake-tinker.ts';
import { call, openModel, openSession, post, resultOf, sendBatch } from './raw-client.ts';

let fake: FakeTinker;
let now = Date.UTC(2026, 1, 1);
afterEach(() => fake.close());

async function start(options: FakeTinkerOptions = {}): Promise<string> {
  now = Date.UTC(2026, 1, 1);
  fake = await createFakeTinker({ now: () => now, ...options });
  return openModel(fake);
}

const data = [{ tokens: [1, 2, 3], inputs: { target_tokens: [2, 3, 4], weights: [0, 1, 1] } }];

/** One pass and one step, with two numbers from `seqId`. */
async function train(modelId: string, seqId: number, rate = 0.05): Promise<void> {
  await resultOf(fake, sendBatch(fake, { modelId, seqId, data, loss: 'cross_entropy' }));
  const params = { learning_rate: rate };
  await resultOf(
    fake,
    post(fake, 'optim_step', { model_id: modelId, seq_id: seqId + 1, adam_params: params }),
  );
}

const save = (modelId: string, seqId: number, name: string, more: Record<string, unknown> = {}) =>
  resultOf(fake, post(fake, 'save_weights', { model_id: modelId, seq_id: seqId, path: name, ...more }));

const saveSampler = (modelId: string, seqId: number, name: string) =>
  resultOf(fake, post(fake, 'save_weights_for_sampler', { model_id: modelId, seq_id: seqId, path: name }));

describe('state checkpoints', () => {
  test.each([true, false])('are loaded with the moments of the optimiser: %s', async (optimizer) => {
    const modelId = await start({ behaviour: 'skyrl' });
    await train(modelId, 1);
    const { path } = await save(modelId, 3, 'kept');
    const kept = fake.model(modelId).weights;
    await train(modelId, 4, 0.001);
    const copy = await openModel(fake, { seed: 77 });
    await resultOf(fake, post(fake, 'load_weights', { model_id: copy, seq_id: 1, path, optimizer }));
    expect(fake.model(copy).weights).toEqual(kept);
    await train(copy, 2, 0.001);
    const distance = fake
      .model(copy)
      .weights.map((one, at) => Math.abs(one - fake.model(modelId).weights[at]!));
    if (optimizer) expect(Math.max(...distance)).toBeLessThan(1e-12);
    else expect(Math.max(...distance)).toBeGreaterThan(1e-6);
  });

  test('the form that creates the model too', async () => {
    const modelId = await start();
    await train(modelId, 1);
    const { path } = await save(modelId, 3, 'kept');
    const sessionId = await openSession(fake);
    const body = { session_id: sessionId, model_seq_id: 0, path, optimizer: true };
    expect(await resultOf(fake, post(fake, 'load_weights', body))).toMatchObject({ path });
    expect(fake.model(`${sessionId}:train:0`).weights).toEqual(fake.model(modelId).weights);
    await train(`${sessionId}:train:0`, 1);
  });

  test.each([
    ['tinker', 400],
    ['skyrl', 400],
    ['tuft', 202],
  ] as const)('after other work a load is answered on %s with %i', async (behaviour, status) => {
    const modelId = await start({ behaviour });
    const { path } = await save(modelId, 1, 'kept');
    const body = { model_id: modelId, seq_id: 2, path, optimizer: true };
    expect((await post(fake, 'load_weights', body)).status).toBe(status);
  });

  test('of another rank are refused', async () => {
    const modelId = await start({ behaviour: 'skyrl' });
    const { path } = await save(modelId, 1, 'kept');
    const other = await openModel(fake, { rank: 3 });
    const body = { model_id: other, seq_id: 1, path, optimizer: true };
    await expect(resultOf(fake, post(fake, 'load_weights', body))).rejects.toThrow('400');
  });
});

describe('names', () => {
  test('are used once, unless hosted is asked to overwrite or TuFT does so by itself', async () => {
    for (const [behaviour, plain, asked] of [
      ['tinker', 409, 200],
      ['skyrl', 409, 409],
      ['tuft', 202, 202],
      ['mint', 409, 409],
    ] as const) {
      const modelId = await start({ behaviour });
      await save(modelId, 1, 'kept');
      const body = { model_id: modelId, seq_id: 2, path: 'kept' };
      expect((await post(fake, 'save_weights', body)).status, behaviour).toBe(plain);
      const again = { ...body, seq_id: 3, overwrite: true };
      expect((await post(fake, 'save_weights', again)).status, behaviour).toBe(asked);
      if (behaviour !== 'mint') await fake.close();
    }
  });

  test('of state and sampler weights do not meet', async () => {
    const modelId = await start();
    await save(modelId, 1, 'kept');
    expect(await saveSampler(modelId, 2, 'kept')).toMatchObject({
      path: `tinker://${modelId}/sampler_weights/kept`,
      sampling_session_id: null,
    });
  });

  test('hold only what the engine allows', async () => {
    const modelId = await start({ behaviour: 'skyrl' });
    const body = { model_id: modelId, path: 'a b/../c' };
    expect((await post(fake, 'save_weights', body)).status).toBe(422);
  });

  test('a name stays taken while its first save waits', async () => {
    const modelId = await start({ behaviour: 'skyrl' });
    fake.holdFutures();
    const body = { model_id: modelId, path: 'kept' };
    expect((await post(fake, 'save_weights', body)).status).toBe(200);
    expect((await post(fake, 'save_weights', body)).status).toBe(409);
  });
});

describe('the list', () => {
  test('shows what was saved, by run and for all, and forgets what was deleted', async () => {
    const modelId = await start();
    const { path } = await save(modelId, 1, 'state', { ttl_seconds: 7_200 });
    await saveSampler(modelId, 2, 'sampler');
    const own = await call(fake, 'GET', `training_runs/${modelId}/checkpoints`);
    expect(own.json?.['checkpoints']).toEqual([
      {
        checkpoint_id: 'weights/state',
        checkpoint_type: 'training',
        time: new Date(now).toISOString(),
        tinker_path: path,
        size_bytes: expect.any(Number),
        public: false,
        expires_at: new Date(now + 7_200_000).toISOString(),
      },
      expect.objectContaining({ checkpoint_id: 'sampler_weights/sampler', checkpoint_type: 'sampler' }),
    ]);
    const first = await call(fake, 'GET', 'checkpoints?limit=1');
    expect(first.json).toMatchObject({ cursor: { offset: 0, limit: 1, total_count: 2 } });
    const target = `training_runs/${modelId}/checkpoints/weights/state`;
    expect((await call(fake, 'DELETE', target)).status).toBe(204);
    expect((await call(fake, 'DELETE', target)).status).toBe(404);
    expect(fake.checkpoints()).toEqual([`tinker://${modelId}/sampler_weights/sampler`]);
    expect((await post(fake, 'weights_info', { tinker_path: path })).status).toBe(404);
  });

  test('time to live: what ran out is gone, and it can be changed', async () => {
    const modelId = await start();
    const { path } = await save(modelId, 1, 'short', { ttl_seconds: 3_600 });
    const info = () => post(fake, 'weights_info', { tinker_path: path });
    expect((await info()).json).toMatchObject({ base_model: 'test/tiny', is_lora: true, lora_rank: 8 });
    const ttl = `training_runs/${modelId}/checkpoints/weights/short/ttl`;
    expect((await call(fake, 'PUT', ttl, { ttl_seconds: 60 })).status).toBe(422);
    expect((await call(fake, 'PUT', ttl, { ttl_seconds: 7_200 })).status).toBe(200);
    now += 3_600_000;
    expect((await info()).status).toBe(200);
    now += 3_600_000;
    expect((await info()).status).toBe(404);
  });

  test('publishing, and what an engine has none of', async () => {
    const modelId = await start();
    await save(modelId, 1, 'kept');
    const publish = `training_runs/${modelId}/checkpoints/weights/kept/publish`;
    const isPublic = async () => {
      const { json } = await call(fake, 'GET', 'checkpoints');
      const listed = json?.['checkpoints'] as { public: boolean }[] | undefined;
      return listed?.[0]?.public;
    };
    expect((await call(fake, 'POST', publish, {})).status).toBe(204);
    expect(await isPublic()).toBe(true);
    expect((await call(fake, 'DELETE', publish)).status).toBe(204);
    expect(await isPublic()).toBe(false);
    await fake.close();
    await start({ behaviour: 'skyrl' });
    for (const path of ['checkpoints', 'sessions']) expect((await call(fake, 'GET', path)).status).toBe(404);
    expect((await post(fake, 'client/dynamic_config', { sdk_version: 'x' })).status).toBe(404);
  });

  test('unloading on TuFT takes the checkpoints along, elsewhere they stay', async () => {
    for (const [behaviour, left] of [
      ['tuft', 0],
      ['skyrl', 1],
    ] as const) {
      const modelId = await start({ behaviour });
      await save(modelId, 1, 'kept');
      await resultOf(fake, post(fake, 'unload_model', { model_id: modelId }));
      expect(fake.checkpoints()).toHaveLength(left);
      expect(fake.model(modelId).isUnloaded).toBe(true);
      if (behaviour === 'tuft') await fake.close();
    }
  });
});

test('SkyRL tells of its checkpoints in a way of its own', async () => {
  const modelId = await start({ behaviour: 'skyrl' });
  fake.holdFutures();
  await post(fake, 'save_weights', { model_id: modelId, path: 'kept' });
  const info = (path: string) => post(fake, 'weights_info', { tinker_path: `tinker://${modelId}/${path}` });
  expect((await info('weights/kept')).status).toBe(425);
  fake.releaseFutures();
  expect((await info('weights/kept')).json).toEqual({ base_model: 'test/tiny', is_lora: true, lora_rank: 8 });
  await saveSampler(modelId, 2, 'drawn');
  expect((await info('sampler_weights/drawn')).status).toBe(400);
  const { json } = await call(fake, 'GET', `training_runs/${modelId}/checkpoints`);
  expect(json?.['checkpoints']).toMatchObject([{ checkpoint_id: 'kept' }, { checkpoint_id: 'drawn' }]);
  const archive = (name: string) => call(fake, 'GET', `training_runs/${modelId}/checkpoints/${name}/archive`);
  expect((await archive('drawn')).status).toBe(302);
  expect((await archive('sampler_weights/drawn')).status).toBe(405);
});

describe('archives', () => {
  test.each(['redirect', 'body'] as const)(
    'are told by %s and refuse a key that comes along',
    async (archive) => {
      const modelId = await start({ archive });
      await saveSampler(modelId, 1, 'kept');
      const where = `training_runs/${modelId}/checkpoints/sampler_weights/kept/archive`;
      const told = await call(fake, 'GET', where);
      expect(told.status).toBe(archive === 'redirect' ? 302 : 200);
      const url = archive === 'redirect' ? told.headers.get('location') : told.json?.['url'];
      expect((await fetch(String(url), { headers: { 'x-api-key': fake.apiKey } })).status).toBe(400);
      const bytes = await (await fetch(String(url))).arrayBuffer();
      expect(bytes.byteLength).toBeGreaterThan(0);
    },
  );
});

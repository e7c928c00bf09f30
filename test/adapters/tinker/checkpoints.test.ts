import { describe, expect, test } from 'vitest';
import { partsOfPath } from '../../../adapters/tinker/checkpoints.ts';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, withRig } from './rig.ts';
import { adam, batch, crossEntropy } from './samples.ts';

describe('the path of a checkpoint', () => {
  test.each([
    ['tinker://run/weights/a', { runId: 'run', kind: 'weights', name: 'a' }],
    ['tinker://run:train:0/sampler_weights/a', { runId: 'run:train:0', kind: 'sampler_weights', name: 'a' }],
    ['tinker://run/a', { runId: 'run', kind: 'sampler_weights', name: 'a' }],
  ])('%s', (path, parts) => {
    expect(partsOfPath(path)).toEqual(parts);
  });

  test.each(['', 'a', 'tinker://', 'tinker://run', 'tinker://run/', 'http://run/weights/a'])(
    '%s is none',
    (path) => {
      expect(() => partsOfPath(path)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
    },
  );
});

describe('checkpoints', () => {
  test('are listed with their time and size, published, kept for a while, and told of', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.done(rig.client.createModel({ baseModel: 'test/tiny', rank: 4 }, never()));
      const path = await rig.done(model.saveWeights('a', { ttlSeconds: 7_200 }, never()));
      const now = rig.clock.now();
      const desk = rig.client.checkpoints;
      const [row] = await rig.done(desk.ofRun(model.id, never()));
      expect(row).toEqual({
        path,
        kind: 'state',
        createdAt: now,
        sizeBytes: expect.any(Number),
        isPublic: false,
        expiresAt: now + 7_200_000,
      });
      await rig.done(desk.publish(path, true, never()));
      await rig.done(desk.setTtl(path, null, never()));
      const [kept] = await rig.done(desk.all({}, never()));
      expect(kept?.isPublic).toBe(true);
      expect(kept?.expiresAt).toBeUndefined();
      await rig.done(desk.publish(path, false, never()));
      await rig.done(desk.setTtl(path, 3_600, never()));
      expect((await rig.done(desk.all({ limit: 1 }, never())))[0]).toMatchObject({ isPublic: false });
      expect(await rig.done(desk.all({ offset: 1 }, never()))).toEqual([]);
      expect(await rig.done(desk.info(path, never()))).toEqual({
        baseModel: 'test/tiny',
        isLora: true,
        rank: 4,
      });
      const { runs, total } = await rig.done(desk.runs({}, never()));
      expect([runs[0]?.['training_run_id'], total]).toEqual([model.id, 1]);
    });
  });

  test.each([
    ['2026-11-30T09:47:28.894242', Date.UTC(2026, 10, 30, 9, 47, 28, 894)],
    ['2026-11-30T09:47:28Z', Date.UTC(2026, 10, 30, 9, 47, 28)],
    ['2026-11-30T11:47:28+02:00', Date.UTC(2026, 10, 30, 9, 47, 28)],
    ['yesterday', undefined],
    [null, undefined],
  ])('of the time %s', async (time, at) => {
    await withRig('mint', {}, async (rig) => {
      const model = await rig.createModel();
      const checkpoints = [{ checkpoint_type: 'training', time, tinker_path: 'mint://a' }, 'nonsense', {}];
      rig.fake.failNext('run_checkpoints', { kind: 'malformed', text: JSON.stringify({ checkpoints }) });
      const rows = await rig.done(rig.trainer.checkpoints(model.modelId, never()));
      expect(rows).toEqual([
        { path: 'mint://a', kind: 'state', ...(at === undefined ? {} : { createdAt: at }) },
      ]);
    });
  });

  test.each(['redirect', 'body'] as const)(
    'are fetched from an address (%s) that never sees the key',
    async (archive) => {
      await withRig('tinker', { fake: { archive } }, async (rig) => {
        const model = await rig.createModel();
        const path = await rig.done(model.saveSampler('a', never()));
        rig.fake.failNext('checkpoint_archive', httpFault(503, 'packing'), { times: 2 });
        const startedAt = rig.clock.monotonicMs();
        const bytes = await rig.done(rig.client.checkpoints.archive(path, never()));
        expect(bytes.length).toBeGreaterThan(0);
        expect(rig.clock.monotonicMs() - startedAt).toBe(60_000);
        expect(rig.fake.requestsTo('archive').map(({ key }) => key)).toEqual(['none']);
      });
    },
  );

  test('that are packed for too long are given up', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveSampler('a', never()));
      rig.fake.failNext('checkpoint_archive', httpFault(503, 'packing'), { times: 6 });
      const error = await rig.failure(rig.client.checkpoints.archive(path, never()));
      expect(error.message).toContain('packing');
      expect(rig.fake.requestsTo('checkpoint_archive')).toHaveLength(6);
    });
  });

  test('that may not be deleted are said so', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('a', never()));
      rig.fake.failNext('checkpoint_delete', httpFault(403, 'not yours'));
      expect((await rig.failure(rig.trainer.deleteCheckpoint(path, never()))).code).toBe('auth_failed');
      expect((await rig.failure(rig.trainer.deleteCheckpoint('nonsense', never()))).code).toBe(
        'invalid_input',
      );
    });
  });

  test('of a model on TuFT outlive its unloading, as it is left there', async () => {
    await withRig('tuft', {}, async (rig) => {
      const [saved, unsaved] = [await rig.createModel(), await rig.createModel()];
      const path = await rig.done(saved.saveState('a', never()));
      for (const model of [saved, unsaved]) await rig.done(model.unload(never()));
      expect(rig.fake.requestsTo('unload_model').map(({ body }) => Object(body).model_id)).toEqual([
        unsaved.modelId,
      ]);
      await rig.done(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
    });
  });
});

describe('an engine that fails over what it does not have', () => {
  const crash = httpFault(500, 'Internal Server Error');

  test('is asked three times, and then does not have it', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('a', never()));
      rig.fake.failNext('weights_info', crash, { times: 3 });
      const restoring = rig.trainer.restoreModel(path, { withOptimizer: true }, never());
      expect(await rig.failure(restoring)).toMatchObject({ code: 'not_found', retryable: false });
      rig.fake.failNext('run_checkpoints', crash, { times: 2 });
      expect(await rig.done(rig.trainer.checkpoints(model.modelId, never()))).toHaveLength(1);
      rig.fake.failNext('run_checkpoints', httpFault(503, 'later', { 'x-should-retry': 'false' }));
      expect((await rig.failure(rig.trainer.checkpoints(model.modelId, never()))).code).toBe('peer_failed');
    });
  });

  test('has not deleted what it still lists', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('a', never()));
      rig.fake.failNext('checkpoint_delete', crash, { times: 3 });
      const deleting = rig.trainer.deleteCheckpoint(path, never());
      expect((await rig.failure(deleting)).code).toBe('peer_failed');
      expect(await rig.done(rig.trainer.checkpoints(model.modelId, never()))).toHaveLength(1);
      // Whether it is there cannot be told either.
      rig.fake.failNext('checkpoint_delete', crash, { times: 3 });
      rig.fake.failNext('run_checkpoints', httpFault(403, 'no'));
      expect((await rig.failure(rig.trainer.deleteCheckpoint(path, never()))).code).toBe('auth_failed');
      await rig.done(rig.trainer.deleteCheckpoint(path, never()));
      expect(await rig.done(rig.trainer.checkpoints(model.modelId, never()))).toEqual([]);
    });
  });

  test('has deleted what it does not list, or does not know the model of', async () => {
    const traits = { crashesAt: ['checkpoint_delete', 'run_checkpoints'] };
    await withRig('tuft', { fake: { traits } }, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('a', never()));
      await rig.done(model.saveSampler('b', never()));
      for (let time = 0; time < 2; time += 1) await rig.done(rig.trainer.deleteCheckpoint(path, never()));
      await rig.done(rig.trainer.deleteCheckpoint('tinker://none/weights/a', never()));
    });
  });

  test('may have published what it failed to publish', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('a', never()));
      rig.fake.failNext('publish', crash, { times: 3 });
      const publishing = rig.client.checkpoints.publish(path, true, never());
      expect((await rig.failure(publishing)).code).toBe('peer_failed');
    });
  });

  test('tells the base model of a sampler by its path then', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveSampler('a', never()));
      rig.fake.failNext('sampler', crash, { times: 3 });
      const sampler = await rig.done(rig.trainer.createSampler({ path }, never()));
      expect(sampler.baseModel).toBe('test/tiny');
    });
  });
});

describe('the client by itself', () => {
  test('says whether the engine is there', async () => {
    await withRig('skyrl', {}, async (rig) => {
      expect(await rig.done(rig.client.isHealthy(never()))).toBe(true);
      rig.fake.failNext('healthz', { kind: 'malformed', text: '{"status":"ill"}' });
      expect(await rig.done(rig.client.isHealthy(never()))).toBe(false);
    });
  });

  test('makes models as they are wanted and tells of them', async () => {
    await withRig('tinker', {}, async (rig) => {
      const metadata = { purpose: 'test' };
      const spec = { baseModel: 'test/tiny', rank: 4, seed: 5, trainsMlp: false, metadata };
      const model = await rig.done(rig.client.createModel(spec, never()));
      expect(rig.fake.requestsTo('create_model')[0]?.body).toEqual({
        session_id: 'session_00000000',
        model_seq_id: 0,
        base_model: 'test/tiny',
        user_metadata: metadata,
        lora_config: { rank: 4, seed: 5, train_unembed: true, train_mlp: false, train_attn: true },
        type: 'create_model',
      });
      expect(await rig.done(model.info(never()))).toMatchObject({ model_id: model.id, lora_rank: 4 });
    });
  });

  test('loads weights into a model that has worked, where engines can', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.done(rig.client.createModel({ baseModel: 'test/tiny', rank: 4 }, never()));
      const path = await rig.done(model.saveWeights('a', {}, never()));
      const before = rig.fake.model(model.id).weights;
      const data = batch.map(({ input, targets, weights }) => ({
        chunks: [{ type: 'encoded_text', tokens: input }] as const,
        lossInputs: { target_tokens: { data: targets }, weights: { data: weights } },
      }));
      await rig.done(model.forwardBackward(data, crossEntropy, never()));
      await rig.done(model.optimStep({ learning_rate: 0.1 }, never()));
      expect(rig.fake.model(model.id).weights).not.toEqual(before);
      await rig.done(model.loadWeights(path, true, never()));
      expect(rig.fake.model(model.id).weights).toEqual(before);
    });
  });
});

describe('what travels', () => {
  test('the settings of Adam, with what is usual', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.optimStep(adam, never()));
      const all = {
        learningRate: 1,
        beta1: 0.1,
        beta2: 0.2,
        epsilon: 0.3,
        weightDecay: 0.4,
        gradientClipNorm: 0.5,
      };
      await rig.done(model.optimStep(all, never()));
      expect(rig.fake.requestsTo('optim_step').map(({ body }) => Object(body).adam_params)).toEqual([
        { learning_rate: 0.05, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0, grad_clip_norm: 0 },
        { learning_rate: 1, beta1: 0.1, beta2: 0.2, eps: 0.3, weight_decay: 0.4, grad_clip_norm: 0.5 },
      ]);
    });
  });
});

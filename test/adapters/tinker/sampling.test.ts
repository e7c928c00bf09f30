import { describe, expect, test } from 'vitest';
import type { EngineSampler } from '../../../core/ports/trainer.ts';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { post } from '../../fakes/tinker/raw-client.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

const baseSampler = (rig: Rig): Promise<EngineSampler> =>
  rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));

const submits = (rig: Rig): number => rig.fake.requestsTo('asample').length;

describe('what is asked of a sampler', () => {
  test('goes as ids, with stops as a list, all settings and a place in its own row', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const sampler = await baseSampler(rig);
      await rig.done(sampler.sample({ ...question, stopIds: [5, 9] }, never()));
      await rig.done(sampler.logprobs(Int32Array.of(4, 5), never()));
      const [first, second] = rig.fake.requestsTo('asample');
      expect(first?.headers['x-tinker-sampling-backpressure']).toBe('1');
      expect(first?.body).toEqual({
        sampling_session_id: 'sampling_00000000',
        seq_id: 0,
        num_samples: 2,
        prompt: { chunks: [{ type: 'encoded_text', tokens: [1, 2, 3] }] },
        sampling_params: { max_tokens: 6, stop: [5, 9], temperature: 1, top_k: -1, top_p: 1, seed: 7 },
        prompt_logprobs: false,
        topk_prompt_logprobs: 0,
        type: 'sample',
      });
      expect(second?.body).toMatchObject({
        seq_id: 1,
        num_samples: 1,
        prompt_logprobs: true,
        sampling_params: { max_tokens: 1 },
      });
    });
  });

  test.each([
    ['no prompt', { ...question, prompt: new Int32Array() }],
    ['no answer', { ...question, count: 0 }],
    ['no token', { ...question, params: { ...question.params, maxTokens: 0 } }],
  ])('is not sent with %s', async (_, request) => {
    await withRig('tinker', {}, async (rig) => {
      const sampler = await baseSampler(rig);
      expect((await rig.failure(sampler.sample(request, never()))).code).toBe('invalid_input');
      expect(submits(rig)).toBe(0);
    });
  });

  test('the names that hosted engines give to answers are kept', async () => {
    await withRig('tinker', {}, async (rig) => {
      const sampler = await rig.done(rig.client.createSampler({ baseModel: 'test/tiny' }, never()));
      const result = await rig.done(
        sampler.sample(
          {
            prompt: [{ type: 'encoded_text', tokens: Int32Array.of(1) }],
            count: 3,
            maxTokens: 2,
            stopIds: [],
            temperature: 1,
            topP: 1,
            topK: -1,
          },
          never(),
        ),
      );
      expect(result.sequenceIds).toHaveLength(3);
    });
  });

  test('many answers come at the same time', async () => {
    await withRig('tinker', {}, async (rig) => {
      const sampler = await baseSampler(rig);
      rig.fake.holdFutures();
      const works = Array.from({ length: 20 }, () => sampler.sample(question, never()));
      await rig.rest();
      expect(rig.fake.waitingFutures()).toBe(20);
      rig.fake.releaseFutures();
      await rig.done(Promise.all(works));
    });
  });
});

describe('an engine that has too much to do', () => {
  test.each([
    [3, {}, 1_000],
    [13_108, {}, 5_000],
    [3, { 'retry-after': '8' }, 8_000],
  ])('with a prompt of %i tokens is left alone for a while', async (tokens, headers, ms) => {
    const baseModels = [{ name: 'test/tiny', maxContextTokens: 20_000 }];
    await withRig('tinker', { fake: { baseModels } }, async (rig) => {
      const sampler = await baseSampler(rig);
      const other = await baseSampler(rig);
      rig.fake.failNext('asample', httpFault(429, 'too much', headers));
      const request = { ...question, prompt: new Int32Array(tokens), count: 1 };
      const startedAt = rig.clock.monotonicMs();
      const first = sampler.sample(request, never());
      await rig.rest();
      const second = other.sample(question, never());
      await rig.pass(ms - 1);
      expect(submits(rig)).toBe(1);
      await rig.done(Promise.all([first, second]));
      expect(rig.clock.monotonicMs() - startedAt).toBe(ms);
      expect(submits(rig)).toBe(3);
    });
  });

  test('is asked again by ten at a time', async () => {
    await withRig('tinker', {}, async (rig) => {
      const sampler = await baseSampler(rig);
      rig.fake.failNext('asample', httpFault(429, 'too much'), { times: 60 });
      const works = Array.from({ length: 60 }, () => sampler.sample(question, never()));
      for (const work of works) work.catch(() => undefined);
      await rig.rest();
      expect(submits(rig)).toBe(60);
      rig.fake.holdFutures();
      await rig.pass(1_000);
      expect(submits(rig)).toBe(70);
      expect(rig.fake.waitingFutures()).toBe(10);
      rig.fake.releaseFutures();
      await rig.done(Promise.all(works));
      expect(submits(rig)).toBe(120);
    });
  });

  test('for longer than the window is rate limited', async () => {
    await withRig('tinker', { client: { timings: { retryWindowMs: 3_000 } } }, async (rig) => {
      const sampler = await baseSampler(rig);
      rig.fake.failNext('asample', httpFault(429, 'still too much'), { times: 4 });
      const error = await rig.failure(sampler.sample(question, never()));
      expect(error).toMatchObject({ code: 'rate_limited', retryable: true });
      expect(error.message).toContain('still too much');
    });
  });

  test('and wants no second try is not tried again', async () => {
    await withRig('tinker', {}, async (rig) => {
      const sampler = await baseSampler(rig);
      rig.fake.failNext('asample', httpFault(429, 'never', { 'x-should-retry': 'false' }));
      expect((await rig.failure(sampler.sample(question, never()))).code).toBe('rate_limited');
      expect(submits(rig)).toBe(1);
    });
  });
});

describe('an engine with one place for training and sampling', () => {
  const stale = { code: 'conflict', details: { reason: 'stale_sampler' } };

  test('takes a step when the samples under way are over, and samples nothing older', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      const sampler = await rig.done(model.currentSampler(never()));
      rig.fake.holdFutures(['sample']);
      const answers = sampler.sample(question, never());
      await rig.rest();
      const step = model.optimStep(adam, never());
      await rig.pass(30_000);
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(0);
      expect(await rig.failure(sampler.sample(question, never()))).toMatchObject(stale);
      rig.fake.releaseFutures();
      await rig.done(Promise.all([answers, step]));
      expect(rig.fake.model(model.modelId).steps).toBe(1);
    });
  });

  test('a save is of the weights at its turn, whatever was asked for behind it', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      rig.fake.holdFutures();
      const saving = model.saveSampler('before', never());
      const step = model.optimStep(adam, never());
      await rig.rest();
      rig.fake.releaseFutures();
      const [path] = await rig.done(Promise.all([saving, step]));
      const trained = rig.fake.model(model.modelId).weights;
      const sampler = await rig.done(rig.trainer.createSampler({ path }, never()));
      expect(await rig.failure(sampler.sample(question, never()))).toMatchObject(stale);
      expect(rig.fake.model(model.modelId).weights).toEqual(trained);
      const after = await rig.done(model.saveSampler('after', never()));
      const fresh = await rig.done(rig.trainer.createSampler({ path: after }, never()));
      await rig.done(fresh.sample(question, never()));
      expect(rig.fake.model(model.modelId).weights).toEqual(trained);
    });
  });

  test('knows a path in each of its spellings, and refuses one that somebody else saved', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.saveSampler('one', never()));
      const [row] = await rig.done(rig.trainer.checkpoints(model.modelId, never()));
      const path = row?.path ?? '';
      expect(path).toContain('/sampler_weights/');
      const sampler = await rig.done(rig.trainer.createSampler({ path }, never()));
      await rig.done(sampler.sample(question, never()));
      const body = { model_id: model.modelId, seq_id: 90, path: 'foreign' };
      await rig.done(post(rig.fake, 'save_weights_for_sampler', body));
      const elsewhere = { path: `tinker://${model.modelId}/foreign` };
      const theirs = await rig.done(rig.trainer.createSampler(elsewhere, never()));
      expect(await rig.failure(theirs.sample(question, never()))).toMatchObject(stale);
    });
  });

  test('the samples of a model that is gone disturb nobody', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveSampler('one', never()));
      await rig.done(model.optimStep(adam, never()));
      const sampler = await rig.done(rig.trainer.createSampler({ path }, never()));
      expect(await rig.failure(sampler.sample(question, never()))).toMatchObject(stale);
      await rig.done(model.unload(never()));
      const later = await rig.done(rig.trainer.createSampler({ path }, never()));
      // It is not known here any more; what becomes of it is the engine's to say.
      await rig.done(later.sample(question, never()).catch(() => undefined));
    });
  });

  test('a step that was stopped while it waited for samples is not made', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      const sampler = await rig.done(model.currentSampler(never()));
      rig.fake.holdFutures(['sample']);
      const answers = sampler.sample(question, never());
      await rig.rest();
      const stop = new AbortController();
      const step = model.optimStep(adam, stop.signal);
      await rig.rest();
      stop.abort();
      expect((await rig.failure(step)).code).toBe('aborted');
      rig.fake.releaseFutures();
      await rig.done(answers);
      await rig.done(model.forward(batch, crossEntropy, never()));
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(0);
      await rig.done(model.optimStep(adam, never()));
    });
  });
});

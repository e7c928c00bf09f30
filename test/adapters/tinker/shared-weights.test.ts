import { describe, expect, test } from 'vitest';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

const stale = { code: 'conflict', details: { reason: 'stale_sampler' } };

describe('on an engine with one place for training and sampling', () => {
  test('a step that was stopped while it waited for answers holds nobody up', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      const sampler = await rig.done(model.currentSampler(never()));
      rig.fake.holdFutures(['sample']);
      const answers = sampler.sample(question, never());
      await rig.rest();
      const stop = new AbortController();
      const step = rig.failure(model.optimStep(adam, stop.signal));
      await rig.rest();
      stop.abort();
      expect((await step).code).toBe('aborted');
      // The answer is still under way.
      expect(await rig.done(model.saveState('a', never()))).toContain('/weights/a');
      const more = sampler.sample(question, never());
      await rig.rest();
      rig.fake.releaseFutures();
      await rig.done(Promise.all([answers, more]));
    });
  });

  test('samplers of weights that a refused step has not changed go on', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      const sampler = await rig.done(model.currentSampler(never()));
      rig.fake.failNext('optim_step', httpFault(422, 'learning_rate must be positive'));
      expect((await rig.failure(model.optimStep(adam, never()))).code).toBe('invalid_input');
      await rig.done(sampler.sample(question, never()));
      await rig.done(model.optimStep(adam, never()));
      expect(await rig.failure(sampler.sample(question, never()))).toMatchObject(stale);
    });
  });

  test('samplers of weights that a step may have changed do not', async () => {
    await withRig('skyrl', { client: { timings: { retryWindowMs: 0 } } }, async (rig) => {
      const model = await rig.createModel();
      const sampler = await rig.done(model.currentSampler(never()));
      rig.fake.failNext('optim_step', { kind: 'reset', when: 'after' });
      expect((await rig.failure(model.optimStep(adam, never()))).code).toBe('network');
      expect(await rig.failure(sampler.sample(question, never()))).toMatchObject(stale);
    });
  });
});

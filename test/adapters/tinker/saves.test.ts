import { describe, expect, test } from 'vitest';
import { type Fault, httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, withRig } from './rig.ts';
import { adam, batch, crossEntropy } from './samples.ts';

describe('a model that is unloaded right after a save', () => {
  test('stays on TuFT, where its checkpoint would go with it', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const [path] = await rig.done(Promise.all([model.saveState('a', never()), model.unload(never())]));
      expect(rig.fake.requestsTo('unload_model')).toHaveLength(0);
      await rig.done(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
    });
  });

  test.each([
    ['of which nobody knows whether it was made', { kind: 'reset', when: 'after' }],
    ['that may have been made', httpFault(500, 'x', { 'x-should-retry': 'false' })],
  ] as readonly (readonly [string, Fault])[])('%s stays on TuFT', async (_, fault) => {
    await withRig('tuft', { client: { timings: { retryWindowMs: 0 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', fault);
      const saving = model.saveState('a', never());
      await rig.failure(saving);
      await rig.done(model.unload(never()));
      expect(rig.fake.requestsTo('unload_model')).toHaveLength(0);
    });
  });

  test('elsewhere goes, and its checkpoint stays', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const [path] = await rig.done(Promise.all([model.saveState('a', never()), model.unload(never())]));
      expect(rig.fake.model(model.modelId).isUnloaded).toBe(true);
      await rig.done(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
    });
  });
});

describe('the name of a save', () => {
  test('that was used never gives the older weights for the new ones', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.saveState('a', never()));
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      await rig.done(model.optimStep(adam, never()));
      const failure = await rig.failure(model.saveState('a', never()));
      expect(failure.code).toBe('conflict');
      expect(failure.details['reason']).toBeUndefined();
      expect(rig.fake.requestsTo('save_weights')).toHaveLength(1);
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
    });
  });

  test('is used from the moment at which it is sent', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.holdFutures();
      const first = model.saveState('a', never());
      const second = rig.failure(model.saveState('a', never()));
      await rig.rest();
      rig.fake.releaseFutures();
      expect((await second).code).toBe('conflict');
      expect(await rig.done(first)).toContain('/weights/a');
    });
  });

  const left: readonly (readonly [string, Fault])[] = [
    ['refused', httpFault(422, 'no')],
    ['too much for now', httpFault(429, 'later', { 'x-should-retry': 'false' })],
    ['carried out in vain', { kind: 'operation_fails', error: 'disk full' }],
  ];

  test.each(left)('is free again after a save that was %s', async (_, fault) => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', fault);
      await rig.failure(model.saveState('a', never()));
      expect(await rig.done(model.saveState('a', never()))).toContain('/weights/a');
    });
  });

  test('is not free after a save that may be there', async () => {
    await withRig('skyrl', { client: { timings: { retryWindowMs: 900 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', { kind: 'reset', when: 'after' }, { times: 2 });
      expect((await rig.failure(model.saveState('a', never()))).code).toBe('network');
      rig.fake.failNext('save_weights', { kind: 'reset', when: 'after' });
      rig.fake.failNext('save_weights', httpFault(429, 'later', { 'x-should-retry': 'false' }));
      expect((await rig.failure(model.saveState('c', never()))).code).toBe('rate_limited');
      const stop = new AbortController();
      rig.fake.holdFutures();
      const stopped = rig.failure(model.saveState('b', stop.signal));
      await rig.rest();
      stop.abort();
      expect((await stopped).code).toBe('aborted');
      rig.fake.releaseFutures();
      for (const name of ['a', 'b', 'c']) {
        expect((await rig.failure(model.saveState(name, never()))).code).toBe('conflict');
      }
      expect(rig.fake.requestsTo('save_weights')).toHaveLength(5);
    });
  });
});

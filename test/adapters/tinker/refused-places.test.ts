import { describe, expect, test } from 'vitest';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, datum } from './samples.ts';

const timings = { retryWindowMs: 0, billingPauseMs: 0 };

const places = (rig: Rig): readonly number[] =>
  rig.fake.requests
    .filter(({ endpoint }) => ['save_weights', 'forward_backward', 'optim_step'].includes(endpoint))
    .map(({ body }) => Number(Object(body).seq_id ?? Object(body).seqId));

describe('where the engine counts the calls that it refused', () => {
  const cases = (['tinker', 'mint'] as const).flatMap((behaviour) =>
    [401, 402, 403, 429, 503].map((status) => [behaviour, status] as const),
  );

  test.each(cases)('%s never saw the place of one that ended with %i', async (behaviour, status) => {
    await withRig(behaviour, { client: { timings } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', httpFault(status, 'not now'));
      expect((await rig.failure(model.saveState('a', never()))).details['status']).toBe(status);
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      await rig.done(model.optimStep(adam, never()));
      // The name was not used either.
      await rig.done(model.saveState('a', never()));
      expect(places(rig)).toEqual([1, 1, 2, 3]);
    });
  });

  test.each(['tinker', 'mint'] as const)('%s counts what it looked at', async (behaviour) => {
    await withRig(behaviour, { client: { timings } }, async (rig) => {
      const model = await rig.createModel();
      const unknown = [{ ...datum([1, 2, 3]), targets: Int32Array.of(2, 999) }];
      await rig.failure(model.forwardBackward(unknown, crossEntropy, never()));
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      await rig.done(model.optimStep(adam, never()));
      expect(places(rig)).toEqual([1, 2, 3]);
    });
  });
});

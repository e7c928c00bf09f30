import { describe, expect, test } from 'vitest';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam } from './samples.ts';

const crash = httpFault(500, 'Internal Server Error');

/** Makes what names something that is not there, so that it may be the session. */
const wrongSampler = (rig: Rig): Promise<unknown> =>
  rig.trainer.createSampler({ path: 'tinker://none/sampler_weights/none' }, never());

describe('a TuFT that fails over a heartbeat after it did not find something', () => {
  test.each([1, 2])('%i times has not lost the session', async (times) => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('session_heartbeat', crash, { times });
      expect((await rig.failure(wrongSampler(rig))).code).toBe('not_found');
      expect(rig.fake.requestsTo('session_heartbeat')).toHaveLength(times + 1);
      await rig.done(model.optimStep(adam, never()));
      expect(rig.logger.of('engine_session_lost')).toEqual([]);
    });
  });

  test('three times has', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('session_heartbeat', crash, { times: 3 });
      await rig.failure(wrongSampler(rig));
      expect(rig.logger.of('engine_session_lost')).toHaveLength(1);
      expect(await rig.failure(model.optimStep(adam, never()))).toMatchObject({
        details: { reason: 'model_lost' },
      });
    });
  });

  test.each(['caller', 'client'] as const)('is asked no more once the %s is gone', async (end) => {
    await withRig('tuft', {}, async (rig) => {
      await rig.createModel();
      rig.fake.failNext('create_model', httpFault(404, 'not there'));
      rig.fake.failNext('session_heartbeat', crash);
      const stop = new AbortController();
      const work = rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, stop.signal);
      work.catch(() => undefined);
      await rig.rest();
      expect(rig.fake.requestsTo('session_heartbeat')).toHaveLength(1);
      if (end === 'caller') stop.abort();
      else await rig.trainer.close();
      await rig.rest();
      expect(rig.clock.waiting()).toBe(end === 'caller' ? 1 : 0);
      await rig.failure(work);
      expect(rig.fake.requestsTo('session_heartbeat')).toHaveLength(1);
    });
  });
});

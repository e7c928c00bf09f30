import { describe, expect, test } from 'vitest';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, withRig } from './rig.ts';
import { question } from './samples.ts';

describe('a sampler that the engine forgot', () => {
  test('is opened anew once, however late some are told of it', async () => {
    await withRig('tuft', {}, async (rig) => {
      const sampler = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
      const gone = httpFault(404, 'Sampling session not found');
      rig.fake.failNext('asample', gone);
      // These are told only after the first has a new session.
      rig.fake.failNext('asample', httpFault(503, 'later'), { times: 3 });
      const isOld = ({ body }: { readonly body: unknown }): boolean =>
        Object(body).sampling_session_id === 'sampling_00000000';
      rig.fake.failNext({ endpoint: 'asample', when: isOld }, gone, { times: 3 });
      const works = Array.from({ length: 4 }, () => sampler.sample(question, never()));
      await rig.done(Promise.all(works));
      expect(rig.fake.requestsTo('create_sampling_session')).toHaveLength(2);
    });
  });
});

describe('an engine that has too much to do', () => {
  test('is asked again for as long as the window, from its first refusal on', async () => {
    const clientConfig = { sample_max_concurrent_requests: 1 };
    const timings = { retryWindowMs: 3_000 };
    await withRig('tinker', { fake: { clientConfig }, client: { timings } }, async (rig) => {
      const sampler = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
      rig.fake.holdFutures(['sample']);
      const first = sampler.sample(question, never());
      await rig.rest();
      const second = sampler.sample(question, never());
      await rig.pass(10_000);
      expect(rig.fake.requestsTo('asample')).toHaveLength(1);
      rig.fake.failNext('asample', httpFault(429, 'too much'), { times: 2 });
      rig.fake.releaseFutures();
      await rig.done(Promise.all([first, second]));
      expect(rig.fake.requestsTo('asample')).toHaveLength(4);
    });
  });
});

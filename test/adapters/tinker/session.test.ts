import { describe, expect, test } from 'vitest';
import { httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

const all = ['tinker', 'skyrl', 'tuft', 'mint'] as const;
const beats = (rig: Rig): number => rig.fake.requestsTo('session_heartbeat').length;

describe('a session', () => {
  test('is opened with the first call that needs it, once for all', async () => {
    await withRig('tinker', { client: { tags: ['a', 'b'], projectId: 'p1' } }, async (rig) => {
      await rig.done(rig.trainer.models(never()));
      expect(rig.fake.sessionIds()).toEqual([]);
      await rig.done(
        Promise.all([
          rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, never()),
          rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, never()),
          rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()),
        ]),
      );
      expect(rig.fake.sessionIds()).toHaveLength(1);
      expect(rig.fake.requestsTo('create_session')[0]?.body).toMatchObject({
        tags: ['a', 'b'],
        project_id: 'p1',
      });
      expect(
        rig.fake
          .requestsTo('create_model')
          .map(({ body }) => Object(body).model_seq_id)
          .sort(),
      ).toEqual([0, 1]);
    });
  });

  test('that could not be opened is opened by the next call', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('create_session', httpFault(422, 'no'));
      const creating = rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, never());
      expect((await rig.failure(creating)).code).toBe('invalid_input');
      await rig.createModel();
    });
  });

  test.each(all)('is kept alive at %s every 10 s, and not after closing', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      await rig.createModel();
      // Where sessions without a first one would never be given up, it comes with the session.
      const atOnce = behaviour === 'skyrl' ? 1 : 0;
      await rig.pass(9_999);
      expect(beats(rig)).toBe(atOnce);
      await rig.pass(1);
      expect(beats(rig)).toBe(atOnce + 1);
      await rig.pass(60_000);
      expect(beats(rig)).toBe(atOnce + 7);
      await rig.done(rig.trainer.close());
      await rig.pass(60_000);
      expect(beats(rig)).toBe(atOnce + 7);
      expect(rig.clock.waiting()).toBe(0);
    });
  });

  test('is told to be over where engines want that, once', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.createModel();
      await rig.done(rig.trainer.close());
      const [goodbye, ...more] = rig.fake.requestsTo('finish_session');
      expect(goodbye?.body).toMatchObject({ reason: { type: 'success' } });
      expect(more).toEqual([]);
    });
    await withRig('skyrl', {}, async (rig) => {
      await rig.createModel();
      await rig.done(rig.trainer.close());
      expect(rig.fake.requests.at(-1)?.endpoint).not.toBe('unknown');
    });
  });

  test('whose goodbye nobody answers keeps nobody waiting for more than 5 s', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.createModel();
      rig.fake.failNext('finish_session', { kind: 'slow' });
      const closing = rig.trainer.close();
      await rig.fake.slowHeld();
      await rig.clock.advance(5_000);
      await rig.done(closing);
    });
  });

  test('a heartbeat under way ends with the client', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.createModel();
      rig.fake.failNext('session_heartbeat', { kind: 'slow' });
      await rig.clock.advance(10_000);
      await rig.fake.slowHeld();
      await rig.done(rig.trainer.close());
      expect(rig.clock.waiting()).toBe(0);
    });
  });

  test('heartbeats that are not answered are warned of once after 120 s, and again after the next silence', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.createModel();
      rig.fake.failNext('session_heartbeat', httpFault(500, 'x'), { times: 15 });
      const warnings = () => rig.logger.of('engine_does_not_hear_us').length;
      await rig.pass(119_999);
      expect(warnings()).toBe(0);
      await rig.pass(1);
      expect(warnings()).toBe(1);
      await rig.pass(40_000);
      expect(warnings()).toBe(1);
      rig.fake.failNext('session_heartbeat', { kind: 'reset', when: 'before' }, { times: 13 });
      await rig.pass(130_000);
      expect(warnings()).toBe(2);
    });
  });

  test('that heartbeats find no more is lost with its models, and the next model gets a new one', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('s', never()));
      rig.fake.loseSession();
      await rig.pass(10_000);
      expect(rig.logger.of('engine_session_lost')).toHaveLength(1);
      for (const call of [
        () => model.forward(batch, crossEntropy, never()),
        () => model.optimStep(adam, never()),
        () => model.saveState('t', never()),
        () => model.currentSampler(never()),
      ]) {
        expect(await rig.failure(call())).toMatchObject({
          code: 'conflict',
          details: { reason: 'model_lost' },
        });
      }
      await rig.done(model.unload(never()));
      const before = beats(rig);
      await rig.pass(60_000);
      expect(beats(rig)).toBe(before);
      const again = await rig.done(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
      await rig.done(again.forward(batch, crossEntropy, never()));
      expect(rig.fake.requestsTo('create_session')).toHaveLength(2);
      await rig.pass(10_000);
      expect(beats(rig)).toBe(before + 1);
      expect(rig.clock.waiting()).toBe(1);
    });
  });

  test('that the engine calls finished is over', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.createModel();
      rig.fake.failNext('session_heartbeat', httpFault(410, 'finished'));
      await rig.pass(30_000);
      expect(beats(rig)).toBe(1);
    });
  });

  test.each(all)('that %s has lost is found out by who needs it first, and made anew', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.loseSession();
      const other = await rig.createModel();
      expect(rig.fake.requestsTo('create_session')).toHaveLength(2);
      // Of the new one alone.
      expect(rig.clock.waiting()).toBe(1);
      await rig.done(other.forward(batch, crossEntropy, never()));
      expect(await rig.failure(model.optimStep(adam, never()))).toMatchObject({
        details: { reason: 'model_lost' },
      });
    });
  });

  test('is not lost because something else is not there', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const creating = rig.trainer.createModel({ baseModel: 'test/none', rank: 4 }, never());
      expect((await rig.failure(creating)).code).toBe('not_found');
      await rig.done(model.optimStep(adam, never()));
      expect(rig.fake.requestsTo('create_session')).toHaveLength(1);
    });
  });

  test('a TuFT that only crashes over a heartbeat has not lost it', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('session_heartbeat', httpFault(500, 'Internal Server Error'));
      await rig.pass(10_000);
      await rig.done(model.optimStep(adam, never()));
    });
  });

  test('what the engine wants to have said is logged, without keys', async () => {
    await withRig('mint', {}, async (rig) => {
      const text = JSON.stringify({
        session_id: 'session_00000000',
        warning_message: `key ${rig.fake.apiKey} ends soon`,
      });
      await rig.done(rig.client.supportedModels(never()));
      rig.fake.failNext('create_session', { kind: 'malformed', text });
      await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
      expect(rig.logger.of('engine_message')[0]?.fields).toEqual({
        level: 'warning',
        message: 'key *** ends soon',
      });
    });
  });
});

describe('samplers', () => {
  test('of names open themselves again, once for all who ask', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveSampler('s', never()));
      const named = await rig.done(rig.trainer.createSampler({ path }, never()));
      const base = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
      const before = await rig.done(named.sample(question, never()));
      rig.fake.failNext('asample', httpFault(404, 'Sampling session not found'), { times: 3 });
      const opened = rig.fake.requestsTo('create_sampling_session').length;
      const answers = await rig.done(Promise.all([1, 2, 3].map(() => named.sample(question, never()))));
      expect(answers).toEqual([before, before, before]);
      expect(rig.fake.requestsTo('create_sampling_session')).toHaveLength(opened + 1);
      await rig.done(base.sample(question, never()));
    });
  });

  test('whose weights are gone for good are not found', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveSampler('s', never()));
      const named = await rig.done(rig.trainer.createSampler({ path }, never()));
      await rig.done(rig.trainer.deleteCheckpoint(path, never()));
      rig.fake.failNext('asample', httpFault(404, 'Sampling session not found'));
      expect((await rig.failure(named.sample(question, never()))).code).toBe('not_found');
      rig.fake.failNext('asample', httpFault(404, 'Sampling session not found'), { times: 2 });
      const base = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
      expect((await rig.failure(base.sample(question, never()))).code).toBe('not_found');
    });
  });

  test('of this moment are not found once they are gone', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const current = await rig.done(model.currentSampler(never()));
      rig.fake.failNext('asample', httpFault(404, 'Sampling session not found'));
      expect((await rig.failure(current.sample(question, never()))).code).toBe('not_found');
      expect(rig.fake.requestsTo('create_sampling_session')).toHaveLength(0);
    });
  });

  test('of an engine that does not tell their base model there are asked by their path', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveSampler('s', never()));
      rig.fake.failNext('sampler', httpFault(404, 'Not Found'));
      const sampler = await rig.done(rig.trainer.createSampler({ path }, never()));
      expect(sampler.baseModel).toBe('test/tiny');
      expect(rig.fake.requestsTo('weights_info')).toHaveLength(1);
    });
  });
});

import { describe, expect, test } from 'vitest';
import { type Fault, httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, withRig } from './rig.ts';
import { adam } from './samples.ts';

const path = 'tinker://run/weights/x';
const page: Fault = { kind: 'malformed', text: '<html>Sign in</html>' };
const elsewhere = { location: 'https://real.example/login?token=s3cret' };
const ofStep = { endpoint: 'retrieve_future', operation: 'optim_step' } as const;

describe('an address that is not the engine’s', () => {
  test.each([301, 302, 307, 308])('that sends us elsewhere with %i is a wrong setting', async (status) => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('checkpoint_delete', httpFault(status, 'x', elsewhere));
      const error = await rig.failure(rig.trainer.deleteCheckpoint(path, never()));
      expect(error).toMatchObject({ code: 'config_invalid', details: { status } });
      expect(error.message).toContain('https://real.example');
      expect(error.message).not.toContain('s3cret');
      expect(rig.wire.sent.some((address) => address.includes('real.example'))).toBe(false);
    });
  });

  test.each([
    ['create_model', () => ({ baseModel: 'test/tiny', rank: 4 })],
    ['create_session', () => ({ baseModel: 'test/tiny', rank: 4 })],
  ] as const)('is a wrong setting to %s, too, and asked once', async (endpoint, spec) => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(endpoint, httpFault(308, 'x', elsewhere));
      expect((await rig.failure(rig.trainer.createModel(spec(), never()))).code).toBe('config_invalid');
      expect(rig.fake.requestsTo(endpoint)).toHaveLength(1);
    });
  });

  test('is one without a location, or with one that is none', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('checkpoint_delete', httpFault(302, 'x'));
      rig.fake.failNext('checkpoint_delete', httpFault(302, 'x', { location: 'http://[' }));
      for (let time = 0; time < 2; time += 1) {
        const error = await rig.failure(rig.trainer.deleteCheckpoint(path, never()));
        expect(error.code).toBe('config_invalid');
      }
    });
  });

  test('is found out by a poll', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, httpFault(302, 'x', elsewhere));
      expect((await rig.failure(model.optimStep(adam, never()))).code).toBe('config_invalid');
    });
  });

  test('is found out by the exchange of the key', async () => {
    await withRig('tinker', { fake: { jwt: true } }, async (rig) => {
      rig.fake.failNext('auth_token', httpFault(302, 'x', elsewhere));
      expect((await rig.failure(rig.trainer.models(never()))).code).toBe('config_invalid');
    });
  });
});

describe('a page in place of an answer', () => {
  test('is no success where nothing of it is read', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const saved = await rig.done(model.saveState('s', never()));
      const keep = (): Promise<void> => rig.client.checkpoints.setTtl(saved, 3_600, never());
      rig.fake.failNext('ttl', page);
      expect((await rig.failure(keep())).code).toBe('bad_reply');
      rig.fake.failNext('ttl', { kind: 'http', status: 204 });
      await rig.done(keep());
    });
  });

  test('says nothing of the engine', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('client_config', page);
      expect((await rig.failure(rig.trainer.models(never()))).code).toBe('bad_reply');
    });
  });

  test('leaves open what became of the call', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', page);
      expect((await rig.failure(model.optimStep(adam, never()))).code).toBe('bad_reply');
      expect(rig.logger.of('engine_model_lost')).toHaveLength(1);
    });
  });

  test('is no sign that the engine heard a heartbeat', async () => {
    await withRig('tinker', {}, async (rig) => {
      await rig.createModel();
      rig.fake.failNext('session_heartbeat', page, { times: 12 });
      await rig.pass(120_000);
      expect(rig.logger.of('engine_does_not_hear_us')).toHaveLength(1);
    });
  });
});

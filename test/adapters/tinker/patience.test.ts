import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type Fault, httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy } from './samples.ts';

/** As a proxy says it that lost the engine after it had given it the call. */
const lostBehind = (headers: Record<string, string> = {}): Fault => ({
  kind: 'http',
  status: 503,
  body: 'upstream connect error or disconnect/reset before headers',
  headers,
  after: true,
});
const spec = { baseModel: 'test/tiny', rank: 4 };

describe('503 to a call that must not come twice', () => {
  test.each(['skyrl', 'mint', 'tuft'] as const)('of a proxy leaves %s with one model', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      rig.fake.failNext('create_model', lostBehind());
      expect((await rig.failure(rig.trainer.createModel(spec, never()))).code).toBe('peer_failed');
      expect(rig.fake.requestsTo('create_model')).toHaveLength(1);
    });
  });

  test.each(['mint', 'tuft'] as const)('of a proxy loses the model at %s, which stepped once', async (of) => {
    await withRig(of, {}, async (rig) => {
      const model = await rig.createModel();
      await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      rig.fake.failNext('optim_step', lostBehind());
      expect((await rig.failure(model.optimStep(adam, never()))).code).toBe('peer_failed');
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(1);
      expect(rig.fake.model(model.modelId).steps).toBe(1);
      expect(await rig.failure(model.optimStep(adam, never()))).toMatchObject({
        details: { reason: 'model_lost' },
      });
    });
  });

  test.each([
    ['says when to come again', { ...lostBehind({ 'retry-after': '3' }), after: false }, 3_000],
    ['says so in milliseconds', { ...lostBehind({ 'retry-after-ms': '700' }), after: false }, 700],
    ['is the engine’s own', httpFault(503, 'full'), 500],
  ] as const)('that %s took nothing on', async (_, fault, ms) => {
    await withRig('mint', {}, async (rig) => {
      rig.fake.failNext('create_model', fault);
      const startedAt = rig.clock.monotonicMs();
      await rig.createModel();
      expect(rig.clock.monotonicMs() - startedAt).toBe(ms);
      expect(rig.fake.modelIds()).toHaveLength(1);
    });
  });

  test('is tried again where engines know the call by its key', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', lostBehind());
      await rig.done(model.optimStep(adam, never()));
      expect(rig.fake.model(model.modelId).steps).toBe(1);
    });
  });
});

/** Where nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('questions', () => {
  test('whether the engine is there are answered after one attempt', async () => {
    const baseUrl = `http://127.0.0.1:${await unusedPort()}`;
    await withRig('skyrl', { client: { baseUrl } }, async (rig) => {
      expect((await rig.failure(rig.client.isHealthy(never()))).code).toBe('network');
      expect(rig.clock.monotonicMs()).toBe(0);
    });
    await withRig('skyrl', {}, async (rig) => {
      rig.fake.failNext('healthz', httpFault(503, 'starting'));
      expect((await rig.failure(rig.client.isHealthy(never()))).code).toBe('peer_failed');
      expect(rig.fake.requestsTo('healthz')).toHaveLength(1);
    });
  });

  const asked = (rig: Rig): Promise<unknown> => rig.client.checkpoints.info('tinker://m/weights/a', never());
  const failed = httpFault(500, 'Checkpoint creation failed: no space');

  test.each(['skyrl', 'tinker'] as const)(
    'over which %s fails three times fail with its words',
    async (behaviour) => {
      await withRig(behaviour, {}, async (rig) => {
        rig.fake.failNext('weights_info', failed, { times: 3 });
        const error = await rig.failure(asked(rig));
        expect(error.code).toBe('peer_failed');
        expect(error.message).toContain('no space');
        expect(rig.fake.requestsTo('weights_info')).toHaveLength(3);
      });
    },
  );

  test('are put again as long as the engine is not up', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('a', never()));
      for (let time = 0; time < 2; time += 1) {
        rig.fake.failNext('weights_info', failed);
        rig.fake.failNext('weights_info', httpFault(503, 'starting'), { times: 2 });
      }
      const info = await rig.done(rig.client.checkpoints.info(path, never()));
      expect(info.baseModel).toBe('test/tiny');
    });
  });
});

describe('an address', () => {
  test.each(['http://x/?', 'http://x?tenant=a', 'http://x/#', 'http://x/p?key=s3cret#y'])(
    'that paths cannot be put behind is refused: %s',
    async (baseUrl) => {
      await expect(withRig('tinker', { client: { baseUrl } }, async () => {})).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.not.stringContaining('s3cret'),
      });
    },
  );
});

import { describe, expect, test } from 'vitest';
import { protobufOnly } from '../../fakes/tinker/behaviours.ts';
import type { Fault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy } from './samples.ts';

const ofStep = { endpoint: 'retrieve_future', operation: 'optim_step' } as const;

/** How long a step takes, in milliseconds, and the code of what it ends with. */
async function stepped(rig: Rig): Promise<readonly [number, string]> {
  const model = await rig.createModel();
  const startedAt = rig.clock.monotonicMs();
  const work = model.optimStep(adam, never());
  const code = await rig.done(work).then(
    () => 'done',
    async () => (await rig.failure(work)).code,
  );
  return [rig.clock.monotonicMs() - startedAt, code];
}

/** Resolves when so many requests to this endpoint came in all. */
async function arrived(rig: Rig, endpoint: string, count: number): Promise<void> {
  while (rig.fake.requestsTo(endpoint).length < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const announced: Fault = { kind: 'metadata', size: 10 };
const refused = (body: unknown): Fault => ({ kind: 'http', status: 400, body });

describe('a result that is announced', () => {
  test.each([
    [2, 300, 'done'],
    [10, 9 * 300, 'done'],
    [11, 9 * 300, 'bad_reply'],
  ] as const)('%i times takes %i ms: %s', async (times, ms, code) => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(ofStep, announced, { times });
      expect(await stepped(rig)).toEqual([ms, code]);
    });
  });

  test('to one who did not ask for that is waited for, too', async () => {
    await withRig('skyrl', {}, async (rig) => {
      rig.fake.failNext(ofStep, announced, { times: 2 });
      expect(await stepped(rig)).toEqual([600, 'done']);
    });
  });

  test('with no finite size has the room of all', async () => {
    await withRig('tinker', {}, async (rig) => {
      const text = '{"status": "complete_metadata", "response_payload_size": 1e999}';
      rig.fake.failNext(ofStep, { kind: 'malformed', text });
      expect(await stepped(rig)).toEqual([0, 'done']);
    });
  });
});

describe('a refusal of a poll', () => {
  test.each([
    ['a page', '<html><center>cloudflare</center></html>'],
    ['JSON of somebody else', { message: 'no route' }],
  ])('with %s is a proxy’s, and outlived three times', async (_, body) => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(ofStep, refused(body), { times: 3 });
      expect(await stepped(rig)).toEqual([3_000, 'done']);
      expect(rig.logger.of('engine_model_lost')).toEqual([]);
    });
  });

  test('with a page for the fourth time is told in its words', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, refused('<center>cloudflare</center>'), { times: 4 });
      const error = await rig.failure(model.optimStep(adam, never()));
      expect(error.code).toBe('invalid_input');
      expect(error.message).toContain('cloudflare');
    });
  });
});

describe('a poll that the engine holds for longer than we do', () => {
  test('is made again at once, however often', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, { kind: 'slow' }, { times: 4 });
      const step = model.optimStep(adam, never());
      for (let polls = 2; polls <= 5; polls += 1) {
        await arrived(rig, 'retrieve_future', polls);
        await rig.clock.advance(45_000);
      }
      await arrived(rig, 'retrieve_future', 6);
      expect(rig.clock.sleeps).toEqual([]);
      await rig.done(step);
    });
  });

  test('but for less than 300 ms is made again after them', async () => {
    await withRig('skyrl', { client: { timings: { pollMs: 100 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, { kind: 'slow' });
      const step = model.optimStep(adam, never());
      await rig.fake.slowHeld();
      await rig.clock.advance(100);
      await rig.done(step);
      expect(rig.clock.sleeps).toEqual([200]);
    });
  });

  test('is not one whose key could not be exchanged in time', async () => {
    const timings = { requestMs: 20_000, heartbeatMs: 10_000_000 };
    await withRig('tinker', { fake: { jwt: true, jwtSeconds: 3_600 }, client: { timings } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, { kind: 'slow' });
      const step = model.optimStep(adam, never());
      await rig.fake.slowHeld();
      rig.clock.jump(3_600_000);
      rig.fake.failNext('auth_token', { kind: 'slow' });
      await rig.clock.advance(45_000);
      await arrived(rig, 'auth_token', 2);
      await rig.clock.advance(20_000);
      await rig.done(step);
      expect(rig.clock.sleeps).toEqual([1_000]);
    });
  });
});

describe('an engine that takes protobuf alone', () => {
  test('is found out by two models at once, and both are served', async () => {
    await withRig('mint', { fake: { traits: { ...protobufOnly, takesProtobuf: true } } }, async (rig) => {
      const models = [await rig.createModel(1), await rig.createModel(2)];
      rig.fake.failNext('forward_backward', { kind: 'slow' }, { times: 2 });
      const passes = models.map((model) => model.forwardBackward(batch, crossEntropy, never()));
      await rig.fake.slowHeld(2);
      rig.fake.releaseSlow();
      for (const { logprobs } of await rig.done(Promise.all(passes))) expect(logprobs).toHaveLength(2);
      expect(
        rig.fake
          .requestsTo('forward_backward')
          .map(({ headers }) => headers['content-type'])
          .sort(),
      ).toEqual(['application/json', 'application/json', 'application/x-protobuf', 'application/x-protobuf']);
    });
  });
});

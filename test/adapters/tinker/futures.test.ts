import { describe, expect, test } from 'vitest';
import type { AppError } from '../../../core/domain/app-error.ts';
import type { Behaviour } from '../../fakes/tinker/behaviours.ts';
import { emptyBadRequest, type Fault, httpFault, notReady } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

const ofStep = { endpoint: 'retrieve_future', operation: 'optim_step' } as const;
const ofPass = { endpoint: 'retrieve_future', operation: 'forward_backward' } as const;
const ofSample = { endpoint: 'retrieve_future', operation: 'sample' } as const;

/** How long a step takes, in milliseconds, and what it ends with. */
async function stepped(rig: Rig): Promise<{ readonly ms: number; readonly error: AppError | undefined }> {
  const model = await rig.createModel();
  const startedAt = rig.clock.monotonicMs();
  const work = model.optimStep(adam, never());
  const error = await rig.done(work).then(
    () => undefined,
    () => rig.failure(work),
  );
  return { ms: rig.clock.monotonicMs() - startedAt, error };
}

const again = (fault: Fault, times: number): readonly Fault[] => Array.from({ length: times }, () => fault);
const retryAfter = (headers: Record<string, string>): Fault => httpFault(429, 'slow down', headers);
const queue = (state: string): Fault => ({ kind: 'try_again', queueState: state });

describe('a result that is not there yet is asked for again', () => {
  test.each([
    ['408 of an active queue, after 300 ms', [notReady('active')], 300],
    ['408 without capacity, after 1 s', [notReady('paused_capacity', 'full')], 1_000],
    ['408 at a rate limit, after 2 s', [notReady('paused_rate_limit')], 2_000],
    ['408 of a queue in a state that is new, after 1 s', [notReady('paused_by_moon')], 1_000],
    ['408 without a word, after 300 ms', [{ kind: 'http', status: 408 }], 300],
    ['try_again of an active queue, after 300 ms', [queue('active')], 300],
    ['try_again without capacity, after 1 s', [queue('paused_capacity')], 1_000],
    ['try_again at a rate limit, after 2 s', [queue('paused_rate_limit')], 2_000],
    ['20 times, each after its time', again(notReady('active'), 20), 6_000],
    ['429, after 1, 2 and 4 s', again(httpFault(429, 'slow down'), 3), 7_000],
    ['429 that asks for 17 s', [retryAfter({ 'retry-after': '17' })], 17_000],
    ['429 that asks for 2500 ms', [retryAfter({ 'retry-after-ms': '2500' })], 2_500],
    ['429 that asks for an hour is not believed', [retryAfter({ 'retry-after': '3600' })], 1_000],
    ['500, 502 and 503, after 1, 2 and 4 s', [500, 502, 503].map((status) => httpFault(status, 'oh')), 7_000],
    ['seven 500, no later than 30 s', again(httpFault(500, 'oh'), 7), 1_000 * (1 + 2 + 4 + 8 + 16 + 30 + 30)],
    ['a connection that breaks before', [{ kind: 'reset', when: 'before' }], 1_000],
    ['a connection that breaks after', [{ kind: 'reset', when: 'after' }], 1_000],
    ['a body that breaks off', [{ kind: 'cut_body' }], 1_000],
    ['faults start anew after an answer', [httpFault(500, 'oh'), notReady(), httpFault(500, 'oh')], 2_300],
    ['no credit for a while, every 5 s', again(httpFault(402, 'pay'), 3), 15_000],
    ['an empty 400 three times', again(emptyBadRequest, 3), 3_000],
    ['an announcement of its size, at once', [{ kind: 'metadata', size: 10 }], 0],
  ] as readonly (readonly [string, readonly Fault[], number])[])('%s', async (_, faults, ms) => {
    await withRig('tinker', {}, async (rig) => {
      for (const fault of faults) rig.fake.failNext(ofStep, fault);
      expect(await stepped(rig)).toEqual({ ms, error: undefined });
      const polls = rig.fake.requestsTo('retrieve_future').slice(1);
      expect(polls).toHaveLength(faults.length + 1);
      expect(polls.map(({ headers }) => headers['x-tinker-request-iteration'])).toEqual(
        polls.map((_poll, at) => String(at)),
      );
      for (const { headers } of polls) expect(headers['x-tinker-request-type']).toBe('OptimStep');
      const timed = polls.map(({ headers }) => 'x-tinker-create-promise-roundtrip-time' in headers);
      expect(timed).toEqual(polls.map((_poll, at) => at === 0));
      expect(polls[0]?.headers['x-idempotency-key']).toBeUndefined();
      expect(rig.fake.model(rig.fake.modelIds()[0] ?? '').steps).toBe(1);
    });
  });

  test('a long poll that took its time is followed by the next at once', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.holdFutures();
      rig.fake.failNext(ofStep, { kind: 'slow' });
      const step = model.optimStep(adam, never());
      await rig.fake.slowHeld();
      await rig.clock.advance(400);
      rig.fake.failNext(ofStep, notReady());
      const before = rig.wire.sent.length;
      rig.fake.releaseSlow();
      await rig.rest();
      expect(rig.wire.sent.length).toBe(before + 1);
      rig.fake.releaseFutures();
      await rig.done(step);
    });
  });

  test('a poll that nobody answers is given up after 45 s, and made again', async () => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, { kind: 'slow' });
      const step = model.optimStep(adam, never());
      await rig.fake.slowHeld();
      await rig.clock.advance(44_999);
      expect(rig.fake.requestsTo('retrieve_future')).toHaveLength(2);
      await rig.clock.advance(1);
      await rig.done(step);
      expect(rig.fake.requestsTo('retrieve_future')).toHaveLength(3);
    });
  });

  test('what the queue says is told once for each change', async () => {
    await withRig('tinker', {}, async (rig) => {
      for (const state of ['active', 'paused_capacity', 'paused_capacity', 'active']) {
        rig.fake.failNext(ofStep, notReady(state));
      }
      await stepped(rig);
      expect(rig.logger.of('engine_queue').map(({ fields }) => fields['state'])).toEqual([
        'paused_capacity',
        'active',
      ]);
    });
  });
});

const detail = (status: number, words: string): Fault => httpFault(status, words);
const failed = (category: 'user' | 'server' | 'unknown'): Fault => ({
  kind: 'failed',
  error: 'the loss is a goose',
  category,
});
const planned = (status: number): Fault => ({
  kind: 'operation_fails',
  error: 'the loss is a goose',
  category: 'user',
  status,
});

describe('a result that is a failure', () => {
  test.each([
    ['category user', 'tinker', ofStep, failed('user'), 'invalid_input'],
    ['category server', 'tinker', ofStep, failed('server'), 'peer_failed'],
    ['category unknown', 'tinker', ofStep, failed('unknown'), 'peer_failed'],
    ['410', 'tinker', ofStep, detail(410, 'the loss is a goose'), 'not_found'],
    ['400 with words', 'tinker', ofStep, detail(400, 'the loss is a goose'), 'refused_by_peer'],
    ['401', 'tinker', ofStep, detail(401, 'the loss is a goose'), 'auth_failed'],
    ['403', 'tinker', ofStep, detail(403, 'the loss is a goose'), 'auth_failed'],
    ['404', 'tinker', ofStep, detail(404, 'the loss is a goose'), 'not_found'],
    ['422', 'tinker', ofStep, detail(422, 'the loss is a goose'), 'refused_by_peer'],
    ['418', 'tinker', ofStep, detail(418, 'the loss is a goose'), 'refused_by_peer'],
    ['of SkyRL’s work', 'skyrl', 'optim_step', planned(400), 'refused_by_peer'],
    ['of TuFT’s work', 'tuft', 'optim_step', planned(422), 'refused_by_peer'],
    ['of MinT’s work', 'mint', 'optim_step', planned(400), 'invalid_input'],
  ] as const)('%s', async (_, behaviour, match, fault, code) => {
    await withRig(behaviour as Behaviour, {}, async (rig) => {
      rig.fake.failNext(match, fault);
      const { ms, error } = await stepped(rig);
      expect(ms).toBe(0);
      expect(error).toMatchObject({ code });
      expect(error?.message).toContain('the loss is a goose');
      expect(rig.logger.of('engine_model_lost')).toHaveLength(1);
    });
  });

  test.each([
    ['JSON that is none', ofStep, { kind: 'malformed' }],
    ['JSON that breaks off', ofStep, { kind: 'truncated' }],
    ['JSON that is no object', ofStep, { kind: 'malformed', text: '[1]' }],
    ['protobuf that breaks off', ofPass, { kind: 'truncated' }],
  ] as const)('%s is a bad reply, and the model is lost', async (_, match, fault) => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(match, fault);
      const pass = model.forwardBackward(batch, crossEntropy, never());
      const step = model.optimStep(adam, never());
      for (const work of [pass, step]) work.catch(() => undefined);
      expect((await rig.failure(match === ofPass ? pass : step)).code).toBe('bad_reply');
      expect(rig.logger.of('engine_model_lost')).toHaveLength(1);
    });
  });

  test.each([
    ['an output too few', [{ logprobs: { data: [-1, -1, -1, -1] } }]],
    ['a log-probability too few', [{ logprobs: { data: [-1, -1, -1] } }, { logprobs: { data: [-1, -1] } }]],
    ['no log-probabilities', [{ loss: { data: [1] } }, { loss: { data: [1] } }]],
  ])('a pass with %s is a bad reply, and its gradient is lost with the model', async (_, outputs) => {
    await withRig('tinker', {}, async (rig) => {
      const model = await rig.createModel();
      const text = JSON.stringify({ loss_fn_outputs: outputs, metrics: {} });
      rig.fake.failNext(ofPass, { kind: 'malformed', text });
      const error = await rig.failure(model.forwardBackward(batch, crossEntropy, never()));
      expect(error.code).toBe('bad_reply');
      expect(rig.logger.of('engine_model_lost')).toHaveLength(1);
    });
  });

  test('an empty 400 is enough after the fourth time', async () => {
    await withRig('tinker', {}, async (rig) => {
      for (let time = 0; time < 4; time += 1) rig.fake.failNext(ofStep, emptyBadRequest);
      const { ms, error } = await stepped(rig);
      expect([ms, error?.code]).toEqual([3_000, 'invalid_input']);
    });
  });

  test('no credit is waited for as long as configured, told once', async () => {
    await withRig('tinker', { client: { timings: { billingPauseMs: 20_000 } } }, async (rig) => {
      rig.fake.failNext(ofStep, httpFault(402, 'pay at the desk'), { times: 5 });
      const { ms, error } = await stepped(rig);
      expect(ms).toBe(20_000);
      expect(error).toMatchObject({ code: 'refused_by_peer', details: { reason: 'no_credit' } });
      expect(error?.message).toContain('pay at the desk');
      expect(rig.logger.of('engine_without_credit')).toHaveLength(1);
    });
  });

  test('no credit is waited for as long as the engine says', async () => {
    const clientConfig = { billing_exception_max_pause_duration_sec: 10 };
    await withRig('tinker', { fake: { clientConfig } }, async (rig) => {
      rig.fake.failNext(ofStep, httpFault(402, 'pay'), { times: 3 });
      expect(await stepped(rig)).toMatchObject({ ms: 10_000, error: { code: 'refused_by_peer' } });
    });
  });

  test('one that never comes is given up', async () => {
    await withRig('tinker', { client: { timings: { trainingMs: 60_500 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.holdFutures();
      const startedAt = rig.clock.monotonicMs();
      const error = await rig.failure(model.optimStep(adam, never()));
      expect(error.code).toBe('timeout');
      expect(rig.clock.monotonicMs() - startedAt).toBe(60_500);
    });
  });
});

describe('a poll that hangs', () => {
  test('ends with the deadline of the whole', async () => {
    await withRig('tinker', { client: { timings: { trainingMs: 10_000 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext(ofStep, { kind: 'slow' });
      const step = model.optimStep(adam, never());
      step.catch(() => undefined);
      await rig.fake.slowHeld();
      await rig.clock.advance(10_000);
      expect((await rig.failure(step)).code).toBe('timeout');
      expect(rig.fake.requestsTo('retrieve_future')).toHaveLength(2);
      expect(rig.clock.monotonicMs()).toBeLessThan(20_000);
    });
  });
});

describe('results of samples', () => {
  async function sampled(rig: Rig): Promise<{ readonly ms: number; readonly error: AppError | undefined }> {
    const sampler = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
    const startedAt = rig.clock.monotonicMs();
    const work = sampler.sample(question, never());
    const error = await rig.done(work).then(
      (answers) => void expect(answers).toHaveLength(2),
      () => rig.failure(work),
    );
    return { ms: rig.clock.monotonicMs() - startedAt, error };
  }

  test('that the engine lost are drawn anew, after 0.5, 1 and 2 s', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(ofSample, httpFault(410, 'lost'), { times: 3 });
      expect(await sampled(rig)).toEqual({ ms: 3_500, error: undefined });
      const submits = rig.fake.requestsTo('asample');
      expect(submits).toHaveLength(4);
      expect(new Set(submits.map(({ headers }) => headers['x-idempotency-key'])).size).toBe(4);
    });
  });

  test('that it loses five times are given up', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(ofSample, httpFault(410, 'lost'), { times: 5 });
      const { error } = await sampled(rig);
      expect(error).toMatchObject({ code: 'not_found', details: { reason: 'promise_lost' } });
      expect(rig.fake.requestsTo('asample')).toHaveLength(5);
    });
  });

  test('that are cut off are a bad reply, and so are too few', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(ofSample, { kind: 'truncated' });
      expect((await sampled(rig)).error?.code).toBe('bad_reply');
      rig.fake.failNext(ofSample, { kind: 'malformed', text: '{"sequences": []}' });
      expect((await sampled(rig)).error?.code).toBe('bad_reply');
    });
  });

  test('refused for what we sent are not tried again', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext(ofSample, failed('user'));
      expect((await sampled(rig)).error?.code).toBe('invalid_input');
      expect(rig.fake.requestsTo('asample')).toHaveLength(1);
    });
  });

  test('log-probabilities that do not fit are left out and told', async () => {
    await withRig('mint', {}, async (rig) => {
      const sampler = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
      const sequences = [
        { stop_reason: 'length', tokens: [1, 2], logprobs: [-1] },
        { stop_reason: 'stop', tokens: [1, 2], logprobs: [-1, null] },
      ];
      rig.fake.failNext(ofSample, { kind: 'malformed', text: JSON.stringify({ sequences }) });
      expect(await rig.done(sampler.sample(question, never()))).toEqual([
        { tokens: Int32Array.of(1, 2), stopReason: 'length' },
        { tokens: Int32Array.of(1, 2), stopReason: 'stop' },
      ]);
      expect(rig.logger.of('engine_logprobs_unusable')).toHaveLength(2);
    });
  });
});

describe('large results', () => {
  test('are asked for when there is room for them', async () => {
    const clientConfig = { inflight_response_bytes_semaphore_size: 1_000 };
    await withRig('tinker', { fake: { clientConfig } }, async (rig) => {
      const models = [await rig.createModel(), await rig.createModel(4)];
      const polls = () => rig.fake.requestsTo('retrieve_future').slice(2);
      const asked = () => polls().map(({ body }) => Object(body).allow_metadata_only);
      rig.fake.failNext(ofStep, { kind: 'metadata', size: 600 }, { times: 2 });
      rig.fake.failNext(ofStep, { kind: 'slow' });
      const steps = models.map((model) => model.optimStep(adam, never()));
      await rig.fake.slowHeld();
      await rig.clock.advance(1);
      expect(asked()).toEqual([true, true, false]);
      rig.fake.releaseSlow();
      await rig.done(Promise.all(steps));
      expect(asked()).toEqual([true, true, false, false]);
    });
  });

  test('come after an announcement from an engine that announces all', async () => {
    await withRig('tinker', { fake: { metadataFrom: 1 } }, async (rig) => {
      const model = await rig.createModel();
      const { logprobs } = await rig.done(model.forwardBackward(batch, crossEntropy, never()));
      expect(logprobs).toHaveLength(2);
    });
  });

  test('are not announced to engines that do not know that', async () => {
    await withRig('skyrl', {}, async (rig) => {
      await rig.createModel();
      for (const { body } of rig.fake.requestsTo('retrieve_future')) {
        expect(body).toMatchObject({ allow_metadata_only: false });
      }
    });
  });
});

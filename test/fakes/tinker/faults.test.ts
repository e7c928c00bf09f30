import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeTinker, type FakeTinker } from './fake-tinker.ts';
import { emptyBadRequest, type Fault, httpFault, notReady } from './fault-plan.ts';
import { decodeMessage } from './protobuf-schema.ts';
import { openModel, openSession, post, retrieve, sendBatch } from './raw-client.ts';

let fake: FakeTinker;
let modelId: string;

beforeEach(async () => {
  fake = await createFakeTinker();
  modelId = await openModel(fake);
});
afterEach(() => fake.close());

const data = [{ tokens: [1, 2], inputs: { target_tokens: [2, 3], weights: [1, 1] } }];
const pass = (seqId: number) => sendBatch(fake, { modelId, seqId, data, loss: 'cross_entropy' });
const binary = { accept: 'application/x-protobuf' };

describe('a connection that is cut', () => {
  test('before the work: nothing was done', async () => {
    fake.failNext('forward_backward', { kind: 'reset', when: 'before' });
    await expect(pass(1)).rejects.toThrow();
    expect(fake.model(modelId).pendingDatums).toBe(0);
    expect((await pass(1)).status).toBe(200);
  });

  test('after the work: it was done and only the answer was lost', async () => {
    fake.failNext('save_weights', { kind: 'reset', when: 'after' });
    const save = { model_id: modelId, seq_id: 1, path: 'kept' };
    await expect(post(fake, 'save_weights', save)).rejects.toThrow();
    expect(fake.checkpoints()).toEqual([`tinker://${modelId}/weights/kept`]);
    expect((await post(fake, 'save_weights', { ...save, seq_id: 2 })).status).toBe(409);
    expect(fake.faults().map(({ endpoint, fault, answer }) => [endpoint, fault, answer])).toEqual([
      ['save_weights', 'reset', 'cut'],
    ]);
  });

  test('in the middle of a body', async () => {
    fake.failNext('get_info', { kind: 'cut_body' });
    await expect(post(fake, 'get_info', { model_id: modelId })).rejects.toThrow();
  });
});

describe('answers in place of the work', () => {
  test.each<[number, Fault]>([
    [400, emptyBadRequest],
    [401, httpFault(401, 'Invalid API key')],
    [402, httpFault(402, 'Payment required')],
    [403, httpFault(403, 'Forbidden')],
    [404, httpFault(404, 'Not found')],
    [408, notReady('paused_capacity', 'full')],
    [409, httpFault(409, 'Conflict')],
    [410, httpFault(410, 'Promise expired')],
    [413, httpFault(413, 'Too large')],
    [422, httpFault(422, 'Unprocessable')],
    [429, httpFault(429, 'Slow down', { 'retry-after': '2', 'retry-after-ms': '150' })],
    [500, httpFault(500, 'Server error')],
    [502, httpFault(502, 'Bad gateway')],
    [503, httpFault(503, 'Unavailable')],
  ])('%i, once, and nothing is done', async (status, fault) => {
    fake.failNext('forward_backward', fault);
    const answer = await pass(1);
    expect(answer.status).toBe(status);
    if (fault === emptyBadRequest) expect(answer.bytes).toHaveLength(0);
    if (status === 429) expect(answer.headers.get('retry-after-ms')).toBe('150');
    if (status === 408) expect(answer.json).toMatchObject({ queue_state: 'paused_capacity' });
    expect(fake.model(modelId).pendingDatums).toBe(0);
    expect((await pass(1)).status).toBe(200);
    expect(fake.unusedPlans()).toEqual([]);
  });

  test('as often as said, after as many as said, and only where the condition holds', async () => {
    fake.failNext('get_info', httpFault(402, 'Payment required'), { times: 2, skip: 1 });
    fake.failNext({ endpoint: 'get_info', when: ({ order }) => order < 0 }, httpFault(500, 'never'));
    const statuses = [];
    for (let at = 0; at < 4; at += 1)
      statuses.push((await post(fake, 'get_info', { model_id: modelId })).status);
    expect(statuses).toEqual([200, 402, 402, 200]);
    expect(fake.unusedPlans()).toEqual(['get_info: http 1 more']);
  });

  test('with `after` the work is done first', async () => {
    fake.failNext('forward_backward', { kind: 'http', status: 502, after: true });
    expect((await pass(1)).status).toBe(502);
    expect(fake.model(modelId).pendingDatums).toBe(1);
  });
});

describe('what a future says', () => {
  test('try_again, metadata and a failure, each for the operation that is meant', async () => {
    const taken = (await pass(1)).json?.['request_id'];
    const match = { endpoint: 'retrieve_future', operation: 'forward_backward' } as const;
    fake.failNext(
      match,
      { kind: 'try_again', queueState: 'paused_rate_limit', reason: 'busy' },
      { times: 2 },
    );
    fake.failNext(match, { kind: 'metadata', size: 12 });
    fake.failNext(match, { kind: 'failed', error: 'wrong tensor', category: 'user' });
    const said = [];
    for (let at = 0; at < 5; at += 1) said.push((await retrieve(fake, taken)).json);
    const again = {
      type: 'try_again',
      request_id: taken,
      queue_state: 'paused_rate_limit',
      queue_state_reason: 'busy',
    };
    expect(said.slice(0, 4)).toEqual([
      again,
      again,
      { status: 'complete_metadata', response_payload_size: 12 },
      { error: 'wrong tensor', category: 'user' },
    ]);
    expect(said[4]).toHaveProperty('metrics');
  });

  test('an operation that fails when it is due adds nothing', async () => {
    fake.failNext('forward_backward', { kind: 'operation_fails', error: 'out of memory' });
    const taken = (await pass(1)).json?.['request_id'];
    expect((await retrieve(fake, taken)).json).toEqual({ error: 'out of memory', category: 'server' });
    expect(fake.model(modelId).pendingDatums).toBe(0);
  });

  test('a cut message is no message; malformed JSON is none', async () => {
    const taken = (await pass(1)).json?.['request_id'];
    fake.failNext('retrieve_future', { kind: 'truncated' });
    const cut = await retrieve(fake, taken, binary);
    expect(cut.headers.get('content-type')).toBe('application/x-protobuf');
    expect(() => decodeMessage('ForwardBackwardOutput', cut.bytes)).toThrow();
    fake.failNext('retrieve_future', { kind: 'malformed' });
    await expect(retrieve(fake, taken)).rejects.toThrow(SyntaxError);
  });

  test('futures that were lost are 410', async () => {
    const taken = (await pass(1)).json?.['request_id'];
    fake.loseFutures();
    expect((await retrieve(fake, taken)).status).toBe(410);
  });
});

test('a slow answer is held until it is released, then given as usual', async () => {
  fake.failNext('forward_backward', { kind: 'slow' });
  const waiting = pass(1);
  await fake.slowHeld();
  expect(fake.model(modelId).pendingDatums).toBe(0);
  fake.releaseSlow();
  expect((await waiting).status).toBe(200);
  expect(fake.model(modelId).pendingDatums).toBe(1);
});

test('a session that is lost takes its models along; others stay', async () => {
  const other = await openModel(fake, { sessionId: await openSession(fake) });
  const [lost, kept] = fake.sessionIds();
  fake.loseSession(lost);
  expect((await post(fake, 'session_heartbeat', { session_id: lost })).status).toBe(404);
  expect((await post(fake, 'session_heartbeat', { session_id: kept })).status).toBe(200);
  expect(fake.heartbeats(String(kept))).toBe(1);
  expect((await pass(1)).status).toBe(404);
  expect((await post(fake, 'get_info', { model_id: other })).status).toBe(200);
});

test('the journal holds what came, in order, and no key', async () => {
  await pass(1);
  const last = fake.requests.at(-1);
  expect(last).toMatchObject({
    order: fake.requests.length - 1,
    endpoint: 'forward_backward',
    key: 'right',
    answer: 200,
    fault: undefined,
    body: { modelId, seqId: 1, loss: 'cross_entropy', data: [{ chunks: [{ tokens: [1, 2] }] }] },
  });
  expect(JSON.stringify(fake.requests)).not.toContain(fake.apiKey);
  expect(fake.requestsTo('create_model')).toHaveLength(1);
});

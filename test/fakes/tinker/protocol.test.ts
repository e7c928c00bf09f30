import { zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createFakeTinker, type FakeTinker, type FakeTinkerOptions } from './fake-tinker.ts';
import { decodeMessage } from './protobuf-schema.ts';
import {
  jsonBatch,
  openModel,
  openSession,
  post,
  protobufBatch,
  protobufLogprobs,
  resultOf,
  retrieve,
  sendBatch,
} from './raw-client.ts';
import { readNumbers } from './tensor-bytes.ts';

let fake: FakeTinker;
afterEach(() => fake.close());

async function start(options: FakeTinkerOptions = {}): Promise<string> {
  fake = await createFakeTinker(options);
  return openModel(fake);
}

const binary = { accept: 'application/x-protobuf' };
const data = [{ tokens: [1, 2, 3], inputs: { target_tokens: [2, 3, 4], weights: [0, 1, 1] } }];
const prompt = { chunks: [{ type: 'encoded_text', tokens: [1, 2, 3] }] };

describe('passes', () => {
  test('JSON and protobuf say the same, in and out', async () => {
    const modelId = await start({ traits: { takesJson: true } });
    const batch = { modelId, data, loss: 'cross_entropy' };
    const one = await post(fake, 'forward_backward', protobufBatch({ ...batch, seqId: 1 }));
    const afterOne = fake.model(modelId).pendingGradient;
    const two = await post(fake, 'forward_backward', jsonBatch({ ...batch, seqId: 2 }));
    const afterTwo = fake.model(modelId).pendingGradient;
    expect(Math.max(...afterOne.map(Math.abs))).toBeGreaterThan(0.01);
    for (const [at, value] of afterTwo.entries()) expect(value).toBeCloseTo(2 * afterOne[at]!, 12);
    const asBytes = await retrieve(fake, one.json?.['request_id'], binary);
    const asJson = await retrieve(fake, two.json?.['request_id']);
    const outputs = asJson.json?.['loss_fn_outputs'] as { logprobs: { data: number[] } }[];
    expect(protobufLogprobs(asBytes.bytes)).toEqual(outputs[0]!.logprobs.data);
    const expected = fake.logprobs(modelId, [1, 2, 3, 4]).slice(1);
    for (const [at, logprob] of outputs[0]!.logprobs.data.entries()) {
      expect(logprob).toBeCloseTo(expected[at]!, 5);
    }
    const loss = -(expected[1]! + expected[2]!);
    const sumOf = (metrics: unknown) => (metrics as Record<string, number>)['loss:sum'];
    expect(sumOf(asJson.json?.['metrics'])).toBeCloseTo(loss, 9);
    expect(sumOf(decodeMessage('ForwardBackwardOutput', asBytes.bytes)['metrics'])).toBeCloseTo(loss, 9);
  });

  test('forward alone gathers no gradient, by its bit and by its endpoint', async () => {
    const modelId = await start({ traits: { takesJson: true } });
    const batch = { modelId, data, loss: 'cross_entropy', forwardOnly: true };
    await resultOf(fake, post(fake, 'forward_backward', protobufBatch({ ...batch, seqId: 1 })));
    await resultOf(fake, post(fake, 'forward', jsonBatch({ ...batch, seqId: 2 })));
    expect(fake.model(modelId)).toMatchObject({ pendingDatums: 0 });
    expect(Math.max(...fake.model(modelId).pendingGradient.map(Math.abs))).toBe(0);
  });

  test('a zstd body is the same request', async () => {
    const modelId = await start();
    const plain = protobufBatch({ modelId, seqId: 1, data, loss: 'cross_entropy' });
    const packed = new Uint8Array(zstdCompressSync(plain));
    const answer = await post(fake, 'forward_backward', packed, { 'content-encoding': 'zstd' });
    expect(answer.status).toBe(200);
    expect(fake.model(modelId).pendingDatums).toBe(1);
    const broken = await post(fake, 'forward_backward', plain, { 'content-encoding': 'zstd' });
    expect(broken.status).toBe(422);
  });

  test('a large result is announced first to those who allow it', async () => {
    const modelId = await start({ metadataFrom: 40 });
    const taken = await sendBatch(fake, { modelId, seqId: 1, data, loss: 'cross_entropy' });
    const request = { request_id: taken.json?.['request_id'] };
    const announced = await post(fake, 'retrieve_future', { ...request, allow_metadata_only: true });
    expect(announced.json?.['status']).toBe('complete_metadata');
    const given = await post(fake, 'retrieve_future', { ...request, allow_metadata_only: false });
    expect(given.bytes).toHaveLength(Number(announced.json?.['response_payload_size']));
  });
});

describe('samples', () => {
  test('in JSON and protobuf alike, with the names of their sequences at once', async () => {
    await start();
    const { json } = await post(fake, 'asample', {
      base_model: 'test/tiny',
      num_samples: 3,
      prompt,
      prompt_logprobs: true,
      sampling_params: { max_tokens: 4, seed: 9 },
    });
    expect(new Set(json?.['sample_sequence_ids'] as string[]).size).toBe(3);
    const asJson = (await retrieve(fake, json?.['request_id'])).json;
    const asBytes = await retrieve(fake, json?.['request_id'], binary);
    const message = decodeMessage('SampleResponse', asBytes.bytes);
    const sequences = message['sequences'] as {
      tokens: Uint8Array;
      logprobs: Uint8Array;
      stop_reason: string;
    }[];
    const read = sequences.map(({ tokens, logprobs, stop_reason }) => ({
      stop_reason: stop_reason === 'STOP_REASON_LENGTH' ? 'length' : 'stop',
      tokens: readNumbers(tokens, 'DTYPE_INT32'),
      logprobs: readNumbers(logprobs, 'DTYPE_FLOAT32'),
    }));
    expect(read).toEqual(asJson?.['sequences']);
    const lead = readNumbers(message['prompt_logprobs'] as Uint8Array, 'DTYPE_FLOAT32');
    expect(lead.map((one) => (Number.isNaN(one) ? null : one))).toEqual(asJson?.['prompt_logprobs']);
    expect(lead[0]).toBeNaN();
    expect(lead[2]).toBeCloseTo(fake.logprobs('test/tiny', [1, 2, 3])[2]!, 5);
  });
});

describe('keys and tokens', () => {
  test('a missing and a wrong key are told apart where the engine does', async () => {
    for (const [behaviour, missing, wrong] of [
      ['tinker', 401, 401],
      ['tuft', 401, 403],
    ] as const) {
      fake = await createFakeTinker({ behaviour });
      const url = `${fake.baseUrl}/api/v1/get_server_capabilities`;
      expect((await fetch(url)).status).toBe(missing);
      expect((await fetch(url, { headers: { 'x-api-key': 'tml-other' } })).status).toBe(wrong);
      expect((await fetch(url, { headers: { 'x-api-key': fake.apiKey } })).status).toBe(200);
      expect((await fetch(`${fake.baseUrl}/api/v1/healthz`)).status).toBe(200);
      expect(fake.requests.map(({ key }) => key)).toEqual(['none', 'wrong', 'right', 'none']);
      if (behaviour === 'tinker') await fake.close();
    }
  });

  test('SkyRL asks for none', async () => {
    fake = await createFakeTinker({ behaviour: 'skyrl' });
    expect((await fetch(`${fake.baseUrl}/api/v1/get_server_capabilities`)).status).toBe(200);
  });

  test('with tokens, the key opens the exchange alone and a token lives as long as said', async () => {
    let now = 1_000_000;
    fake = await createFakeTinker({ jwt: true, jwtSeconds: 60, now: () => now });
    expect((await post(fake, 'client/config', { sdk_version: 'x' })).json).toMatchObject({
      pjwt_auth_enabled: true,
    });
    const session = { tags: [], sdk_version: 'x' };
    const refused = await post(fake, 'create_session', session);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    const jwt = String((await post(fake, 'auth/token', {})).json?.['jwt']);
    expect(jwt).toMatch(/^eyJ/);
    const claims = JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());
    expect(claims.exp).toBe(1_060);
    expect((await post(fake, 'create_session', session, { 'x-api-key': jwt })).status).toBe(200);
    now += 60_000;
    expect((await post(fake, 'create_session', session, { 'x-api-key': jwt })).status).toBe(401);
  });
});

test('a finished session answers heartbeats with 410', async () => {
  fake = await createFakeTinker();
  const id = await openSession(fake);
  expect((await post(fake, `sessions/${id}/finish`, { reason: { type: 'success' } })).status).toBe(200);
  expect((await post(fake, 'session_heartbeat', { session_id: id })).status).toBe(410);
});

test('fields that nobody knows are let pass', async () => {
  const modelId = await start();
  const body = { model_id: modelId, brand_new: { x: 1 } };
  expect((await post(fake, 'get_info', body)).json).toMatchObject({
    model_id: modelId,
    model_data: { model_name: 'test/tiny', tokenizer_id: 'test/tiny' },
    lora_rank: 8,
  });
});

test('flags of client/config and the models on offer can be set', async () => {
  fake = await createFakeTinker({
    clientConfig: { fwdbwd_max_chunk_len: 2 },
    baseModels: [{ name: 'test/wide', vocabulary: 50_000, maxContextTokens: 99 }],
  });
  const config = await post(fake, 'client/config', { sdk_version: 'x' });
  expect(config.json).toMatchObject({ fwdbwd_max_chunk_len: 2 });
  const offered = await fetch(`${fake.baseUrl}/api/v1/get_server_capabilities`, {
    headers: { 'x-api-key': fake.apiKey },
  });
  expect(await offered.json()).toEqual({
    supported_models: [{ model_name: 'test/wide', max_context_length: 99 }],
  });
});

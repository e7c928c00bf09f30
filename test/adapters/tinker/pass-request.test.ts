import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passToJson } from '../../../adapters/tinker/json-codec.ts';
import { createPassCodec } from '../../../adapters/tinker/pass-codec.ts';
import { engineProfiles } from '../../../adapters/tinker/profiles.ts';
import { passToProto } from '../../../adapters/tinker/proto-encode.ts';
import type { PassRequest, WireDatum } from '../../../adapters/tinker/wire.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { passRequest } from './arbitraries.ts';
import { decode, type Message, readFloat, readInt32, readInt64 } from './wire-schema.ts';

/** A request as a server sees it, whichever way it came. */
interface Seen {
  readonly modelId: unknown;
  readonly seqId: unknown;
  readonly loss: unknown;
  readonly config: unknown;
  readonly forwardOnly: boolean;
  readonly data: unknown;
}

const base64 = (bytes: unknown): string =>
  Buffer.from((bytes ?? new Uint8Array()) as Uint8Array).toString('base64');
const bytes = (value: unknown): Uint8Array => (value ?? new Uint8Array()) as Uint8Array;

function seenInJson(request: PassRequest): Seen {
  const body = JSON.parse(JSON.stringify(passToJson(request)));
  const input = body.forward_input ?? body.forward_backward_input;
  return {
    modelId: body.model_id,
    seqId: body.seq_id,
    loss: input.loss_fn,
    config: input.loss_fn_config ?? {},
    forwardOnly: 'forward_input' in body,
    data: input.data,
  };
}

function chunkOf(chunk: Record<string, Message>): unknown {
  if (chunk['encoded_text'] !== undefined) {
    return { type: 'encoded_text', tokens: readInt32(bytes(chunk['encoded_text']['tokens'])) };
  }
  if (chunk['dmel'] !== undefined) return { type: 'dmel', dmel: base64(chunk['dmel']['dmel']) };
  const { data, ...image } = chunk['image'] ?? {};
  return { type: 'image', data: base64(data), ...image };
}

function tensorOf({ dense, sparse_csr: sparse, dtype, shape }: Message): unknown {
  const csr = sparse as Message | undefined;
  const values = bytes(csr === undefined ? dense : csr['values']);
  return {
    data: dtype === 'INT64' ? readInt64(values) : readFloat(values),
    dtype: dtype === 'INT64' ? 'int64' : 'float32',
    shape,
    ...(csr === undefined
      ? {}
      : {
          sparse_crow_indices: readInt64(bytes(csr['crow_indices'])),
          sparse_col_indices: readInt64(bytes(csr['col_indices'])),
        }),
  };
}

function seenInProto(request: PassRequest): Seen {
  const message = decode('Request', passToProto(request));
  const data = message['data'] as readonly {
    readonly model_input: readonly Record<string, Message>[];
    readonly loss_fn_inputs: Record<string, Message>;
  }[];
  const config = (message['loss_fn_config'] ?? {}) as Message;
  const newer = (message['loss_fn_config_v2'] ?? {}) as Record<string, Message>;
  if (request.sendsLossConfigTwice) {
    expect(
      Object.fromEntries(Object.entries(newer).map(([key, value]) => [key, value['number'] ?? 0])),
    ).toEqual(config);
  } else expect(newer).toEqual({});
  return {
    modelId: message['model_id'] ?? '',
    seqId: message['seq_id'],
    loss: message['loss_fn'],
    config,
    forwardOnly: message['forward_only'] ?? false,
    data: data.map((datum) => ({
      model_input: { chunks: datum.model_input.map(chunkOf) },
      loss_fn_inputs: Object.fromEntries(
        Object.entries(datum.loss_fn_inputs).map(([name, tensor]) => [name, tensorOf(tensor)]),
      ),
    })),
  } as Seen;
}

/** Zeros of both signs are one number to JSON. */
const plain = (seen: Seen): unknown =>
  JSON.parse(JSON.stringify(seen, (_, value) => (Object.is(value, -0) ? 0 : value)));

describe('a pass as it is sent', () => {
  test('says the same in JSON and in protobuf', () => {
    fc.assert(
      fc.property(passRequest, (request) => {
        expect(plain(seenInProto(request))).toEqual(plain(seenInJson(request)));
      }),
      { numRuns: 300 },
    );
  });

  const request = (data: readonly WireDatum[]): PassRequest => ({
    modelId: 'm',
    seqId: 3,
    data,
    lossName: 'ppo',
    lossConfig: { clip_low_threshold: 0.8 },
    sendsLossConfigTwice: true,
    forwardOnly: true,
  });

  test('keeps every bit of its numbers', () => {
    const floats = Float32Array.of(1e-45, -0, 3.4028234663852886e38, 0.1, -1e-10);
    const ids = Int32Array.of(0, 1, 2 ** 31 - 1, -1, -(2 ** 31));
    const datum: WireDatum = {
      chunks: [{ type: 'encoded_text', tokens: Int32Array.of(5, 0, 2 ** 31 - 1) }],
      lossInputs: { weights: { data: floats }, target_tokens: { data: ids } },
    };
    const { data } = seenInProto(request([datum])) as unknown as {
      data: { loss_fn_inputs: Record<string, { data: number[] }> }[];
    };
    const inputs = data[0]?.loss_fn_inputs;
    expect(new Float32Array(inputs?.['weights']?.data ?? [])).toEqual(floats);
    expect(inputs?.['target_tokens']?.data).toEqual(Array.from(ids));
    const json = JSON.parse(JSON.stringify(passToJson(request([datum]))));
    const written = json.forward_input.data[0].loss_fn_inputs.weights.data;
    expect(new Float32Array(written).map((one) => one + 0)).toEqual(floats.map((one) => one + 0));
  });

  test('an image that lies elsewhere goes by JSON alone', () => {
    const pointer: WireDatum = {
      chunks: [{ type: 'image_asset_pointer', location: 'asset://1', format: 'png', expectedTokens: 4 }],
      lossInputs: {},
    };
    const json = JSON.parse(JSON.stringify(passToJson(request([pointer]))));
    expect(json.forward_input.data[0].model_input.chunks).toEqual([
      { type: 'image_asset_pointer', location: 'asset://1', format: 'png', expected_tokens: 4 },
    ]);
    expect(() => passToProto(request([pointer]))).toThrowError(AppError);
  });

  test('is packed where the engine asked for it, and says so', () => {
    const codec = createPassCodec(engineProfiles.tinker);
    const sent = request([{ chunks: [{ type: 'encoded_text', tokens: Int32Array.of(1) }], lossInputs: {} }]);
    const { bytes: packed } = codec.callOf(sent, true, 1_000);
    const { bytes: loose } = codec.callOf(sent, false, 1_000);
    expect(packed?.encoding).toBe('zstd');
    expect(loose?.encoding).toBeUndefined();
    expect(new Uint8Array(zstdDecompressSync(packed?.data ?? new Uint8Array()))).toEqual(loose?.data);
  });
});

describe('which form an engine is spoken to in', () => {
  const json = engineProfiles.mint;
  const refusal = (status: number, words = '', sentAs = 'application/json') =>
    new AppError('invalid_input', `x: “${words}”.`, { details: { status, sentAs } });
  const pass = (forwardOnly: boolean): PassRequest => ({
    modelId: 'm',
    seqId: 1,
    data: [],
    lossName: 'cross_entropy',
    lossConfig: {},
    sendsLossConfigTwice: false,
    forwardOnly,
  });

  test('JSON becomes protobuf once it is refused, and passes without a gradient become a bit of it', () => {
    const codec = createPassCodec(json);
    expect(codec.callOf(pass(true), false, 1)).toMatchObject({ path: 'forward' });
    expect(codec.typeOf(true)).toBe('Forward');
    expect(codec.learn(refusal(422), false)).toBe(false);
    expect(codec.learn(refusal(415), false)).toBe(true);
    expect(codec.isProto()).toBe(true);
    expect(codec.callOf(pass(true), false, 1)).toMatchObject({ path: 'forward_backward' });
    expect(codec.typeOf(true)).toBe('ForwardBackward');
    expect(codec.learn(refusal(415, '', 'application/x-protobuf'), false)).toBe(false);
    expect(codec.isProto()).toBe(false);
  });

  test('what was refused in the form of before is made again in the form of now', () => {
    const codec = createPassCodec(json);
    expect(codec.learn(refusal(415), false)).toBe(true);
    expect(codec.learn(refusal(415), false)).toBe(true);
    expect(codec.learn(refusal(404, 'Not Found'), true)).toBe(true);
    expect(codec.isProto()).toBe(true);
    codec.worked('application/x-protobuf');
    expect(codec.learn(refusal(415), false)).toBe(true);
    expect(codec.learn(refusal(422), false)).toBe(false);
  });

  test('what was sent in the form of before and taken on tells nothing of the form of now', () => {
    const codec = createPassCodec(json);
    expect(codec.learn(refusal(415), false)).toBe(true);
    codec.worked(undefined);
    expect(codec.learn(refusal(415, '', 'application/x-protobuf'), false)).toBe(false);
    expect(codec.isProto()).toBe(false);
  });

  test('a form that worked is kept', () => {
    const codec = createPassCodec(json);
    codec.worked(undefined);
    expect(codec.learn(refusal(415), false)).toBe(false);
    expect(codec.isProto()).toBe(false);
  });

  test('an engine without `forward` is told by its router’s words, not by a model that is gone', () => {
    const codec = createPassCodec(json);
    expect(codec.learn(refusal(404, 'Model not found'), true)).toBe(false);
    expect(codec.learn(refusal(404, 'Not Found'), false)).toBe(false);
    expect(codec.learn(refusal(404, 'Not Found'), true)).toBe(true);
  });

  test('one that is configured is never changed', () => {
    const codec = createPassCodec(engineProfiles.tuft);
    expect(codec.learn(refusal(415), false)).toBe(false);
    expect(codec.isProto()).toBe(true);
  });
});

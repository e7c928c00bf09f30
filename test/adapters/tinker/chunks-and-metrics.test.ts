import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPass } from '../../../adapters/tinker/check-pass.ts';
import { chunkBatch, defaultChunkLimits } from '../../../adapters/tinker/chunk-batch.ts';
import { combinePasses } from '../../../adapters/tinker/combine-passes.ts';
import { estimatedBytes, type PassResult, type WireDatum } from '../../../adapters/tinker/wire.ts';
import { AppError } from '../../../core/domain/app-error.ts';

const datumOf = (tokens: number): WireDatum => ({
  chunks: [{ type: 'encoded_text', tokens: new Int32Array(tokens) }],
  lossInputs: { weights: { data: new Float32Array(tokens) } },
});

describe('chunks of a batch', () => {
  test('hold no more datums and bytes than allowed, are as few as that gives, and keep the order', () => {
    const limits = { datums: 3, bytes: 100 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 30 }), (sizes) => {
        const data = sizes.map(datumOf);
        const chunks = chunkBatch(data, limits);
        expect(chunks.flat()).toEqual(data);
        const cost = (chunk: readonly WireDatum[]): number =>
          chunk.reduce((total, datum) => total + estimatedBytes(datum), 0);
        for (const [at, chunk] of chunks.entries()) {
          expect(chunk.length).toBeLessThanOrEqual(limits.datums);
          if (chunk.length > 1) expect(cost(chunk)).toBeLessThanOrEqual(limits.bytes);
          const next = chunks[at + 1]?.[0];
          if (next === undefined) continue;
          const isFull = chunk.length === limits.datums || cost([...chunk, next]) > limits.bytes;
          expect(isFull).toBe(true);
        }
      }),
    );
  });

  test('are of 1024 datums and 5 MB unless the engine says otherwise', () => {
    expect(defaultChunkLimits).toEqual({ datums: 1_024, bytes: 5_000_000 });
    const chunks = chunkBatch(
      Array.from({ length: 2_050 }, () => datumOf(1)),
      defaultChunkLimits,
    );
    expect(chunks.map(({ length }) => length)).toEqual([1_024, 1_024, 2]);
    const large = chunkBatch([datumOf(300_000), datumOf(300_000), datumOf(700_000)], defaultChunkLimits);
    expect(large.map(({ length }) => length)).toEqual([2, 1]);
  });

  test('a datum costs 4 bytes a token, 4 or 8 a number and 8 an index', () => {
    expect(
      estimatedBytes({
        chunks: [
          { type: 'encoded_text', tokens: new Int32Array(3) },
          { type: 'image', data: new Uint8Array(7), format: 'png' },
        ],
        lossInputs: {
          weights: { data: new Float32Array(3) },
          target_tokens: {
            data: new Int32Array(2),
            shape: [3, 4],
            sparse: { crowIndices: new Int32Array(4), columnIndices: new Int32Array(2) },
          },
        },
      }),
    ).toBe(12 + 7 + 12 + 16 + 48);
  });
});

const pass = (outputs: number, metrics: Record<string, number>): PassResult => ({
  outputs: Array.from({ length: outputs }, (_, at) => ({ logprobs: Float32Array.of(at) })),
  metrics,
});

describe('results of the chunks', () => {
  test('outputs are joined in order, metrics by their suffix', () => {
    const { outputs, metrics } = combinePasses([
      pass(1, {
        'a:sum': 2,
        'a:mean': 2,
        'a:min': 2,
        'a:max': 2,
        'a:slack': 2,
        'a:hash2': 2,
        'a:unique': 2,
        a: 2,
      }),
      pass(3, {
        'a:sum': 6,
        'a:mean': 6,
        'a:min': 6,
        'a:max': 6,
        'a:slack': 6,
        'a:hash2': 6,
        'a:unique': 6,
        a: 6,
      }),
    ]);
    expect(outputs.map(({ logprobs }) => logprobs?.[0])).toEqual([0, 0, 1, 2]);
    expect(metrics).toEqual({
      'a:sum': 8,
      'a:mean': 5,
      'a:min': 2,
      'a:max': 6,
      'a:slack': 1,
      'a:hash2': 8,
      'a:unique': 2,
      'a:unique_1': 6,
      a: 5,
    });
  });

  test('hashes are added modulo 2^64', () => {
    const { metrics } = combinePasses([
      pass(1, { 'h:hash2': 2 ** 63 }),
      pass(1, { 'h:hash2': 2 ** 63 + 2 ** 20 }),
    ]);
    expect(metrics).toEqual({ 'h:hash2': 2 ** 20 });
    const large = combinePasses([pass(1, { 'h:hash2': 2 ** 62 }), pass(1, { 'h:hash2': 2 ** 63 })]);
    expect(large.metrics).toEqual({ 'h:hash2': 2 ** 62 + 2 ** 63 });
    expect(combinePasses([pass(1, { 'h:hash2': Number.NaN }), pass(1, { 'h:hash2': 3 })]).metrics).toEqual({
      'h:hash2': 3,
    });
  });

  test('a single one is as it was, whatever its names', () => {
    const only = pass(2, { 'x:y:z': 1, plain: 2 });
    expect(combinePasses([only])).toEqual(only);
  });

  test('a metric that one of them lacks, or a mean over no outputs, is no crash', () => {
    expect(combinePasses([pass(1, { 'a:mean': 4 }), pass(2, {})]).metrics).toEqual({ 'a:mean': 4 });
    expect(combinePasses([pass(0, { 'a:mean': 4 }), pass(0, { 'a:mean': 6 })]).metrics).toEqual({
      'a:mean': 5,
    });
  });
});

describe('what is sent is checked before', () => {
  const good = datumOf(3);
  const codeOf = (data: readonly WireDatum[]): string => {
    try {
      checkPass(data);
      return 'none';
    } catch (thrown) {
      return thrown instanceof AppError ? thrown.code : 'crash';
    }
  };
  const withInput = (tensor: WireDatum['lossInputs'][string]): WireDatum => ({
    ...good,
    lossInputs: { weights: tensor },
  });

  test.each([
    ['good datums', [good, good], 'none'],
    ['two dimensions', [withInput({ data: new Float32Array(6), shape: [3, 2] })], 'none'],
    [
      'sparse rows',
      [
        withInput({
          data: new Float32Array(1),
          shape: [3, 9],
          sparse: { crowIndices: Int32Array.of(0, 1, 1, 1), columnIndices: Int32Array.of(4) },
        }),
      ],
      'none',
    ],
    [
      'an image of unknown length',
      [{ ...good, chunks: [{ type: 'image', data: new Uint8Array(1), format: 'png' }] }],
      'none',
    ],
    [
      'an image of known length',
      [{ ...good, chunks: [{ type: 'image', data: new Uint8Array(1), format: 'png', expectedTokens: 3 }] }],
      'none',
    ],
    [
      'an image of another length',
      [{ ...good, chunks: [{ type: 'image', data: new Uint8Array(1), format: 'png', expectedTokens: 4 }] }],
      'invalid_input',
    ],
    ['no datum', [], 'invalid_input'],
    ['no chunk', [{ ...good, chunks: [] }], 'invalid_input'],
    [
      'an empty chunk',
      [{ ...good, chunks: [...good.chunks, { type: 'encoded_text', tokens: new Int32Array() }] }],
      'invalid_input',
    ],
    ['a shape that does not fit', [withInput({ data: new Float32Array(5), shape: [3, 2] })], 'invalid_input'],
    ['rows for other tokens', [withInput({ data: new Float32Array(4), shape: [2, 2] })], 'invalid_input'],
    ['infinity', [withInput({ data: Float32Array.of(0, Number.NEGATIVE_INFINITY, 0) })], 'invalid_input'],
    [
      'sparse numbers that are none',
      [
        withInput({
          data: Float32Array.of(Number.NaN),
          shape: [3, 9],
          sparse: { crowIndices: Int32Array.of(0, 1, 1, 1), columnIndices: Int32Array.of(4) },
        }),
      ],
      'invalid_input',
    ],
    [
      'a token below 0',
      [{ ...good, chunks: [{ type: 'encoded_text', tokens: Int32Array.of(1, -2, 3) }] }],
      'invalid_input',
    ],
  ] as readonly (readonly [string, readonly WireDatum[], string])[])('%s', (_, data, code) => {
    expect(codeOf(data)).toBe(code);
  });
});

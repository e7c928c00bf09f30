import fc from 'fast-check';
import type { Chunk, PassRequest, Tensor, WireDatum } from '../../../adapters/tinker/wire.ts';
import { endsOf } from './wire-schema.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const ints = (size: number) => fc.array(int32, { minLength: size, maxLength: size });
const floats = (size: number) => fc.array(float, { minLength: size, maxLength: size });

const text: fc.Arbitrary<Chunk> = fc
  .array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 8 })
  .map((tokens) => ({ type: 'encoded_text', tokens: Int32Array.from(tokens) }));

const image: fc.Arbitrary<Chunk> = fc.record(
  {
    type: fc.constant('image' as const),
    data: fc.uint8Array({ maxLength: 20 }),
    format: fc.constantFrom('png' as const, 'jpeg' as const),
    expectedTokens: fc.nat(2_000),
  },
  { requiredKeys: ['type', 'data', 'format'] },
);

const sound: fc.Arbitrary<Chunk> = fc.record({
  type: fc.constant('dmel' as const),
  data: fc.uint8Array({ maxLength: 20 }),
});

const dataOf = (size: number): fc.Arbitrary<Int32Array | Float32Array> =>
  fc.oneof(
    ints(size).map((numbers) => Int32Array.from(numbers)),
    floats(size).map((numbers) => Float32Array.from(numbers)),
  );

const dense: fc.Arbitrary<Tensor> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.boolean())
  .chain(([rows, columns, isFlat]) =>
    dataOf(rows * columns).map((data) => (isFlat ? { data } : { data, shape: [rows, columns] })),
  );

/** Rows of up to four places with some of them filled. */
const sparse: fc.Arbitrary<Tensor> = fc
  .array(fc.uniqueArray(fc.nat(3), { maxLength: 4 }), { minLength: 1, maxLength: 4 })
  .chain((rows) => {
    const filled = rows.flat().length;
    return dataOf(filled).map((data) => ({
      data,
      shape: [rows.length, 4],
      sparse: {
        crowIndices: Int32Array.from(endsOf(rows.map(({ length }) => length))),
        columnIndices: Int32Array.from(rows.flatMap((row) => row.toSorted((a, b) => a - b))),
      },
    }));
  });

const name = fc.constantFrom('target_tokens', 'weights', 'logprobs', 'advantages', 'übrig');

const datum: fc.Arbitrary<WireDatum> = fc.record({
  chunks: fc.array(fc.oneof(text, image, sound), { minLength: 1, maxLength: 3 }),
  lossInputs: fc.dictionary(name, fc.oneof(dense, sparse), { maxKeys: 3 }),
});

/** Any request that both ways of writing can hold. */
export const passRequest: fc.Arbitrary<PassRequest> = fc.record({
  modelId: fc.string(),
  seqId: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  data: fc.array(datum, { maxLength: 4 }),
  lossName: fc.constantFrom('cross_entropy', 'ppo', 'dro'),
  lossConfig: fc.dictionary(fc.constantFrom('clip_low_threshold', 'clip_high_threshold', 'beta'), float),
  sendsLossConfigTwice: fc.boolean(),
  forwardOnly: fc.boolean(),
});

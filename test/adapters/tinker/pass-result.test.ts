import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passFromJson } from '../../../adapters/tinker/json-codec.ts';
import { passFromProto } from '../../../adapters/tinker/proto-decode.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import {
  encode,
  endsOf,
  floatBytes,
  halfBytes,
  int32Bytes,
  int64Bytes,
  type Message,
} from './wire-schema.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code;
    throw thrown;
  }
};

const batched = (
  rows: readonly ArrayLike<number>[],
  toBytes: (row: ArrayLike<number>) => Uint8Array,
  dtype: number,
): Message => {
  const pieces = rows.map(toBytes);
  const offsets = int64Bytes(endsOf(pieces.map(({ length }) => length)));
  return { data: Buffer.concat(pieces), offsets, dtype };
};

const record = (fields: Record<string, Message>, datums: number): Message => ({
  type_tag: 'x',
  fields,
  num_datums: datums,
});

const output = (records: readonly Message[], metrics: Record<string, number> = {}): Uint8Array =>
  encode('Output', { loss_fn_output_type: 'scalar', loss_fn_outputs: records, metrics });

const rowsOf = fc.array(fc.array(fc.float({ noNaN: true }), { maxLength: 6 }), { maxLength: 5 });

describe('the result of a pass', () => {
  test('is the same from protobuf and from JSON, to the bit', () => {
    fc.assert(
      fc.property(
        rowsOf,
        rowsOf,
        fc.dictionary(fc.string(), fc.double({ noNaN: true })),
        (first, second, metrics) => {
          const records = [first, second].map((rows) =>
            record({ logprobs: batched(rows, floatBytes, 1) }, rows.length),
          );
          const read = passFromProto(output(records, metrics));
          const wanted = [...first, ...second].map((row) => ({ logprobs: Float32Array.from(row) }));
          expect(read.outputs).toEqual(wanted);
          expect(Object.entries(read.metrics).sort()).toEqual(Object.entries(metrics).sort());
        },
      ),
    );
    const json = passFromJson({
      loss_fn_output_type: 'scalar',
      loss_fn_outputs: [{ logprobs: { data: [-0.1, -2], dtype: 'float32', shape: [2] }, note: 'x' }],
      metrics: { 'loss:sum': 2, text: 'no' },
      later: true,
    });
    expect(json).toEqual({
      outputs: [{ logprobs: Float32Array.of(-0.1, -2) }],
      metrics: { 'loss:sum': 2 },
    });
  });

  test('every kind of number is read', () => {
    const bits = [0x3f80, 0xbf80, 0x4049, 0x0000, 0x7f80, 0x8001];
    const wide = bits.map((half) => {
      const view = new DataView(new ArrayBuffer(4));
      view.setUint16(2, half, true);
      return view.getFloat32(0, true);
    });
    const { outputs } = passFromProto(
      output([
        record(
          {
            float: batched([[1e-45, -3]], floatBytes, 1),
            long: batched([[-5, 2 ** 40]], int64Bytes, 2),
            int: batched([[-7, 2 ** 20]], int32Bytes, 3),
            half: batched([bits], halfBytes, 4),
          },
          1,
        ),
      ]),
    );
    expect(outputs).toEqual([
      {
        float: Float32Array.of(1e-45, -3),
        long: Float32Array.of(-5, 2 ** 40),
        int: Float32Array.of(-7, 2 ** 20),
        half: Float32Array.from(wide),
      },
    ]);
  });

  test('NaN stays NaN, and a record that does not count its datums is counted by its bounds', () => {
    const { outputs } = passFromProto(
      output([record({ lp: batched([[Number.NaN], [2]], floatBytes, 1) }, 0)]),
    );
    expect(outputs).toEqual([{ lp: Float32Array.of(Number.NaN) }, { lp: Float32Array.of(2) }]);
  });

  test('fields that nobody knows are skipped', () => {
    const field = { ...batched([[1]], floatBytes, 1), trailing_shape: [1], later: 'new' };
    const bytes = encode('Output', {
      loss_fn_outputs: [{ ...record({ logprobs: field }, 1), later: 2.5 }],
      later: 3,
    });
    expect(passFromProto(bytes).outputs).toEqual([{ logprobs: Float32Array.of(1) }]);
  });

  const whole = output([record({ logprobs: batched([[1, 2], [3]], floatBytes, 1) }, 2)], { 'loss:sum': 1 });

  test('cut anywhere it is a bad reply or a shorter result, never a crash', () => {
    const codes = Array.from({ length: whole.length }, (_, at) =>
      codeOf(() => passFromProto(whole.slice(0, at))),
    );
    expect(new Set(codes)).toEqual(new Set(['none', 'bad_reply']));
    expect(codes.filter((code) => code === 'bad_reply').length).toBeGreaterThan(whole.length / 2);
  });

  test('any bytes are a result or a bad reply', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .tuple(fc.nat(whole.length - 1), fc.nat(255))
        .map(([at, byte]) => whole.map((old, index) => (index === at ? byte : old))),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(['none', 'bad_reply']).toContain(codeOf(() => passFromProto(bytes)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('datums without number cost no memory', () => {
    expect(codeOf(() => passFromProto(output([record({}, 2 ** 31)])))).toBe('bad_reply');
  });

  test.each([
    ['bounds beyond the bytes', { data: floatBytes([1]), offsets: int64Bytes([0, 8]), dtype: 1 }],
    ['bounds that run back', { data: floatBytes([1, 2]), offsets: int64Bytes([4, 0]), dtype: 1 }],
    ['bounds below 0', { data: floatBytes([1]), offsets: int64Bytes([-4, 0]), dtype: 1 }],
    ['no bounds', { data: floatBytes([1]), dtype: 1 }],
    ['numbers of no kind', { data: floatBytes([1]), offsets: int64Bytes([0, 4]) }],
    ['half a number', { data: new Uint8Array(6), offsets: int64Bytes([0, 6]), dtype: 1 }],
  ] as readonly (readonly [string, Message])[])('%s are a bad reply', (_, field) => {
    expect(codeOf(() => passFromProto(output([record({ logprobs: field }, 1)])))).toBe('bad_reply');
  });

  test.each([
    ['nothing', undefined],
    ['a list', []],
    ['no outputs', { metrics: {} }],
    ['an output that is none', { loss_fn_outputs: [3] }],
    ['a tensor without numbers', { loss_fn_outputs: [{ logprobs: {} }] }],
    ['metrics that are none', { loss_fn_outputs: [], metrics: [] }],
  ])('JSON with %s is a bad reply', (_, body) => {
    expect(codeOf(() => passFromJson(body))).toBe('bad_reply');
  });
});

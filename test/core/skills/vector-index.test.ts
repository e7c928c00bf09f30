import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createVectorIndex, type VectorMatch } from '../../../core/skills/vector-index.ts';

function unit(numbers: readonly number[]): Float32Array {
  const length = Math.hypot(...numbers);
  return Float32Array.from(numbers, (number) => number / length);
}

/** Every pair compared, everything sorted. */
function naive(
  vectors: ReadonlyMap<string, Float32Array>,
  query: Float32Array,
  limit: number,
): readonly VectorMatch[] {
  return [...vectors]
    .map(([key, vector]) => ({
      key,
      cosine: vector.reduce((sum, number, at) => sum + number * (query[at] ?? 0), 0),
    }))
    .sort((a, b) => b.cosine - a.cosine || (a.key < b.key ? -1 : 1))
    .slice(0, limit);
}

const dimensions = 5;
/** Few different numbers, so that equal cosines happen. */
const vector = fc
  .array(fc.integer({ min: -2, max: 2 }), { minLength: dimensions, maxLength: dimensions })
  .filter((numbers) => numbers.some((number) => number !== 0))
  .map(unit);
const step = fc.record({
  what: fc.constantFrom('put', 'put', 'put', 'remove'),
  key: fc.nat(40).map((key) => `k${key}`),
  vector,
});

test('after any changes it finds what comparing everything finds', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      vector,
      fc.nat(50),
      fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
      (steps, query, limit, wanted) => {
        const index = createVectorIndex();
        const model = new Map<string, Float32Array>();
        for (const { what, key, vector: put } of steps) {
          if (what === 'put') {
            expect(index.put(key, put)).toBe(true);
            model.set(key, put);
          } else expect(index.remove(key)).toBe(model.delete(key));
        }
        expect(index.size).toBe(model.size);
        const isWanted = wanted === undefined ? undefined : (key: string) => key.includes(wanted);
        const rest = new Map([...model].filter(([key]) => isWanted?.(key) ?? true));
        expect(index.find(query, limit, isWanted)).toEqual(naive(rest, query, limit));
      },
    ),
    { numRuns: 500 },
  );
});

describe('vectors', () => {
  test('an empty index finds nothing, and no limit gives nothing', () => {
    const index = createVectorIndex();
    expect(index.find(unit([1, 2]), 3)).toEqual([]);
    expect(index.find(new Float32Array(), 3)).toEqual([]);
    expect(index.remove('a')).toBe(false);
    index.put('a', unit([1, 2]));
    expect(index.find(unit([1, 2]), 0)).toEqual([]);
  });

  test('are copied', () => {
    const index = createVectorIndex();
    const mine = unit([1, 0]);
    index.put('a', mine);
    mine.fill(0);
    expect(index.find(unit([1, 0]), 1)).toEqual([{ key: 'a', cosine: 1 }]);
  });

  test('of other dimensions are refused and find nothing', () => {
    const index = createVectorIndex();
    index.put('a', unit([1, 0]));
    expect(index.put('b', unit([1, 0, 0]))).toBe(false);
    expect(index.put('a', unit([1]))).toBe(false);
    expect(index.size).toBe(1);
    expect(index.find(unit([1, 0, 0]), 5)).toEqual([]);
    expect(index.find(unit([1, 0]), 5)).toEqual([{ key: 'a', cosine: 1 }]);
  });

  test('an index that is empty again takes those of another model', () => {
    const index = createVectorIndex();
    index.put('a', unit([1, 0]));
    index.remove('a');
    expect(index.put('b', unit([0, 1, 0]))).toBe(true);
    expect(index.put('c', unit([1, 0, 0]))).toBe(true);
    expect(index.find(unit([1, 0, 0]), 5)).toEqual([
      { key: 'c', cosine: 1 },
      { key: 'b', cosine: 0 },
    ]);
  });

  test('given dimensions hold from the start and for good', () => {
    const index = createVectorIndex(2);
    expect(index.put('a', unit([1, 0, 0]))).toBe(false);
    expect(index.put('a', unit([1, 0]))).toBe(true);
    index.remove('a');
    expect(index.put('a', unit([1, 0, 0]))).toBe(false);
  });

  test.each([[[Number.NaN, 1]], [[Number.POSITIVE_INFINITY, 1]], [[]]])(
    'with numbers that are none are refused: %j',
    (numbers) => {
      const index = createVectorIndex();
      expect(index.put('a', Float32Array.from(numbers))).toBe(false);
      expect(index.size).toBe(0);
    },
  );

  test('grows far', () => {
    const onCircle = (at: number): Float32Array => unit([Math.cos(at / 1_000), Math.sin(at / 1_000)]);
    const index = createVectorIndex();
    for (let at = 0; at < 5_000; at++) index.put(`k${at}`, onCircle(at));
    expect(index.find(onCircle(4_321), 1)[0]?.key).toBe('k4321');
    for (let at = 0; at < 4_999; at++) index.remove(`k${at}`);
    expect(index.find(unit([1, 0]), 9).map(({ key }) => key)).toEqual(['k4999']);
  });
});

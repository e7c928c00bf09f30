import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  effectiveSampleSize,
  ratiosWithin,
  sequenceRatio,
  tokenRatios,
  truncatedRatios,
} from '../../../core/learning/ratios.ts';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe('ratios of tokens', () => {
  test('are exp(now − sampled) where the mask is, and 0 elsewhere', () => {
    const found = tokenRatios([-1, -1, -1], [-1, -1 - Math.LN2, -9], [1, 1, 0]);
    expect(found[0]).toBe(1);
    expect(found[1]).toBeCloseTo(2, 6);
    expect(found[2]).toBe(0);
  });

  test('of a missing number are 0, not that of a certain token', () => {
    expect(tokenRatios([Number.NaN, -1], [-1, Number.NaN], [1, 1])).toEqual(floats(0, 0));
    expect(tokenRatios([-9999, -1], [-1, -9999], [1, 1])).toEqual(floats(0, 0));
  });

  test('are truncated above only', () => {
    expect(truncatedRatios(floats(0, 0.125, 1, 2, 5))).toEqual(floats(0, 0.125, 1, 2, 2));
    expect(truncatedRatios(floats(5), 4)).toEqual(floats(4));
  });

  test('are kept within the bounds, which belong to them', () => {
    expect(ratiosWithin(floats(0, 0.25, 0.5, 1, 2, 2.5), 2)).toEqual(floats(0, 0, 0.5, 1, 2, 0));
  });
});

test('the ratio of an answer is the geometric mean of its tokens’, whatever its length', () => {
  expect(sequenceRatio([-1, -1, 0], [-1, -1 - 2 * Math.LN2, -9], [1, 1, 0])).toBeCloseTo(2, 12);
  const long = Array.from({ length: 400 }, () => -1);
  expect(
    sequenceRatio(
      long,
      long.map((logprob) => logprob - 0.5),
      long.map(() => 1),
    ),
  ).toBeCloseTo(Math.exp(0.5), 9);
  expect(sequenceRatio([-1], [-1], [0])).toBeUndefined();
  expect(sequenceRatio([Number.NaN], [-1], [1])).toBeUndefined();
  expect(sequenceRatio([-1, -1], [-9999, -1], [1, 1])).toBe(1);
});

describe('the effective sample size', () => {
  test('is (Σw)² / Σw²', () => {
    expect(effectiveSampleSize([1, 1, 1, 1])).toEqual({ size: 4, fraction: 1 });
    // 16 / 10.
    expect(effectiveSampleSize([3, 1]).size).toBeCloseTo(1.6, 12);
    expect(effectiveSampleSize([3, 1]).fraction).toBeCloseTo(0.8, 12);
    expect(effectiveSampleSize([2])).toEqual({ size: 1, fraction: 1 });
  });

  test('counts a weight of 0, but not what is masked', () => {
    expect(effectiveSampleSize([1, 0])).toEqual({ size: 1, fraction: 0.5 });
    expect(effectiveSampleSize([1, 0], [1, 0])).toEqual({ size: 1, fraction: 1 });
  });

  test('of nothing is nothing', () => {
    expect(effectiveSampleSize([])).toEqual({ size: 0, fraction: 0 });
    expect(effectiveSampleSize([0, 0])).toEqual({ size: 0, fraction: 0 });
  });

  test('does not overflow, and lies between 1 and the count', () => {
    expect(effectiveSampleSize([1e300, 1e300])).toEqual({ size: 2, fraction: 1 });
    expect(effectiveSampleSize([1e-300, 1e-300])).toEqual({ size: 2, fraction: 1 });
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-9, max: 1e300, noNaN: true }), { minLength: 1 }),
        (weights) => {
          const { size } = effectiveSampleSize(weights);
          expect(size).toBeGreaterThanOrEqual(1 - 1e-9);
          expect(size).toBeLessThanOrEqual(weights.length + 1e-9);
        },
      ),
    );
  });
});

test('any log-probabilities give finite ratios', () => {
  const anyLogprob = fc.oneof(
    fc.double({ min: -1e6, max: 0, noNaN: true }),
    fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(anyLogprob, anyLogprob)), (pairs) => {
      const lists = [0, 1].map((side) => pairs.map((pair) => pair[side]!));
      const mask = pairs.map(() => 1);
      const ratios = tokenRatios(lists[0]!, lists[1]!, mask);
      expect(ratios.every((ratio) => Number.isFinite(ratio) && ratio >= 0)).toBe(true);
      const whole = sequenceRatio(lists[0]!, lists[1]!, mask);
      expect(whole === undefined || Number.isFinite(whole)).toBe(true);
      expect(Number.isFinite(effectiveSampleSize(ratios).fraction)).toBe(true);
    }),
  );
  expect(() => tokenRatios([-1], [-1], [])).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

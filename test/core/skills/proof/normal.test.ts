import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normalCdf, probabilityBelowZero, updated } from '../../../../core/skills/proof/normal.ts';

const value = fc.double({ min: -2, max: 2, noNaN: true });
const variance = fc.double({ min: 0.0001, max: 4, noNaN: true });
const sd = fc.double({ min: 0.01, max: 1, noNaN: true });

describe('the normal distribution', () => {
  // From printed tables.
  test.each([
    [0, 0.5],
    [1, 0.841_344_7],
    [1.281_551_6, 0.9],
    [1.644_853_6, 0.95],
    [-1.959_964, 0.025],
    [3, 0.998_650_1],
    [-40, 0],
    [40, 1],
  ])('has its share below %d', (z, share) => {
    expect(normalCdf(z)).toBeCloseTo(share, 6);
  });

  test('grows and is symmetric', () => {
    const z = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(z, z, (a, b) => {
        expect(normalCdf(a) + normalCdf(-a)).toBeCloseTo(1, 6);
        if (b - a > 0.001) expect(normalCdf(b) - normalCdf(a)).toBeGreaterThanOrEqual(-1.5e-7);
      }),
    );
  });
});

describe('a belief', () => {
  test('moves towards what was measured and grows surer', () => {
    fc.assert(
      fc.property(value, sd, value, variance, (mean, spread, difference, noise) => {
        const after = updated({ mean, sd: spread }, { difference, variance: noise });
        expect(after.mean).toBeGreaterThanOrEqual(Math.min(mean, difference) - 1e-12);
        expect(after.mean).toBeLessThanOrEqual(Math.max(mean, difference) + 1e-12);
        expect(after.sd).toBeLessThan(spread);
        // Precisions add up.
        expect(after.sd ** -2 / (spread ** -2 + 1 / noise)).toBeCloseTo(1, 6);
      }),
    );
  });

  test('weighs two equally sure numbers alike', () => {
    expect(updated({ mean: 0, sd: 0.5 }, { difference: 1, variance: 0.25 }).mean).toBe(0.5);
  });

  test('lies below 0 with a half where its mean is 0', () => {
    expect(probabilityBelowZero({ mean: 0, sd: 0.1 })).toBeCloseTo(0.5, 6);
    expect(probabilityBelowZero({ mean: -0.128_155, sd: 0.1 })).toBeCloseTo(0.9, 4);
  });
});

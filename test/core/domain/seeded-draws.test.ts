import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededDraws } from '../../../core/domain/seeded-draws.ts';

function drawn(seed: number, count: number): readonly number[] {
  const draw = seededDraws(seed);
  return Array.from({ length: count }, draw);
}

describe('seededDraws', () => {
  test('are the same numbers for the same seed, each its own line', () => {
    const [one, other] = [seededDraws(7), seededDraws(7)];
    const alone = drawn(7, 50);
    for (const expected of alone) expect([one(), other()]).toEqual([expected, expected]);
  });

  test('go by the lowest 32 bits of the seed alone', () => {
    expect(drawn(2 ** 32 + 5, 9)).toEqual(drawn(5, 9));
    expect(drawn(-1, 9)).toEqual(drawn(2 ** 32 - 1, 9));
    expect(drawn(5, 9)).not.toEqual(drawn(6, 9));
  });

  test('are from 0 up to but without 1, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        for (const number of drawn(seed, 40)) {
          expect(number).toBeGreaterThanOrEqual(0);
          expect(number).toBeLessThan(1);
        }
      }),
    );
  });

  test.each([0, 1, 2, -1, 123_456_789])('are spread evenly and follow no pattern: seed %i', (seed) => {
    const count = 20_000;
    const numbers = drawn(seed, count);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const number of numbers) tenths[Math.floor(number * 10)]! += 1;
    // Chi-squared with nine degrees of freedom: one in a million is beyond 45.
    const off = tenths.reduce((sum, found) => sum + (found - count / 10) ** 2 / (count / 10), 0);
    expect(off).toBeLessThan(45);
    const pairs = numbers.slice(1).map((number, place) => (number - 0.5) * (numbers[place]! - 0.5));
    const correlation = (pairs.reduce((sum, product) => sum + product, 0) / pairs.length) * 12;
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(count));
  });

  test('of neighbouring seeds do not begin alike', () => {
    const firsts = Array.from({ length: 1_000 }, (_, seed) => seededDraws(seed)());
    expect(new Set(firsts).size).toBe(firsts.length);
    const mean = firsts.reduce((sum, number) => sum + number, 0) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * firsts.length));
  });
});

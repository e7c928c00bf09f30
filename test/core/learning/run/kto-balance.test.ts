import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ktoBalance } from '../../../../core/learning/run/kto-balance.ts';

const amount = fc.double({ min: 0.01, max: 10_000, noNaN: true });

test('good answers count in all as much as bad ones, or up to a third more, and nothing counts above the most', () => {
  fc.assert(
    fc.property(amount, amount, fc.integer({ min: 1, max: 8 }), (good, bad, most) => {
      const { goodWeight, badWeight } = ktoBalance(good, bad, most);
      const ratio = (goodWeight * good) / (badWeight * bad);
      expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9);
      expect(ratio).toBeLessThanOrEqual(4 / 3 + 1e-9);
      for (const weight of [goodWeight, badWeight]) {
        expect(weight).toBeGreaterThan(0);
        expect(weight).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test.each([
  ['balanced', 100, 80, { goodWeight: 1, badWeight: 1 }],
  ['mostly good', 100, 50, { goodWeight: 1, badWeight: 1.5 }],
  ['nearly all good', 800, 100, { goodWeight: 2 / 3, badWeight: 4 }],
  ['mostly bad', 50, 100, { goodWeight: 2, badWeight: 1 }],
  ['nearly all bad', 10, 100, { goodWeight: 4, badWeight: 0.4 }],
  ['one sign', 10, 0, { goodWeight: 1, badWeight: 1 }],
])('%s', (_name, good, bad, expected) => {
  const found = ktoBalance(good, bad, 4);
  expect(found.goodWeight).toBeCloseTo(expected.goodWeight, 12);
  expect(found.badWeight).toBeCloseTo(expected.badWeight, 12);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../../../bench/lib/seeded-random.ts';
import { learningFinding, trendOf } from '../../../../core/learning/engine-check/probe-learning.ts';

describe('the trend of rewards', () => {
  test('by hand: a slope of 1 with residuals −1/6, 1/3, −1/6', () => {
    // x −1, 0, 1; y 0, 1.5, 2: slope 1, residual sum 1/6, error √(1/6 / 1 / 2) = 0.2887.
    expect(trendOf([0, 1.5, 2])).toBeCloseTo(1 / Math.sqrt(1 / 12), 6);
  });

  test('turns its sign with the rewards, and none is none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 30 }),
        (rewards) => {
          const trend = trendOf(rewards);
          expect(Number.isNaN(trend)).toBe(false);
          const back = trendOf(rewards.toReversed());
          expect(
            Math.sign(back) === -Math.sign(trend) || Math.abs(trend) < 1e-6 || Math.abs(back) < 1e-6,
          ).toBe(true);
        },
      ),
    );
    expect(trendOf([0.5, 0.5, 0.5, 0.5])).toBe(0);
  });
});

describe('what rewards say', () => {
  test.each([
    ['a clear rise', [0.5, 0.5, 0.55, 0.6, 0.7, 0.8, 0.85, 0.9], 'ok'],
    ['a small and steady rise', [0.5, 0.508, 0.511, 0.52, 0.522, 0.531, 0.536, 0.541], 'ok'],
    ['a rise that may be chance', [0.5, 0.47, 0.53, 0.51, 0.48, 0.54, 0.53, 0.55], 'warning'],
    ['no rise', [0.5, 0.52, 0.48, 0.51, 0.5, 0.49, 0.52, 0.5], 'problem'],
    ['a fall', [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], 'problem'],
    ['nothing at all', [0, 0, 0, 0], 'problem'],
  ])('%s', (_name, rewards, state) => {
    expect(learningFinding(rewards).state).toBe(state);
  });

  test('a fall is said as one', () => {
    expect(learningFinding([0.9, 0.8, 0.71, 0.6, 0.5, 0.4, 0.3, 0.2]).message).toContain('fell');
  });

  test('chance alone is taken for learning in fewer than one run of a hundred', () => {
    const random = createSeededRandom(5);
    const noise = (): number => {
      let sum = 0;
      for (let draw = 0; draw < 12; draw += 1) sum += random.below(1_000_000) / 1_000_000;
      return 0.5 + (sum - 6) * 0.022;
    };
    let taken = 0;
    for (let run = 0; run < 2_000; run += 1) {
      if (learningFinding(Array.from({ length: 16 }, noise)).state === 'ok') taken += 1;
    }
    expect(taken).toBeLessThan(20);
  });
});

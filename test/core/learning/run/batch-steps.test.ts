import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stepsOf } from '../../../../core/learning/run/batch-steps.ts';
import type { GatheredSample } from '../../../../core/learning/run/gathered-sample.ts';
import { pairUp } from '../../../../core/learning/run/pair-samples.ts';
import { inSeededOrder } from '../../../../core/learning/run/seeded-order.ts';
import { anyGathered, crowd } from './sample-gathered.ts';

const signed = (samples: readonly GatheredSample[]) => samples.filter(({ value }) => value !== 0);
const hasBoth = (step: readonly GatheredSample[]): boolean =>
  step.some(({ value }) => value > 0) && step.some(({ value }) => value < 0);

/** Tokens that are computed for nothing, where all of a step are as long as its longest. */
const padding = (steps: readonly (readonly GatheredSample[])[]): number =>
  steps
    .map((step) => {
      const longest = Math.max(...step.map(({ longestTokens }) => longestTokens));
      return step.reduce((sum, { longestTokens }) => sum + longest - longestTokens, 0);
    })
    .reduce((sum, own) => sum + own, 0);

describe('steps', () => {
  test('hold every sample once, are no larger than they may be, and about equal', () => {
    fc.assert(
      fc.property(anyGathered(), fc.integer({ min: 1, max: 40 }), fc.integer(), (all, batchSize, seed) => {
        const samples = signed(all);
        const steps = stepsOf(samples, batchSize, seed);
        expect(
          steps
            .flat()
            .map(({ turnId }) => turnId)
            .toSorted(),
        ).toEqual(samples.map(({ turnId }) => turnId).toSorted());
        const sizes = steps.map(({ length }) => length);
        expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(batchSize);
        const isPaired = batchSize > 1 && pairUp(samples).length > 0;
        const room = isPaired ? batchSize - (batchSize % 2) : batchSize;
        expect(steps).toHaveLength(Math.ceil(samples.length / room));
        if (!isPaired && steps.length > 0)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('have both signs for as long as the rarer one lasts', () => {
    fc.assert(
      fc.property(anyGathered({ minLength: 20 }), fc.integer({ min: 12, max: 40 }), (all, batchSize) => {
        const samples = signed(all);
        const steps = stepsOf(samples, batchSize, 1);
        const good = samples.filter(({ value }) => value > 0).length;
        const rarer = Math.min(good, samples.length - good);
        expect(steps.filter(hasBoth).length).toBe(Math.min(steps.length, rarer));
      }),
    );
  });

  test('have both signs also where the rarer one is one for each', () => {
    const samples = crowd(42, 5, (index) => ({ value: index < 4 ? -1 : 1 }));
    const steps = stepsOf(samples, 12, 1);
    expect(steps.map(hasBoth)).toEqual([true, true, true, true]);
  });

  test('are one smaller than an odd size where there are pairs', () => {
    const samples = crowd(6, 3, (index) => ({ value: index % 2 === 0 ? 1 : -1, request: `r${index >> 1}` }));
    expect(stepsOf(samples, 3, 1).map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  test('keep the two answers of a pair together', () => {
    fc.assert(
      fc.property(anyGathered(), fc.integer({ min: 2, max: 9 }), (all, batchSize) => {
        const samples = signed(all);
        const steps = stepsOf(samples, batchSize, 3);
        for (const [good, bad] of pairUp(samples)) {
          expect(steps.some((step) => step.includes(good) && step.includes(bad))).toBe(true);
        }
      }),
    );
  });

  test('do not depend on the order of the input', () => {
    fc.assert(
      fc.property(anyGathered(), fc.integer(), fc.integer(), (all, seed, shuffle) => {
        const samples = signed(all);
        expect(stepsOf(inSeededOrder(samples, shuffle), 8, seed)).toEqual(stepsOf(samples, 8, seed));
      }),
    );
  });

  test('hold similar lengths', () => {
    const samples = crowd(320, 10, (index) => ({ longestTokens: 1 + ((index * 7_919) % 4_000) }));
    const steps = stepsOf(samples, 32, 1);
    const mixed = Array.from({ length: 10 }, (_, step) => samples.slice(step * 32, step * 32 + 32));
    expect(padding(steps)).toBeLessThan(padding(mixed) / 5);
  });

  test('are not in the order of their lengths, and in another one for another seed', () => {
    const samples = crowd(320, 10, (index) => ({ longestTokens: index }));
    const orders = [1, 2].map((seed) =>
      stepsOf(samples, 32, seed).map(([first]) => first?.longestTokens ?? 0),
    );
    expect(orders[0]).not.toEqual(orders[0]?.toSorted((a, b) => a - b));
    expect(orders[0]).not.toEqual(orders[1]);
    expect(orders[0]?.toSorted((a, b) => a - b)).toEqual(orders[1]?.toSorted((a, b) => a - b));
  });
});

test('a seeded order is each order as often', () => {
  const counts = Map.groupBy(
    Array.from({ length: 6_000 }, (_, seed) => inSeededOrder(['a', 'b', 'c'], seed).join('')),
    (order) => order,
  );
  expect([...counts.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
  // 1,000 each by chance; five standard deviations are 144.
  for (const those of counts.values()) expect(Math.abs(those.length - 1_000)).toBeLessThan(145);
});

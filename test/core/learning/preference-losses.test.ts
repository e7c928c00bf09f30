import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerLogprob, tokenSlopes } from '../../../core/learning/answer-logprob.ts';
import { gradientDatums } from '../../../core/learning/custom-loss.ts';
import { dpoLoss, type PreferredPair } from '../../../core/learning/dpo-loss.ts';
import {
  defaultKto,
  type KtoOptions,
  ktoLoss,
  ktoReferencePoint,
  type LikedAnswer,
} from '../../../core/learning/kto-loss.ts';
import { logistic, negativeLogLogistic } from '../../../core/learning/logistic.ts';
import {
  engineLoss,
  float32Lists,
  gradientOf,
  type Lists,
  meanEngine,
  paddedLists,
  sumEngine,
} from './tiny-engine.ts';

const refused = expect.objectContaining({ code: 'invalid_input' });
const anySum = fc.double({ min: -30, max: 0, noNaN: true });
const anyWeight = fc.double({ min: 0, max: 1, noNaN: true });
const slopeBy = (valueAt: (by: number) => number): number => (valueAt(1e-4) - valueAt(-1e-4)) / 2e-4;

describe('the log-probability of an answer', () => {
  test('is the sum over its tokens, or none where one is missing', () => {
    expect(answerLogprob([-9, -1, -0.5], [0, 1, 1])).toBe(-1.5);
    expect(answerLogprob([Number.NaN, -1], [0, 1])).toBe(-1);
    expect(answerLogprob([-1, Number.NaN], [1, 1])).toBeUndefined();
    expect(answerLogprob([-1, Number.NEGATIVE_INFINITY], [1, 1])).toBeUndefined();
    expect(answerLogprob([-1, -9999], [1, 1])).toBeUndefined();
    expect(answerLogprob([-1], [0])).toBeUndefined();
    expect(answerLogprob([], [])).toBeUndefined();
    expect(() => answerLogprob([-1], [])).toThrow(refused);
  });

  test('has the same slope along each of them', () => {
    expect([...tokenSlopes(0.5, [0, 1, 1])]).toEqual([0, 0.5, 0.5]);
  });
});

test('the logistic and its logarithm hold for any number', () => {
  expect(logistic(0)).toBe(0.5);
  expect(logistic(Math.log(3))).toBeCloseTo(0.75, 12);
  expect([logistic(1000), logistic(-1000)]).toEqual([1, 0]);
  expect(negativeLogLogistic(0)).toBeCloseTo(Math.LN2, 12);
  expect([negativeLogLogistic(1000), negativeLogLogistic(-1000)]).toEqual([0, 1000]);
});

describe('KTO', () => {
  const at = (policy: number, isGood: boolean, weight = 1): LikedAnswer => ({
    policy,
    reference: -2,
    isGood,
    weight,
  });

  test('by hand: one good and one bad answer', () => {
    // x = β·(r − z₀) = 1·(3 − 1) = 2 for both; a half each.
    const options: KtoOptions = { beta: 1, goodWeight: 1, badWeight: 2, referencePoint: 1 };
    const { value, slopes } = ktoLoss([at(1, true), at(1, false, 0.5)], options);
    const sigma = 1 / (1 + Math.exp(-2));
    expect(value).toBeCloseTo((1 - sigma) / 2 + (2 * 0.5 * sigma) / 2, 12);
    expect(slopes[0]).toBeCloseTo((-sigma * (1 - sigma)) / 2, 12);
    expect(slopes[1]).toBeCloseTo((sigma * (1 - sigma)) / 2, 12);
  });

  test('makes good answers likelier and bad ones less, also one alone', () => {
    const options = { ...defaultKto, referencePoint: 0 };
    expect(ktoLoss([at(-2, true)], options)).toEqual({ value: 0.5, slopes: [-0.025] });
    expect(ktoLoss([at(-2, false)], options)).toEqual({ value: 0.5, slopes: [0.025] });
  });

  test('its slopes are those of its value', () => {
    const anyAnswer = fc.record({
      policy: anySum,
      reference: anySum,
      isGood: fc.boolean(),
      weight: anyWeight,
    });
    const anyOptions = fc.record({
      beta: fc.double({ min: 0.01, max: 1, noNaN: true }),
      goodWeight: fc.double({ min: 0, max: 2, noNaN: true }),
      badWeight: fc.double({ min: 0, max: 2, noNaN: true }),
      referencePoint: fc.double({ min: 0, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(anyAnswer, { minLength: 1, maxLength: 5 }), anyOptions, (answers, options) => {
        const { slopes } = ktoLoss(answers, options);
        for (const [index, slope] of slopes.entries()) {
          const valueAt = (by: number): number =>
            ktoLoss(
              answers.map((answer, own) =>
                own === index ? { ...answer, policy: answer.policy + by } : answer,
              ),
              options,
            ).value;
          expect(slope).toBeCloseTo(slopeBy(valueAt), 6);
        }
      }),
    );
  });

  test('is a number however far the policy went, and refuses what is none', () => {
    const options = { ...defaultKto, referencePoint: 0 };
    expect(ktoLoss([at(1e6, true), at(-1e6, true)], options)).toEqual({ value: 0.5, slopes: [-0, -0] });
    expect(() => ktoLoss([], options)).toThrow(refused);
    expect(() => ktoLoss([at(Number.NaN, true)], options)).toThrow(refused);
    expect(() => ktoLoss([at(Number.NEGATIVE_INFINITY, true)], options)).toThrow(refused);
  });

  test('its reference point is the mean of what is known, and not below 0', () => {
    expect(
      ktoReferencePoint([
        { policy: -1, reference: -4 },
        { policy: -2, reference: -3 },
        { policy: undefined, reference: -9 },
        { policy: -1, reference: Number.NaN },
      ]),
    ).toBe(2);
    expect(ktoReferencePoint([{ policy: -4, reference: -1 }])).toBe(0);
    expect(ktoReferencePoint([])).toBe(0);
  });
});

describe('DPO', () => {
  test('by hand: one pair', () => {
    const pair: PreferredPair = {
      chosen: { policy: -1, reference: -2 },
      rejected: { policy: -3, reference: -1 },
    };
    // Margin 0.5·(1 − (−2)) = 1.5.
    const { value, slopes, margins } = dpoLoss([pair], 0.5);
    const sigma = 1 / (1 + Math.exp(-1.5));
    expect(margins).toEqual([1.5]);
    expect(value).toBeCloseTo(-Math.log(sigma), 12);
    expect(slopes[0]?.chosen).toBeCloseTo(-0.5 * (1 - sigma), 12);
    expect(slopes[0]?.rejected).toBeCloseTo(0.5 * (1 - sigma), 12);
  });

  test('its slopes are those of its value', () => {
    const anyAnswer = fc.record({ policy: anySum, reference: anySum });
    const anyPair = fc.record({ chosen: anyAnswer, rejected: anyAnswer, weight: anyWeight });
    fc.assert(
      fc.property(fc.array(anyPair, { minLength: 1, maxLength: 4 }), (pairs) => {
        const { slopes } = dpoLoss(pairs, 0.2);
        for (const [index, found] of slopes.entries()) {
          for (const side of ['chosen', 'rejected'] as const) {
            const valueAt = (by: number): number =>
              dpoLoss(
                pairs.map((pair, own) =>
                  own === index
                    ? { ...pair, [side]: { ...pair[side], policy: pair[side].policy + by } }
                    : pair,
                ),
                0.2,
              ).value;
            expect(found[side]).toBeCloseTo(slopeBy(valueAt), 6);
          }
        }
      }),
    );
  });

  test('is a mean over the pairs, each times its weight', () => {
    const pair: PreferredPair = {
      chosen: { policy: -1, reference: -1 },
      rejected: { policy: -1, reference: -1 },
    };
    const { value, slopes } = dpoLoss([pair, { ...pair, weight: 0.5 }], 1);
    expect(value).toBeCloseTo((1.5 * Math.LN2) / 2, 12);
    expect(slopes.map(({ chosen }) => chosen)).toEqual([-0.25, -0.125]);
  });

  test('is a number however large the margin, and refuses what is none', () => {
    const pairAt = (policy: number): PreferredPair => ({
      chosen: { policy, reference: 0 },
      rejected: { policy: 0, reference: 0 },
    });
    expect(dpoLoss([pairAt(1e6)], 1)).toMatchObject({ value: 0, slopes: [{ rejected: 0 }] });
    expect(dpoLoss([pairAt(-1e6)], 1)).toEqual({
      value: 1e6,
      slopes: [{ chosen: -1, rejected: 1 }],
      margins: [-1e6],
    });
    expect(() => dpoLoss([])).toThrow(refused);
    expect(() => dpoLoss([pairAt(Number.NaN)])).toThrow(refused);
  });
});

test.each([
  ['sum', sumEngine],
  ['mean', meanEngine],
] as const)('an engine that takes the %s makes the step of DPO and of KTO', (_name, facts) => {
  const weights = [
    [0, 1, 1],
    [0, 1],
  ];
  const reference = [-1.25, -0.5];
  const lps = [
    [-4, -0.5, -1],
    [-4, -0.75],
  ];
  const batch = weights.map((own) => ({
    input: new Int32Array(own.length),
    targets: new Int32Array(own.length),
    weights: Float32Array.from(own),
  }));
  const sumsAt = (lists: Lists): readonly number[] =>
    weights.map((own, index) => answerLogprob(lists[index]!, own)!);
  const dpoAt = (lists: Lists) => {
    const [chosen, rejected] = sumsAt(lists).map((policy, index) => ({
      policy,
      reference: reference[index]!,
    }));
    return dpoLoss([{ chosen: chosen!, rejected: rejected! }]);
  };
  const ktoAt = (lists: Lists) =>
    ktoLoss(
      sumsAt(lists).map((policy, index) => ({ policy, reference: reference[index]!, isGood: index === 0 })),
      { ...defaultKto, referencePoint: 0.1 },
    );
  const dpoSlopes = dpoAt(lps).slopes.flatMap(({ chosen, rejected }) => [chosen, rejected]);
  for (const [slopes, valueAt] of [
    [dpoSlopes, (lists: Lists) => dpoAt(lists).value],
    [ktoAt(lps).slopes, (lists: Lists) => ktoAt(lists).value],
  ] as const) {
    const made = gradientDatums({
      batch,
      current: float32Lists(lps),
      slopes: slopes.map((slope, index) => tokenSlopes(slope, weights[index]!)),
      facts,
      padTo: 3,
    });
    const all = paddedLists(made, lps);
    const found = gradientOf(
      (moved) => engineLoss(made, { name: 'importance_sampling' }, facts, moved, moved),
      all,
    );
    const wanted = gradientOf(valueAt, lps);
    for (const [index, own] of found.entries()) {
      for (const [at, slope] of own.entries()) expect(slope).toBeCloseTo(wanted[index]?.[at] ?? 0, 6);
    }
  }
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdvantageRule, advantagesOf, type RewardedAnswer } from '../../../core/learning/advantages.ts';

const answers = (rewards: readonly (number | undefined)[], changes: Partial<RewardedAnswer> = {}) =>
  rewards.map(
    (reward, index): RewardedAnswer => ({
      id: `a${index}`,
      group: 'g',
      ...(reward === undefined ? {} : { reward }),
      ...changes,
    }),
  );
const valuesOf = (given: readonly RewardedAnswer[], rule: AdvantageRule) =>
  advantagesOf(given, rule).known.map(({ advantage }) => advantage);
const reasonsOf = (given: readonly RewardedAnswer[], rule: AdvantageRule) =>
  advantagesOf(given, rule).leftOut.map(({ reason }) => reason);

const group: AdvantageRule = { against: 'group', cap: 9 };
const batch: AdvantageRule = { against: 'batch', cap: 9 };
const none: AdvantageRule = { against: 'none', cap: 9 };

describe('against the group', () => {
  test('the mean of each group is taken off, and nothing is divided', () => {
    // Means 0.5 and −0.25.
    const given = [...answers([1, 1, 0, 0]), ...answers([-1, 0.5], { group: 'h' })];
    expect(valuesOf(given, group)).toEqual([0.5, 0.5, -0.5, -0.5, -0.75, 0.75]);
  });

  test('the mean is weighted, and the advantage by its own weight', () => {
    // Mean (1·1 + 0.25·0) / 1.25 = 0.8.
    const given = [...answers([1]), ...answers([0], { weight: 0.25 })];
    const [one, other] = valuesOf(given, group);
    expect(one).toBeCloseTo(0.2, 12);
    expect(other).toBeCloseTo(-0.2, 12);
  });

  test('a group that tells nothing is left out with its reason, beside one that does', () => {
    const given = [
      ...answers([1, 1], { group: 'same' }),
      ...answers([1], { group: 'one' }),
      ...answers([1, 0], { group: 'both' }),
    ];
    const { known, leftOut } = advantagesOf(given, group);
    expect(known.map(({ advantage }) => advantage)).toEqual([0.5, -0.5]);
    expect(leftOut).toEqual([
      { id: 'a0', group: 'same', reason: 'equal_rewards' },
      { id: 'a1', group: 'same', reason: 'equal_rewards' },
      { id: 'a0', group: 'one', reason: 'group_of_one' },
    ]);
  });

  test('rounding is no difference', () => {
    expect(reasonsOf(answers([0.3, 0.1 + 0.2]), group)).toEqual(['equal_rewards', 'equal_rewards']);
  });
});

describe('missing rewards', () => {
  test('B2: are taken out before any mean: those who stay are as without them', () => {
    expect(valuesOf(answers([1, undefined, 0, undefined]), group)).toEqual([0.5, -0.5]);
    expect(valuesOf(answers([1, undefined, 0, undefined]), batch)).toEqual([0.5, -0.5]);
    expect(reasonsOf(answers([1, 1, 1, undefined]), batch)).toEqual([
      'equal_rewards',
      'equal_rewards',
      'equal_rewards',
      'no_reward',
    ]);
    expect(reasonsOf(answers([1, undefined]), group)).toEqual(['group_of_one', 'no_reward']);
    expect(reasonsOf(answers([Number.NaN]), none)).toEqual(['no_reward']);
  });

  test('so are answers without weight', () => {
    const given = [
      ...answers([1, 0]),
      ...answers([-1], { weight: 0 }),
      ...answers([-1], { weight: Number.NaN }),
    ];
    const { known, leftOut } = advantagesOf(given, group);
    expect(known.map(({ advantage }) => advantage)).toEqual([0.5, -0.5]);
    expect(leftOut.map(({ reason }) => reason)).toEqual(['no_weight', 'no_weight']);
  });
});

describe('against the batch', () => {
  test('one mean for all groups, of rewards less their own baselines', () => {
    // 1 − 0.5 = 0.5, 0 − 0.5 = −0.5, 0.6 − 0: mean 0.2.
    const given = [
      ...answers([1], { group: 'a', baseline: 0.5 }),
      ...answers([0], { group: 'b', baseline: 0.5 }),
      ...answers([0.6], { group: 'c' }),
    ];
    const found = valuesOf(given, batch);
    for (const [index, expected] of [0.3, -0.7, 0.4].entries())
      expect(found[index]).toBeCloseTo(expected, 12);
  });

  test('on request divided by the deviation, which has a floor', () => {
    expect(valuesOf(answers([1, 1, 0, 0]), { ...batch, scaleFloor: 0.1 })).toEqual([1, 1, -1, -1]);
    // Deviation 0.01, floor 0.1.
    const near = valuesOf(answers([0.01, -0.01]), { ...batch, scaleFloor: 0.1 });
    expect(near[0]).toBeCloseTo(0.1, 12);
    expect(near[1]).toBeCloseTo(-0.1, 12);
  });

  test('one alone, and equal ones, are left out', () => {
    expect(reasonsOf(answers([1]), batch)).toEqual(['batch_of_one']);
    expect(reasonsOf(answers([1]), { ...batch, scaleFloor: 0.1 })).toEqual(['batch_of_one']);
    expect(reasonsOf(answers([-1, -1]), { ...batch, scaleFloor: 0.1 })).toEqual([
      'equal_rewards',
      'equal_rewards',
    ]);
    expect(advantagesOf([], batch)).toEqual({ known: [], leftOut: [] });
  });
});

test('against none a reward less its baseline stands for itself, also alone', () => {
  expect(valuesOf(answers([1], { baseline: 0.25, weight: 0.5 }), none)).toEqual([0.375]);
  expect(valuesOf(answers([1, 1]), none)).toEqual([1, 1]);
});

test('against none rewards that are all as their baselines make no step', () => {
  const asExpected = answers([0.3, 0.1 + 0.2], { baseline: 0.3 });
  expect(reasonsOf(asExpected, none)).toEqual(['equal_rewards', 'equal_rewards']);
  expect(reasonsOf(answers([0, undefined]), none)).toEqual(['equal_rewards', 'no_reward']);
  // Beside one that tells something they count, as nothing.
  expect(valuesOf([...answers([0]), ...answers([0.5])], none)).toEqual([0, 0.5]);
});

test('the cap holds either way, before the weight', () => {
  expect(valuesOf(answers([1, -1]), { ...group, cap: 0.5 })).toEqual([0.5, -0.5]);
  expect(valuesOf(answers([1], { weight: 0.5 }), { ...none, cap: 0.25 })).toEqual([0.125]);
  for (const cap of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => advantagesOf([], { ...none, cap })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
  }
  expect(() => advantagesOf([], { ...batch, scaleFloor: 0 })).toThrow(
    expect.objectContaining({ code: 'invalid_input' }),
  );
});

test('each answer is known or left out, numbers are finite and capped, and weighed ones add up to nothing', () => {
  const anyAnswer = fc.record(
    {
      group: fc.constantFrom('a', 'b', 'c'),
      reward: fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1, max: 1 })),
      baseline: fc.double({ min: -1, max: 1, noNaN: true }),
      weight: fc.oneof(fc.constantFrom(0, 1, 1e-300), fc.double({ min: 0, max: 1, noNaN: true })),
    },
    { requiredKeys: ['group'] },
  );
  const anyRule = fc.constantFrom<AdvantageRule>(
    { against: 'group', cap: 5 },
    { against: 'batch', cap: 5 },
    { against: 'batch', cap: 5, scaleFloor: 1 },
    { against: 'batch', cap: 0.5, scaleFloor: 1e-9 },
    { against: 'none', cap: 0.5 },
  );
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 9 }), anyRule, (given, rule) => {
      const named = given.map((answer, index) => ({ ...answer, id: `a${index}` }));
      const { known, leftOut } = advantagesOf(named, rule);
      expect([...known, ...leftOut].map(({ id }) => id).sort()).toEqual(named.map(({ id }) => id).sort());
      expect(known.every(({ advantage }) => Math.abs(advantage) <= rule.cap)).toBe(true);
      // A cap of 5 takes nothing off: rewards less baselines lie within 4 of their mean.
      if (rule.against === 'none' || rule.cap < 5) return;
      expect(known.reduce((sum, { advantage }) => sum + advantage, 0)).toBeCloseTo(0, 9);
    }),
  );
});

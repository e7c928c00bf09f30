import { describe, expect, test } from 'vitest';
import {
  type AdvantageRule,
  advantagesOf,
  type NoAdvantageReason,
  type RewardedAnswer,
} from '../../../core/learning/advantages.ts';
import { buildDatum, type TrainedAnswer } from '../../../core/learning/build-datum.ts';
import { distilled } from '../../../core/learning/kl-penalty.ts';

const group: AdvantageRule = { against: 'group', cap: 5 };
const scaledBatch: AdvantageRule = { against: 'batch', cap: 5, scaleFloor: 0.1 };

/** For each answer its advantage, or why it has none. `groups`: by default all are of one. */
function ours(
  rewards: readonly (number | undefined)[],
  rule: AdvantageRule,
  groups: readonly string[] = [],
): readonly (number | NoAdvantageReason)[] {
  const answers = rewards.map(
    (reward, index): RewardedAnswer => ({
      id: String(index),
      group: groups[index] ?? 'g',
      ...(reward === undefined ? {} : { reward }),
    }),
  );
  const { known, leftOut } = advantagesOf(answers, rule);
  return answers.map(({ id }) => {
    const found = known.find((one) => one.id === id);
    return found?.advantage ?? leftOut.find((one) => one.id === id)!.reason;
  });
}

const isNear = (value: unknown, reference: number): boolean =>
  typeof value === 'number' && Math.abs(value - reference) < 1e-6;

interface Vector {
  readonly what: string;
  readonly value: readonly unknown[];
  readonly expected: readonly unknown[];
  /** What the reference implementation gives, which trains on it whatever it is. */
  readonly reference: readonly number[];
  readonly isSame: boolean;
}

/** The reference takes (reward − mean) / (population deviation + 1e-8) over a batch of unrelated prompts. */
const advantageVectors: readonly Vector[] = [
  {
    // A deviation makes a group of near misses count as much as one of clear ones, and of two answers always ±1.
    what: '[1, 1, 0, 0] on one prompt: the mean is taken off, nothing is divided',
    value: ours([1, 1, 0, 0], group),
    expected: [0.5, 0.5, -0.5, -0.5],
    reference: [1, 1, -1, -1],
    isSame: false,
  },
  {
    // Rewards of different prompts say which was harder.
    what: '[1, 1, 0, 0] on four prompts: nothing to compare with',
    value: ours([1, 1, 0, 0], group, ['a', 'b', 'c', 'd']),
    expected: ['group_of_one', 'group_of_one', 'group_of_one', 'group_of_one'],
    reference: [1, 1, -1, -1],
    isSame: false,
  },
  {
    what: '[1, 1, 0, 0] as a batch divided by its population deviation, which is asked for',
    value: ours([1, 1, 0, 0], scaledBatch),
    expected: [1, 1, -1, -1],
    reference: [1, 1, -1, -1],
    isSame: true,
  },
  {
    // Zeros would be a step of the optimiser that learns nothing, and is recorded as one.
    what: '[1, 1, 1, 1]: skipped with its reason',
    value: ours([1, 1, 1, 1], group),
    expected: ['equal_rewards', 'equal_rewards', 'equal_rewards', 'equal_rewards'],
    reference: [0, 0, 0, 0],
    isSame: false,
  },
  {
    what: '[1]: skipped with its reason',
    value: ours([1], scaledBatch),
    expected: ['batch_of_one'],
    reference: [0],
    isSame: false,
  },
  {
    // The reference counts a turn nobody rated as 0: alone it makes three equal rewards better than average.
    what: '[1, 1, 1, nothing]: silence is taken out before any mean',
    value: ours([1, 1, 1, undefined], scaledBatch),
    expected: ['equal_rewards', 'equal_rewards', 'equal_rewards', 'no_reward'],
    reference: [0.577350269, 0.577350269, 0.577350269, -1.732050808],
    isSame: false,
  },
];

const distil = (teacher: number): readonly number[] => {
  const datum = {
    input: Int32Array.of(1),
    targets: Int32Array.of(2),
    weights: Float32Array.of(1),
    logprobs: Float32Array.of(-0.5),
    advantages: Float32Array.of(1),
  };
  return distilled([datum], [[teacher]], 1).batch.flatMap(({ advantages }) => [...advantages]);
};

const distillationVectors: readonly Vector[] = [
  {
    what: 'student −0.5, teacher −0.3, coefficient 1, advantage 1',
    value: distil(-0.3),
    expected: [expect.closeTo(1.2, 6)],
    reference: [1.2],
    isSame: true,
  },
  {
    // 0.0 is certainty: the largest pull there is, to a token of which nothing is known.
    what: 'a teacher that gave nothing: the token keeps its advantage',
    value: distil(Number.NaN),
    expected: [1],
    reference: [1.5],
    isSame: false,
  },
];

test.each([...advantageVectors, ...distillationVectors])(
  '$what',
  ({ value, expected, reference, isSame }) => {
    expect(value).toEqual(expected);
    expect(value.every((own, index) => isNear(own, reference[index]!))).toBe(isSame);
  },
);

describe('datums', () => {
  const answer: TrainedAnswer = {
    prompt: Int32Array.of(1, 2, 3),
    answer: Int32Array.of(4, 5),
    logprobs: Float32Array.of(-0.5, -1),
    advantages: 1,
  };

  test('the same shape as the reference’s: zeros for all of the prompt but its first token, then the answer', () => {
    const built = buildDatum(answer);
    expect(built).toMatchObject({
      datum: {
        input: Int32Array.of(1, 2, 3, 4),
        targets: Int32Array.of(2, 3, 4, 5),
        logprobs: Float32Array.of(0, 0, -0.5, -1),
        advantages: Float32Array.of(0, 0, 1, 1),
      },
    });
  });

  test.each([
    // The reference fills up with 0.0, which says that the missing token was certain.
    ['too few log-probabilities', Float32Array.of(-0.5), 'length_mismatch'],
    // The reference cuts what it cannot place, and trains tokens with those of others.
    ['too many', Float32Array.of(-0.5, -1, -2), 'length_mismatch'],
    // The reference writes 0.0.
    ['one that is no number', Float32Array.of(-0.5, Number.NaN), 'not_finite'],
  ])('%s: refused, where the reference goes on', (_what, logprobs, reason) => {
    expect(buildDatum({ ...answer, logprobs })).toEqual({ kind: 'refused', reason });
  });
});

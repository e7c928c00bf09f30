import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createToyReward } from '../../../../core/learning/engine-check/toy-reward.ts';

const answers = (lists: readonly (readonly number[])[]): readonly Int32Array[] =>
  lists.map((ids) => Int32Array.from(ids));
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a toy reward', () => {
  test('likes about half of what was said, of many words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(400), { minLength: 8, maxLength: 8 }), { minLength: 64 }),
        (lists) => {
          const said = answers(lists);
          const { rewardOf } = createToyReward(said);
          expect(Math.abs(meanOf(said.map(rewardOf)) - 0.5)).toBeLessThan(0.1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('leaves room to rise where one word is said most of the time', () => {
    const said = answers([...Array.from({ length: 50 }, () => [7, 7, 7]), [1, 2, 3], [4, 5, 6]]);
    const { rewardOf } = createToyReward(said);
    expect(meanOf(said.map(rewardOf))).toBeLessThanOrEqual(0.5);
  });

  test('likes some of what was never said and dislikes some, and an empty answer is worth nothing', () => {
    const { rewardOf } = createToyReward(answers([[1]]));
    const unsaid = Array.from({ length: 100 }, (_, id) => rewardOf(Int32Array.of(id + 10)));
    expect(new Set(unsaid)).toEqual(new Set([0, 1]));
    expect(rewardOf(new Int32Array())).toBe(0);
  });
});

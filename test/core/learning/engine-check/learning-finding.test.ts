import { describe, expect, test } from 'vitest';
import { createSeededRandom } from '../../../../bench/lib/seeded-random.ts';
import { learningFinding } from '../../../../core/learning/engine-check/probe-learning.ts';
import type { ToyStep } from '../../../../core/learning/engine-check/toy-loop.ts';

const steps = (rewards: readonly number[], standardError = 0.02): readonly ToyStep[] =>
  rewards.map((meanReward) => ({ meanReward, standardError, trained: 4 }));

describe('what rewards say', () => {
  test.each<[string, readonly number[], number, string]>([
    ['a clear rise', [0.5, 0.5, 0.55, 0.6, 0.7, 0.8, 0.85, 0.9], 0.02, 'ok'],
    ['one that is over after a step', [0.5, 1, 1, 1], 0.02, 'ok'],
    ['a small one, measured well', [0.5, 0.5, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57], 0.01, 'ok'],
    ['the same, measured badly', [0.5, 0.5, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57], 0.03, 'warning'],
    ['one too small to matter', [0.5, 0.5, 0.5, 0.5, 0.51, 0.51, 0.53, 0.53], 0.001, 'warning'],
    ['no rise', [0.5, 0.52, 0.48, 0.51, 0.5, 0.49, 0.52, 0.5], 0.02, 'problem'],
    ['a fall', [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], 0.02, 'problem'],
  ])('%s', (_name, rewards, standardError, state) => {
    expect(learningFinding(steps(rewards, standardError)).state).toBe(state);
  });

  test('a fall is said as one', () => {
    expect(learningFinding(steps([0.9, 0.8, 0.7, 0.6])).message).toContain('fell');
  });

  test('a model that says the same all the time is not blamed', () => {
    const same = steps([0.5, 0.5, 0.5, 0.5], 0).map((one) => ({ ...one, trained: 0 }));
    expect(learningFinding(same).state).toBe('skipped');
  });

  test.each([
    [4, 8],
    [12, 16],
    [16, 64],
  ])(
    'of %i steps with %i answers, chance alone is taken for learning in fewer than one run of 200',
    (count, answers) => {
      const random = createSeededRandom(count * answers);
      const step = (): ToyStep => {
        const rewards = Array.from({ length: answers }, () => {
          let liked = 0;
          for (let token = 0; token < 8; token += 1) liked += random.below(2);
          return liked / 8;
        });
        const mean = rewards.reduce((sum, own) => sum + own, 0) / answers;
        const squares = rewards.reduce((sum, own) => sum + (own - mean) ** 2, 0);
        return {
          meanReward: mean,
          standardError: Math.sqrt(squares / (answers - 1) / answers),
          trained: answers,
        };
      };
      let taken = 0;
      for (let run = 0; run < 1_000; run += 1) {
        if (learningFinding(Array.from({ length: count }, step)).state === 'ok') taken += 1;
      }
      expect(taken).toBeLessThan(5);
    },
  );
});

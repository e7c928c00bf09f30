import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Loss } from '../../../core/domain/datum.ts';
import { advantagesOf } from '../../../core/learning/advantages.ts';
import { mergeTalk } from '../../../core/learning/merge-talk.ts';
import { normaliseBatch } from '../../../core/learning/normalise-batch.ts';
import {
  engineLoss,
  gradientOf,
  meanEngine,
  paddedLists,
  plainMeanEngine,
  sumEngine,
  weighingSumEngine,
} from './tiny-engine.ts';

interface Turn {
  readonly reward?: number;
  readonly answer: readonly number[];
}

/** From rewards to the gradient of one step; `undefined` where there is no step to make. */
function stepOf(
  turns: readonly Turn[],
  against: 'group' | 'batch' | 'none',
  facts: typeof sumEngine,
  loss: Loss = { name: 'importance_sampling' },
): readonly number[] | undefined {
  const rewarded = turns.map(({ answer: _, ...reward }, index) => ({
    id: String(index),
    group: 'g',
    ...reward,
  }));
  const { known } = advantagesOf(rewarded, { against, cap: 2 });
  const { data } = mergeTalk(
    known.map(({ id, advantage }) => {
      const answer = Int32Array.from(turns[Number(id)]!.answer);
      return {
        prompt: Int32Array.of(1),
        answer,
        advantages: advantage,
        logprobs: new Float32Array(answer.length).fill(-1),
      };
    }),
  );
  if (data.length === 0) return undefined;
  const made = normaliseBatch(data, { loss, objective: 'token_mean', facts, padTo: 4 });
  const lps = paddedLists(made.batch, []);
  return gradientOf((moved) => engineLoss(made.batch, made.loss, facts, moved, lps), lps).flat();
}

const engines = [sumEngine, weighingSumEngine, meanEngine, plainMeanEngine];

test.each(engines)('a batch of one, equal rewards, silence and empty answers make no step: %o', (facts) => {
  expect(stepOf([{ reward: 1, answer: [2] }], 'batch', facts)).toBeUndefined();
  expect(stepOf([{ reward: 1, answer: [2] }], 'group', facts)).toBeUndefined();
  expect(
    stepOf([{ reward: 1, answer: [2] }, { reward: 1, answer: [3] }, { answer: [4] }], 'group', facts),
  ).toBeUndefined();
  expect(stepOf([{ reward: 1, answer: [] }], 'none', facts)).toBeUndefined();
  expect(stepOf([], 'none', facts)).toBeUndefined();
});

test.each(engines)('one token of one answer makes a step: %o', (facts) => {
  // −r·A at lp −0.7 and q −1, of the one token there is.
  const found = stepOf([{ reward: 1, answer: [2] }], 'none', facts);
  expect(found?.[0]).toBeCloseTo(-Math.exp(0.3), 5);
  expect(found?.slice(1)).toEqual([0, 0, 0]);
});

test('whatever is said of whatever was answered, a step is made of numbers', () => {
  const anyTurn = fc.record(
    {
      answer: fc.array(fc.nat(9), { maxLength: 3 }),
      reward: fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1, max: 1 })),
    },
    { requiredKeys: ['answer'] },
  );
  fc.assert(
    fc.property(
      fc.array(anyTurn, { maxLength: 5 }),
      fc.constantFrom('group' as const, 'batch' as const, 'none' as const),
      fc.constantFrom(...engines),
      fc.constantFrom<Loss>(
        { name: 'importance_sampling' },
        { name: 'ppo', clipLow: 0.8, clipHigh: 1.2 },
        { name: 'cispo', clipLow: 0, clipHigh: 4 },
      ),
      (turns, against, facts, loss) => {
        expect(stepOf(turns, against, facts, loss)?.every(Number.isFinite) ?? true).toBe(true);
      },
    ),
  );
});

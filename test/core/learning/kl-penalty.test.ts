import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Datum } from '../../../core/domain/datum.ts';
import type { AnswerDatum } from '../../../core/learning/build-datum.ts';
import { engineShare, type ReductionFacts } from '../../../core/learning/engine-share.ts';
import { distilled, withKlPenalty } from '../../../core/learning/kl-penalty.ts';
import { normaliseBatch } from '../../../core/learning/normalise-batch.ts';
import { meanEngine, plainMeanEngine, sumEngine, weighingSumEngine } from './tiny-engine.ts';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const datumOf = (logprobs: Float32Array, advantages: Float32Array, weights: Float32Array): AnswerDatum => ({
  input: new Int32Array(weights.length),
  targets: new Int32Array(weights.length),
  weights,
  logprobs,
  advantages,
  answers: [{ start: 0, end: weights.length, turn: 0 }],
});
const listsOf = (batch: readonly Datum[]) => batch.map(({ advantages }) => [...advantages!]);

const byToken = { coefficient: 2, objective: 'token_mean' } as const;
const byAnswer = { coefficient: 2, objective: 'sequence_mean' } as const;

/** What an engine multiplies the advantages with, added up: all of the step but the slopes of log-probabilities. */
function sumOfStep(batch: readonly Datum[], facts: ReductionFacts): number {
  return batch.reduce((sum, { weights, advantages }) => {
    const share = engineShare(weights, batch.length, facts);
    return sum + share * advantages!.reduce((total, advantage) => total + advantage, 0);
  }, 0);
}

const one = datumOf(floats(0, -0.5, -1), floats(0, 1, 1), floats(0, 1, 1));
const two = datumOf(floats(-2), floats(-1), floats(1));

describe('a penalty for leaving the reference', () => {
  test('moves each trained token by coefficient·(mean − difference), with the mean of the batch’s tokens', () => {
    // Differences 0.5, −0.5 and 1.5: mean 0.5.
    const { batch, ...told } = withKlPenalty([one, two], [[-7, -1, -0.5], [-3.5]], byToken);
    expect(listsOf(batch)).toEqual([[0, 1, 3], [-3]]);
    expect(told).toEqual({ meanDifference: 0.5, tokens: 3, missing: 0 });
    expect(listsOf([one, two])).toEqual([[0, 1, 1], [-1]]);
  });

  test('where every answer counts the same, so do answers in the mean', () => {
    // Shares ¼, ¼ and ½ of 0.5, −0.5 and 1.5: mean 0.75.
    const { batch, ...told } = withKlPenalty([one, two], [[-7, -1, -0.5], [-3.5]], byAnswer);
    expect(listsOf(batch)).toEqual([[0, 1.5, 3.5], [-2.5]]);
    expect(told).toEqual({ meanDifference: 0.75, tokens: 3, missing: 0 });
  });

  test('reads what engines write for none as none', () => {
    const bare = withKlPenalty([one, two], [[-7, -1, Number.NaN], [-3.5]], byToken);
    for (const none of [-9999, -99_999, Number.NEGATIVE_INFINITY, 1]) {
      expect(withKlPenalty([one, two], [[-7, -1, none], [-3.5]], byToken)).toEqual(bare);
      const sampledNone = datumOf(floats(0, -0.5, none), floats(0, 1, 1), floats(0, 1, 1));
      const found = withKlPenalty([sampledNone, two], [[-7, -1, -0.5], [-3.5]], byToken);
      expect(listsOf(found.batch)).toEqual(listsOf(bare.batch));
    }
  });

  test('B21: leaves a token without an entry as it is, and out of the mean', () => {
    const { batch, ...told } = withKlPenalty([one, two], [[Number.NaN, -1, Number.NaN], [-2]], byToken);
    // Differences 0.5 and 0: mean 0.25.
    expect(listsOf(batch)).toEqual([[0, 0.5, 1], [-0.5]]);
    expect(told).toEqual({ meanDifference: 0.25, tokens: 2, missing: 1 });
  });

  test('of a single token is nothing', () => {
    expect(listsOf(withKlPenalty([two], [[-5]], byToken).batch)).toEqual([[-1]]);
  });

  test('of nothing known changes nothing and has no mean', () => {
    const { batch, ...told } = withKlPenalty([one], [[Number.NaN, Number.NaN, Number.NaN]], byAnswer);
    expect(listsOf(batch)).toEqual([[0, 1, 1]]);
    expect(told).toEqual({ meanDifference: undefined, tokens: 0, missing: 2 });
    expect(withKlPenalty([], [], byAnswer).batch).toEqual([]);
  });

  test.each([sumEngine, weighingSumEngine, meanEngine, plainMeanEngine])(
    'adds nothing on the whole, as the engine joins the batch: %o',
    (facts) => {
      const anyToken = fc.record({
        q: fc.float({ min: -9, max: 0, noNaN: true }),
        reference: fc.oneof(fc.float({ min: -9, max: 0, noNaN: true }), fc.constantFrom(Number.NaN, -9999)),
        weight: fc.constantFrom(0, 1),
      });
      const anyBatch = fc.array(fc.array(anyToken, { minLength: 1, maxLength: 5 }), { maxLength: 4 });
      const anyObjective = fc.constantFrom('token_mean' as const, 'sequence_mean' as const);
      fc.assert(
        fc.property(anyBatch, anyObjective, (lists, objective) => {
          const batch = lists.map((tokens) =>
            datumOf(
              Float32Array.from(tokens, ({ q }) => q),
              new Float32Array(tokens.length),
              Float32Array.from(tokens, ({ weight }) => weight),
            ),
          );
          if (!batch.some(({ weights }) => weights.includes(1))) return;
          const references = lists.map((tokens) => tokens.map(({ reference }) => reference));
          const penalised = withKlPenalty(batch, references, { coefficient: 0.5, objective });
          const loss = { name: 'importance_sampling' } as const;
          const made = normaliseBatch(penalised.batch, { loss, objective, facts });
          expect(sumOfStep(made.batch, facts)).toBeCloseTo(0, 4);
        }),
      );
    },
  );
});

describe('distillation', () => {
  test('moves each trained token by what the teacher finds likelier', () => {
    // Student − teacher: 0.5 and −0.75.
    expect(listsOf(distilled([one], [[0, -1, -0.25]], 2).batch)).toEqual([[0, 0, 2.5]]);
  });

  test('B21: a token the teacher did not see keeps its advantage', () => {
    const { batch, missing } = distilled([one], [[0, Number.NaN, -1]], 2);
    expect(listsOf(batch)).toEqual([[0, 1, 1]]);
    expect(missing).toBe(1);
  });

  test('a teacher’s number for none is no opinion', () => {
    const { batch, missing, meanDifference } = distilled([one], [[0, -9999, -0.25]], 2);
    expect(listsOf(batch)).toEqual([[0, 1, 2.5]]);
    expect([missing, meanDifference]).toEqual([1, -0.75]);
  });

  test('tells the mean over tokens, however long the answers are', () => {
    // 0.5, −0.5 and 1.5.
    expect(distilled([one, two], [[-7, -1, -0.5], [-3.5]], 2).meanDifference).toBe(0.5);
  });
});

test('lists that do not match, and datums that were not sampled, are refused', () => {
  const refused = expect.objectContaining({ code: 'invalid_input' });
  expect(() => withKlPenalty([one], [], byToken)).toThrow(refused);
  expect(() => withKlPenalty([one], [[-1, -1]], byToken)).toThrow(refused);
  const { logprobs: _, ...bare } = two;
  expect(() => distilled([bare], [[-1]], 1)).toThrow(refused);
});

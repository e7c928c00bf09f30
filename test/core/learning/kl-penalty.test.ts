import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Datum } from '../../../core/domain/datum.ts';
import { distilled, withKlPenalty } from '../../../core/learning/kl-penalty.ts';

const floats = (...values: number[]): Float32Array => Float32Array.from(values);
const datumOf = (logprobs: Float32Array, advantages: Float32Array, weights: Float32Array): Datum => ({
  input: new Int32Array(weights.length),
  targets: new Int32Array(weights.length),
  weights,
  logprobs,
  advantages,
});
const listsOf = (batch: readonly Datum[]) => batch.map(({ advantages }) => [...advantages!]);

const one = datumOf(floats(0, -0.5, -1), floats(0, 1, 1), floats(0, 1, 1));
const two = datumOf(floats(-2), floats(-1), floats(1));

describe('a penalty for leaving the reference', () => {
  test('moves each trained token by coefficient·(mean − difference), with the mean of the batch', () => {
    // Differences 0.5, −0.5 and 1.5: mean 0.5.
    const { batch, ...told } = withKlPenalty([one, two], [[-7, -1, -0.5], [-3.5]], 2);
    expect(listsOf(batch)).toEqual([[0, 1, 3], [-3]]);
    expect(told).toEqual({ meanDifference: 0.5, tokens: 3, missing: 0 });
    expect(listsOf([one, two])).toEqual([[0, 1, 1], [-1]]);
  });

  test('B21: leaves a token without an entry as it is, and out of the mean', () => {
    const { batch, ...told } = withKlPenalty([one, two], [[Number.NaN, -1, Number.NaN], [-2]], 2);
    // Differences 0.5 and 0: mean 0.25.
    expect(listsOf(batch)).toEqual([[0, 0.5, 1], [-0.5]]);
    expect(told).toEqual({ meanDifference: 0.25, tokens: 2, missing: 1 });
  });

  test('of a single token is nothing', () => {
    expect(listsOf(withKlPenalty([two], [[-5]], 3).batch)).toEqual([[-1]]);
  });

  test('of nothing known changes nothing and has no mean', () => {
    const { batch, ...told } = withKlPenalty([one], [[Number.NaN, Number.NaN, Number.NaN]], 1);
    expect(listsOf(batch)).toEqual([[0, 1, 1]]);
    expect(told).toEqual({ meanDifference: undefined, tokens: 0, missing: 2 });
    expect(withKlPenalty([], [], 1).batch).toEqual([]);
  });

  test('adds nothing on the whole', () => {
    const anyToken = fc.record({
      q: fc.float({ min: -9, max: 0, noNaN: true }),
      reference: fc.oneof(fc.float({ min: -9, max: 0, noNaN: true }), fc.constant(Number.NaN)),
      weight: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(fc.array(fc.array(anyToken, { minLength: 1, maxLength: 5 }), { maxLength: 4 }), (lists) => {
        const batch = lists.map((tokens) =>
          datumOf(
            Float32Array.from(tokens, ({ q }) => q),
            new Float32Array(tokens.length),
            Float32Array.from(tokens, ({ weight }) => weight),
          ),
        );
        const penalised = withKlPenalty(
          batch,
          lists.map((tokens) => tokens.map(({ reference }) => reference)),
          0.5,
        );
        const sum = listsOf(penalised.batch)
          .flat()
          .reduce((total, advantage) => total + advantage, 0);
        expect(sum).toBeCloseTo(0, 4);
      }),
    );
  });
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
});

test('lists that do not match, and datums that were not sampled, are refused', () => {
  const refused = expect.objectContaining({ code: 'invalid_input' });
  expect(() => withKlPenalty([one], [], 1)).toThrow(refused);
  expect(() => withKlPenalty([one], [[-1, -1]], 1)).toThrow(refused);
  const { logprobs: _, ...bare } = two;
  expect(() => distilled([bare], [[-1]], 1)).toThrow(refused);
});

import { expect, test } from 'vitest';
import type { Datum } from '../../../core/domain/datum.ts';
import { withoutFarTokens, withTruncatedRatios } from '../../../core/learning/correct-ratios.ts';
import { engineLoss, float32Lists, gradientOf, sumEngine } from './tiny-engine.ts';

const importance = { name: 'importance_sampling' } as const;
/** Ratios at these log-probabilities: nothing sampled, 1, 8, 1/8. */
const now = [[-4, -1, -1, -1]];
const datum: Datum = {
  input: Int32Array.of(1, 2, 3, 4),
  targets: Int32Array.of(2, 3, 4, 5),
  weights: Float32Array.of(0, 1, 1, 1),
  logprobs: Float32Array.of(0, -1, -1 - Math.log(8), -1 + Math.log(8)),
  advantages: Float32Array.of(0, 1, 2, -1),
};
const gradientAtNow = (batch: readonly Datum[]) =>
  gradientOf((lps) => engineLoss(batch, importance, sumEngine, lps, lps), now)[0]!;

test('a truncated batch makes the engine find ratios of at most the cap', () => {
  const found = gradientAtNow(withTruncatedRatios([datum], float32Lists(now)));
  // −min(r, 2)·A.
  for (const [at, expected] of [0, -1, -4, 0.125].entries()) expect(found[at]).toBeCloseTo(expected, 5);
  const wider = gradientAtNow(withTruncatedRatios([datum], float32Lists(now), 4));
  for (const [at, expected] of [0, -1, -8, 0.125].entries()) expect(wider[at]).toBeCloseTo(expected, 5);
  expect(gradientAtNow([datum])[2]).toBeCloseTo(-16, 4);
});

test('tokens outside the bounds, or of which nothing is known, move nothing and still count', () => {
  const [kept] = withoutFarTokens([datum], float32Lists(now), 2);
  expect(kept).toEqual({ ...datum, advantages: Float32Array.of(0, 1, 0, 0) });
  const [unknown] = withoutFarTokens([datum], float32Lists([[-4, Number.NaN, -1, -1]]), 16);
  expect(unknown).toEqual({ ...datum, advantages: Float32Array.of(0, 0, 2, -1) });
});

test('lists that do not match, and datums that were not sampled, are refused', () => {
  const refused = expect.objectContaining({ code: 'invalid_input' });
  const { logprobs: _, ...bare } = datum;
  expect(() => withTruncatedRatios([datum], [])).toThrow(refused);
  expect(() => withTruncatedRatios([datum], [new Float32Array(2)])).toThrow(refused);
  expect(() => withoutFarTokens([bare], float32Lists(now), 2)).toThrow(refused);
});

import { expect, test } from 'vitest';
import type { Datum } from '../../../core/domain/datum.ts';
import { withoutFarTokens, withTruncatedRatios } from '../../../core/learning/correct-ratios.ts';
import { ratiosWithin, truncatedRatios } from '../../../core/learning/ratios.ts';
import { engineLoss, float32Lists, gradientOf, sumEngine } from './tiny-engine.ts';

const importance = { name: 'importance_sampling' } as const;
/** Ratios at these log-probabilities: nothing sampled, 1, 8, 1/8. */
const now = [[-4, -1, -1, -4]];
const datum: Datum = {
  input: Int32Array.of(1, 2, 3, 4),
  targets: Int32Array.of(2, 3, 4, 5),
  weights: Float32Array.of(0, 1, 1, 1),
  logprobs: Float32Array.of(0, -1, -1 - Math.log(8), -4 + Math.log(8)),
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
  // What is taken out has the ratio 1, so that r·A is 0.
  expect(kept).toEqual({
    ...datum,
    advantages: Float32Array.of(0, 1, 0, 0),
    logprobs: Float32Array.of(0, -1, -1, -4),
  });
  const [unknown] = withoutFarTokens([datum], float32Lists([[-4, Number.NaN, -1, -4]]), 16);
  expect(unknown).toEqual({
    ...datum,
    advantages: Float32Array.of(0, 0, 2, -1),
    logprobs: Float32Array.of(0, 0, datum.logprobs![2]!, datum.logprobs![3]!),
  });
});

test.each([-9999, -900, Number.NaN])(
  'a ratio too large for a number reaches no engine: sampled with %d',
  (q) => {
    const odd: Datum = { ...datum, logprobs: Float32Array.of(0, -1, q, -4) };
    const inFloats = (batch: readonly Datum[]): readonly number[] =>
      batch.flatMap(({ logprobs, advantages }) =>
        [...logprobs!].map((own, at) => Math.fround(Math.exp(now[0]![at]! - own)) * advantages![at]!),
      );
    expect(inFloats([odd]).every(Number.isFinite)).toBe(false);
    expect(inFloats(withoutFarTokens([odd], float32Lists(now), 2))).toEqual([0, 1, 0, -1]);
    const truncated = inFloats(withTruncatedRatios([odd], float32Lists(now)));
    // One of −900 has a ratio, if a large one; of the others none is known.
    expect(truncated[2]).toBeCloseTo(q === -900 ? 4 : 0, 5);
    expect([truncated[0], truncated[1], truncated[3]]).toEqual([0, 1, -1]);
  },
);

test.each([-9999, Number.NaN])(
  'a token that the engine has no number for now is not truncated, but left out: %d',
  (none) => {
    const [made] = withTruncatedRatios([datum], float32Lists([[-4, -1, none, -4]]));
    expect(made?.advantages).toEqual(Float32Array.of(0, 1, 0, -1));
    expect(made?.logprobs?.[2]).toBe(0);
  },
);

test.each([0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('no bound of ratios is %d', (bound) => {
  const refused = expect.objectContaining({ code: 'invalid_input' });
  expect(() => withTruncatedRatios([datum], float32Lists(now), bound)).toThrow(refused);
  expect(() => withTruncatedRatios([], [], bound)).toThrow(refused);
  expect(() => withoutFarTokens([datum], float32Lists(now), bound)).toThrow(refused);
  expect(() => withoutFarTokens([], [], bound)).toThrow(refused);
  expect(() => truncatedRatios(Float32Array.of(1), bound)).toThrow(refused);
  expect(() => ratiosWithin(Float32Array.of(1), bound)).toThrow(refused);
});

test('lists that do not match, and datums that were not sampled, are refused', () => {
  const refused = expect.objectContaining({ code: 'invalid_input' });
  const { logprobs: _, ...bare } = datum;
  expect(() => withTruncatedRatios([datum], [])).toThrow(refused);
  expect(() => withTruncatedRatios([datum], [new Float32Array(2)])).toThrow(refused);
  expect(() => withoutFarTokens([bare], float32Lists(now), 2)).toThrow(refused);
});

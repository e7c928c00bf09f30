import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { klEstimates, logprobAgreement } from '../../../core/learning/kl.ts';

const all = [1, 1];

describe('estimates of the divergence', () => {
  test('are the means of −d, d²/2 and eᵈ − 1 − d', () => {
    // d = other − sampled = ln 2 and −ln 2.
    const found = klEstimates([-1, -1], [-1 + Math.LN2, -1 - Math.LN2], all);
    expect(found?.k1).toBeCloseTo(0, 12);
    expect(found?.k2).toBeCloseTo(Math.LN2 ** 2 / 2, 12);
    // (2 − 1 − ln 2 + ½ − 1 + ln 2) / 2 = ¼.
    expect(found?.k3).toBeCloseTo(0.25, 12);
    expect(found?.tokens).toBe(2);
    // d = −0.5.
    expect(klEstimates([-0.5], [-1], [1])?.k1).toBeCloseTo(0.5, 12);
    expect(klEstimates([-0.5], [-1], [1])?.k3).toBeCloseTo(Math.exp(-0.5) - 0.5, 12);
  });

  test('k1 and k3 meet the true divergence in expectation', () => {
    // Two tokens: sampled from (0.75, 0.25), measured against (0.5, 0.5).
    const [p, o] = [
      [0.75, 0.25],
      [0.5, 0.5],
    ] as const;
    const truth = p[0] * Math.log(p[0] / o[0]) + p[1] * Math.log(p[1] / o[1]);
    // Three draws of the first and one of the second are the distribution itself.
    const [sampled, other] = [p, o].map(([first, second]) =>
      [first, first, first, second].map((probability) => Math.log(probability)),
    );
    const found = klEstimates(sampled!, other!, [1, 1, 1, 1]);
    expect(found?.k1).toBeCloseTo(truth, 12);
    expect(found?.k3).toBeCloseTo(truth, 12);
  });

  test('leave out what the mask or a list leaves out, instead of reading it as certain', () => {
    const alone = klEstimates([-1], [-2], [1]);
    expect(klEstimates([-1, -3], [-2, Number.NaN], all)).toEqual(alone);
    expect(klEstimates([-1, -3], [-2, 0], [1, 0])).toEqual(alone);
    expect(klEstimates([-1, Number.NEGATIVE_INFINITY], [-2, -1], all)).toEqual(alone);
    for (const none of [-9999, -99_999, 1]) {
      expect(klEstimates([-1, -3], [-2, none], all)).toEqual(alone);
      expect(klEstimates([-1, none], [-2, -3], all)).toEqual(alone);
    }
    expect(klEstimates([-1], [Number.NaN], [1])).toBeUndefined();
    expect(klEstimates([], [], [])).toBeUndefined();
    expect(() => klEstimates([-1], [-1, -1], [1])).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
  });

  test('are finite, and k2 and k3 not below 0, for any numbers', () => {
    const anyLogprob = fc.double({ min: -1000, max: 0, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyLogprob, anyLogprob), { minLength: 1 }), (pairs) => {
        const found = klEstimates(
          pairs.map(([sampled]) => sampled),
          pairs.map(([, other]) => other),
          pairs.map(() => 1),
        );
        expect(Number.isFinite(found?.k1)).toBe(true);
        for (const estimate of [found?.k2, found?.k3]) {
          expect(Number.isFinite(estimate)).toBe(true);
          expect(estimate).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

describe('agreement of sampling and training', () => {
  test('is told by mean, most, and both divergences', () => {
    // q − lp = 0.25 and −0.75.
    expect(logprobAgreement([-1, -1], [-1.25, -0.25], all)).toEqual({
      meanAbsolute: 0.5,
      maxAbsolute: 0.75,
      klV1: -0.25,
      klV2: (0.0625 + 0.5625) / 4,
      tokens: 2,
      missing: 0,
    });
  });

  test('says what is missing, and is none where nothing can be compared', () => {
    expect(logprobAgreement([-1, Number.NaN, -9], [-1, -1, 0], [1, 1, 0])).toMatchObject({
      maxAbsolute: 0,
      tokens: 1,
      missing: 1,
    });
    expect(logprobAgreement([-1, -9999], [-1, -1], all)).toMatchObject({ maxAbsolute: 0, missing: 1 });
    expect(logprobAgreement([-1], [Number.NaN], [1])).toBeUndefined();
    expect(logprobAgreement([-1], [-1], [0])).toBeUndefined();
  });
});

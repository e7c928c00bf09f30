import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Datum } from '../../../core/domain/datum.ts';
import { gradientDatums } from '../../../core/learning/custom-loss.ts';
import {
  engineLoss,
  float32Lists,
  gradientOf,
  meanEngine,
  paddedLists,
  plainMeanEngine,
  sumEngine,
  weighingSumEngine,
} from './tiny-engine.ts';

const datumOf = (weights: readonly number[]): Datum => ({
  input: new Int32Array(weights.length),
  targets: new Int32Array(weights.length),
  weights: Float32Array.from(weights),
});
const engines = [sumEngine, weighingSumEngine, meanEngine, plainMeanEngine];

describe('a loss of one’s own', () => {
  test('by hand: two datums on an engine of means', () => {
    const made = gradientDatums({
      batch: [datumOf([0, 1, 1]), datumOf([1])],
      current: [Float32Array.of(-3, -0.5, -1), Float32Array.of(-2)],
      slopes: [[0, 0.25, -0.5], [1]],
      facts: meanEngine,
      padTo: 3,
    });
    // A = −slope · 3 datums · Σw.
    expect(made).toEqual([
      {
        ...datumOf([0, 1, 1]),
        logprobs: Float32Array.of(0, -0.5, -1),
        advantages: Float32Array.of(0, -1.5, 3),
      },
      { ...datumOf([1]), logprobs: Float32Array.of(-2), advantages: Float32Array.of(-3) },
      { ...datumOf([1]), logprobs: Float32Array.of(0), advantages: Float32Array.of(0) },
    ]);
  });

  test('gives every engine its own gradient, of either sign, with zeros and padding', () => {
    const anyPosition = fc.record({
      weight: fc.constantFrom(0, 1),
      lp: fc.float({ min: -3, max: 0, noNaN: true }),
      slope: fc.oneof(fc.constant(0), fc.double({ min: -2, max: 2, noNaN: true })),
    });
    const anyBatch = fc.array(fc.array(anyPosition, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(anyBatch, fc.constantFrom(...engines), fc.nat(6), (lists, facts, padTo) => {
        const lps = lists.map((own) => own.map(({ lp }) => lp));
        const made = gradientDatums({
          batch: lists.map((own) => datumOf(own.map(({ weight }) => weight))),
          current: float32Lists(lps),
          slopes: lists.map((own) => own.map(({ slope }) => slope)),
          facts,
          padTo,
        });
        expect(made.length).toBe(Math.max(lists.length, padTo));
        const found = gradientOf(
          (moved) => engineLoss(made, { name: 'importance_sampling' }, facts, moved, moved),
          paddedLists(made, lps),
        );
        for (const [index, own] of found.entries()) {
          for (const [at, slope] of own.entries()) {
            expect(slope).toBeCloseTo(lists[index]?.[at]?.slope ?? 0, 5);
          }
        }
      }),
    );
  });

  test('needs importance_sampling, numbers, and lists that match', () => {
    const batch = [datumOf([1, 1])];
    const current = [Float32Array.of(-1, -1)];
    const slopes = [[1, 1]];
    const facts = sumEngine;
    const thrown = (code: string) => expect.objectContaining({ code });
    expect(() =>
      gradientDatums({ batch, current, slopes, facts: { ...facts, losses: ['cross_entropy'] } }),
    ).toThrow(thrown('unsupported'));
    expect(() => gradientDatums({ batch, current: [], slopes, facts })).toThrow(thrown('invalid_input'));
    expect(() => gradientDatums({ batch, current, slopes: [[1]], facts })).toThrow(thrown('invalid_input'));
    expect(() => gradientDatums({ batch, current, slopes: [[1, Number.NaN]], facts })).toThrow(
      thrown('invalid_input'),
    );
    const holed = [Float32Array.of(-1, Number.NaN)];
    for (const current of [holed, [Float32Array.of(-1, -9999)]]) {
      expect(() => gradientDatums({ batch, current, slopes, facts })).toThrow(thrown('bad_reply'));
    }
    expect(gradientDatums({ batch, current: holed, slopes: [[1, 0]], facts })[0]?.logprobs).toEqual(
      Float32Array.of(-1, 0),
    );
  });
});

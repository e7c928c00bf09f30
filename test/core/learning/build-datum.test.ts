import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildDatum,
  buildSupervisedDatum,
  type DatumRefusal,
  type TrainedAnswer,
} from '../../../core/learning/build-datum.ts';

const ids = (...tokens: number[]): Int32Array => Int32Array.from(tokens);
const floats = (...values: number[]): Float32Array => Float32Array.from(values);

const answer: TrainedAnswer = {
  prompt: ids(1, 2, 3),
  answer: ids(4, 5),
  logprobs: floats(-0.5, -0.25),
  advantages: 2,
};

describe('a datum', () => {
  test('reads all tokens but the last, is held to all but the first, and weighs the answer only', () => {
    expect(buildDatum(answer)).toEqual({
      kind: 'datum',
      datum: {
        input: ids(1, 2, 3, 4),
        targets: ids(2, 3, 4, 5),
        weights: floats(0, 0, 1, 1),
        logprobs: floats(0, 0, -0.5, -0.25),
        advantages: floats(0, 0, 2, 2),
        answers: [{ start: 2, end: 4, turn: 0 }],
      },
    });
  });

  test('of one token of prompt and one of answer has one position', () => {
    expect(buildDatum({ prompt: ids(7), answer: ids(8), logprobs: floats(-1), advantages: -1 })).toEqual({
      kind: 'datum',
      datum: {
        input: ids(7),
        targets: ids(8),
        weights: floats(1),
        logprobs: floats(-1),
        advantages: floats(-1),
        answers: [{ start: 0, end: 1, turn: 0 }],
      },
    });
  });

  test('takes an advantage for each token, and leaves masked tokens untrained whatever stands there', () => {
    const built = buildDatum({
      ...answer,
      logprobs: floats(Number.NaN, -0.25),
      advantages: floats(Number.POSITIVE_INFINITY, 3),
      mask: [0, 1],
    });
    expect(built).toMatchObject({
      kind: 'datum',
      datum: {
        weights: floats(0, 0, 0, 1),
        logprobs: floats(0, 0, 0, -0.25),
        advantages: floats(0, 0, 0, 3),
      },
    });
  });

  test('invents no log-probabilities', () => {
    const built = buildDatum({ prompt: ids(1), answer: ids(2), advantages: 1 });
    expect(built.kind === 'datum' && 'logprobs' in built.datum).toBe(false);
  });

  test.each<[DatumRefusal, Partial<TrainedAnswer>]>([
    ['empty_prompt', { prompt: ids() }],
    ['empty_answer', { answer: ids(), logprobs: floats() }],
    ['length_mismatch', { logprobs: floats(-0.5) }],
    ['length_mismatch', { logprobs: floats(-0.5, -0.25, -1) }],
    ['length_mismatch', { advantages: floats(1) }],
    ['length_mismatch', { mask: [1, 1, 1] }],
    ['nothing_trained', { mask: [0, 0] }],
    ['not_finite', { logprobs: floats(-0.5, Number.NaN) }],
    ['not_finite', { logprobs: floats(Number.NEGATIVE_INFINITY, -0.5) }],
    ['logprobs_unusable', { logprobs: floats(-0.5, -9999) }],
    ['logprobs_unusable', { logprobs: floats(0.5, -0.5) }],
    ['not_finite', { advantages: Number.NaN }],
    ['not_finite', { advantages: 1e39 }],
  ])('is refused: %s %o', (reason, changes) => {
    expect(buildDatum({ ...answer, ...changes })).toEqual({ kind: 'refused', reason });
  });

  test('has lists of one length, finite numbers, and as many trained tokens as the mask has, whatever goes in', () => {
    const anyAnswer = fc.record({
      prompt: fc.int32Array({ min: 0, max: 99, maxLength: 5 }),
      tokens: fc.array(
        fc.record({
          id: fc.nat(99),
          logprob: fc.oneof(fc.float({ min: -9, max: 0 }), fc.constant(Number.NaN)),
          isTrained: fc.boolean(),
        }),
        { maxLength: 5 },
      ),
      advantages: fc.double(),
    });
    fc.assert(
      fc.property(anyAnswer, ({ prompt, tokens, advantages }) => {
        const mask = tokens.map(({ isTrained }) => Number(isTrained));
        const built = buildDatum({
          prompt,
          answer: Int32Array.from(tokens, ({ id }) => id),
          logprobs: Float32Array.from(tokens, ({ logprob }) => logprob),
          advantages,
          mask,
        });
        if (built.kind === 'refused') return;
        const { input, targets, weights, logprobs, advantages: own } = built.datum;
        expect([targets, weights, logprobs, own].map((list) => list?.length)).toEqual(
          Array.from({ length: 4 }, () => input.length),
        );
        expect(input.length).toBe(prompt.length + tokens.length - 1);
        expect(targets.subarray(0, -1)).toEqual(input.subarray(1));
        expect([...weights, ...(logprobs ?? []), ...(own ?? [])].every(Number.isFinite)).toBe(true);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(
          mask.reduce((sum, one) => sum + one, 0),
        );
      }),
    );
  });
});

describe('a supervised datum', () => {
  const { prompt, answer: tokens } = answer;

  test('has weights and nothing that was sampled', () => {
    expect(buildSupervisedDatum({ prompt, answer: tokens, weight: 0.5, mask: [1, 0] })).toEqual({
      kind: 'datum',
      datum: {
        input: ids(1, 2, 3, 4),
        targets: ids(2, 3, 4, 5),
        weights: floats(0, 0, 0.5, 0),
        answers: [{ start: 2, end: 4, turn: 0 }],
      },
    });
    expect(buildSupervisedDatum({ prompt, answer: tokens })).toMatchObject({
      datum: { weights: floats(0, 0, 1, 1) },
    });
  });

  test.each([
    ['empty_prompt', { prompt: ids() }],
    ['empty_answer', { answer: ids() }],
    ['length_mismatch', { weight: floats(1) }],
    ['nothing_trained', { weight: 0 }],
    ['nothing_trained', { mask: [0, 0] }],
    ['not_finite', { weight: floats(1, Number.NaN) }],
  ] as const)('is refused: %s %o', (reason, changes) => {
    expect(buildSupervisedDatum({ prompt, answer: tokens, ...changes })).toEqual({ kind: 'refused', reason });
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildDatum, type TrainedAnswer } from '../../../core/learning/build-datum.ts';
import { mergeTalk } from '../../../core/learning/merge-talk.ts';

const ids = (...tokens: number[]): Int32Array => Int32Array.from(tokens);
const floats = (...values: number[]): Float32Array => Float32Array.from(values);

const first: TrainedAnswer = {
  prompt: ids(1, 2),
  answer: ids(3, 4),
  logprobs: floats(-0.5, -0.25),
  advantages: 1,
};
const second: TrainedAnswer = {
  prompt: ids(1, 2, 3, 4, 9),
  answer: ids(5),
  logprobs: floats(-2),
  advantages: -1,
};
const alone = (answer: TrainedAnswer, turn: number) => {
  const built = buildDatum(answer);
  if (built.kind === 'refused') throw new Error(built.reason);
  return { ...built.datum, answers: built.datum.answers.map((span) => ({ ...span, turn })) };
};

describe('turns of a talk', () => {
  test('join where the next prompt begins with the prompt and answer before it', () => {
    expect(mergeTalk([first, second])).toEqual({
      data: [
        {
          input: ids(1, 2, 3, 4, 9),
          targets: ids(2, 3, 4, 9, 5),
          weights: floats(0, 1, 1, 0, 1),
          logprobs: floats(0, -0.5, -0.25, 0, -2),
          advantages: floats(0, 1, 1, 0, -1),
          answers: [
            { start: 1, end: 3, turn: 0 },
            { start: 4, end: 5, turn: 1 },
          ],
        },
      ],
      refused: [],
    });
  });

  test('begin a new datum where one token differs, or the prompt is shorter than what was said', () => {
    const otherIds = { ...second, prompt: ids(1, 2, 3, 8, 9) };
    expect(mergeTalk([first, otherIds]).data).toEqual([alone(first, 0), alone(otherIds, 1)]);
    const cut = { ...second, prompt: ids(1, 2, 3) };
    expect(mergeTalk([first, cut]).data).toEqual([alone(first, 0), alone(cut, 1)]);
  });

  test('do not join one that has log-probabilities with one that has none', () => {
    const { logprobs: _, ...bare } = second;
    expect(mergeTalk([first, bare]).data).toEqual([alone(first, 0), alone(bare, 1)]);
  });

  test('may go on with the answer itself, without a word between', () => {
    const more = { ...second, prompt: ids(1, 2, 3, 4) };
    expect(mergeTalk([first, more]).data).toMatchObject([
      { targets: ids(2, 3, 4, 5), weights: floats(0, 1, 1, 1), advantages: floats(0, 1, 1, -1) },
    ]);
  });

  test('that make no datum are told, and are read where others follow them', () => {
    const broken = { ...second, logprobs: floats(Number.NaN) };
    const third = { ...second, prompt: ids(1, 2, 3, 4, 9, 5, 9), answer: ids(6) };
    const { data, refused } = mergeTalk([first, broken, third]);
    expect(refused).toEqual([{ turn: 1, reason: 'not_finite' }]);
    expect(data).toMatchObject([
      {
        targets: ids(2, 3, 4, 9, 5, 9, 6),
        weights: floats(0, 1, 1, 0, 0, 0, 1),
        answers: [
          { start: 1, end: 3, turn: 0 },
          { start: 6, end: 7, turn: 2 },
        ],
      },
    ]);
    expect(mergeTalk([])).toEqual({ data: [], refused: [] });
  });

  test('keep every answer, with its own numbers, at its span', () => {
    const anyTalk = fc.array(
      fc.record({
        joins: fc.boolean(),
        words: fc.int32Array({ min: 0, max: 3, minLength: 1, maxLength: 3 }),
        answer: fc.int32Array({ min: 0, max: 3, maxLength: 3 }),
        advantages: fc.integer({ min: -3, max: 3 }),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(anyTalk, (steps) => {
        let said: readonly number[] = [];
        const turns = steps.map(({ joins, words, answer, advantages }): TrainedAnswer => {
          const prompt = joins ? [...said, ...words] : [...words];
          said = [...prompt, ...answer];
          return {
            prompt: Int32Array.from(prompt),
            answer,
            advantages,
            logprobs: Float32Array.from(answer, (_, index) => -1 - index),
          };
        });
        const { data, refused } = mergeTalk(turns);
        const spans = data.flatMap((datum) => datum.answers.map((span) => ({ datum, ...span })));
        expect([...spans, ...refused].map(({ turn }) => turn).sort((a, b) => a - b)).toEqual([
          ...turns.keys(),
        ]);
        for (const { datum, start, end, turn } of spans) {
          const { prompt, answer, advantages, logprobs } = turns[turn]!;
          expect(datum.targets.subarray(start, end)).toEqual(answer);
          expect(datum.input.subarray(0, start + 1)).toEqual(prompt);
          expect(datum.logprobs?.subarray(start, end)).toEqual(logprobs);
          expect([...datum.advantages!.subarray(start, end)]).toEqual(Array.from(answer, () => advantages));
        }
        const trained = data.flatMap(({ weights }) => [...weights]).reduce((sum, weight) => sum + weight, 0);
        expect(trained).toBe(spans.reduce((sum, { start, end }) => sum + end - start, 0));
      }),
    );
  });
});

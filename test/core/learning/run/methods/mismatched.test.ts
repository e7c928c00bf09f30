import { describe, expect, test } from 'vitest';
import { turnId } from '../../../../../core/domain/ids.ts';
import { mismatchedAnswers } from '../../../../../core/learning/run/methods/mismatched.ts';
import { readBatch } from '../../../../../core/learning/run/methods/stored-answer.ts';
import type { PreparedSample } from '../../../../../core/learning/run/prepared-sample.ts';
import { call, prepared } from './prepared.ts';

/** Each as the tokens of its datums, answers behind a bar. */
const shown = (samples: readonly PreparedSample[]): readonly (readonly string[])[] =>
  mismatchedAnswers(readBatch(samples).answers).map(({ data }) =>
    data.map(({ input, targets, weights }) => {
      const start = weights.indexOf(1);
      return `${[...input.subarray(0, start + 1)]} | ${[...targets.subarray(start)]}`;
    }),
  );

describe('answers under the prompts of others', () => {
  test('are under that of the next, and the last under that of the first', () => {
    const samples = [
      prepared('a', [call([1], [5])]),
      prepared('b', [call([2], [6])]),
      prepared('c', [call([3], [7])]),
    ];
    expect(shown(samples)).toEqual([['2 | 5'], ['3 | 6'], ['1 | 7']]);
  });

  test('keep all their calls, each under a prompt of the same place, or the last', () => {
    const samples = [
      prepared('a', [call([1], [5]), call([1, 5, 9], [6])]),
      prepared('b', [call([2, 2, 2], [7])]),
    ];
    expect(shown(samples)).toEqual([['2,2,2 | 5', '2,2,2 | 6'], ['1 | 7']]);
  });

  test('are never under the prompt of the same request, however it was put', () => {
    const first = prepared('a', [call([1, 1], [5])]);
    const samples = [
      first,
      prepared('b', [call([1, 2], [6])], {
        turn: { retryOf: turnId('a'), requestText: first.turn.requestText },
      }),
      prepared('c', [call([1, 1], [7])]),
      prepared('d', [call([3, 3], [8])]),
    ];
    expect(shown(samples)).toEqual([['3,3 | 5'], ['1,1 | 6'], ['3,3 | 7'], ['1,1 | 8']]);
    expect(shown(samples.slice(0, 2))).toEqual([]);
  });

  test('are under the prompt of the same words that were said at another time', () => {
    const samples = [
      prepared('a', [call([1], [5])], { turn: { requestText: 'go on', promptHash: 'p' } }),
      prepared('b', [call([2], [6])], { turn: { requestText: 'go on', promptHash: 'q' } }),
    ];
    expect(shown(samples)).toEqual([['2 | 5'], ['1 | 6']]);
  });

  test('are no longer than the longest that the engine took as it was', () => {
    const samples = [
      prepared('long answer', [call([2], [6, 6, 6])]),
      prepared('long prompt', [call([1, 1, 1], [5])]),
      prepared('short', [call([3], [7])]),
    ];
    // Three and three were six tokens, where four is the most that there was.
    expect(shown(samples)).toEqual([['3 | 6,6,6'], ['3 | 5'], ['2 | 7']]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JudgeVote } from '../../../core/feedback/judge-parse.ts';
import { nextKinds } from '../../../core/feedback/judge-prompt.ts';
import { verdictOf } from '../../../core/feedback/judge-vote.ts';

const scores = (...values: readonly JudgeVote['score'][]): JudgeVote[] =>
  values.map((score) => ({ score, next: { kind: 'none' } }));

const votes = fc.array(
  fc.record({
    score: fc.constantFrom<JudgeVote['score']>(-1, 0, 1),
    next: fc.record({ kind: fc.constantFrom(...nextKinds) }),
  }),
  { maxLength: 9 },
);

describe('the verdict', () => {
  test('is the majority; a majority of 0 is 0', () => {
    expect(verdictOf(scores(1, 1, -1)).score).toBe(1);
    expect(verdictOf(scores(-1, 0, -1)).score).toBe(-1);
    expect(verdictOf(scores(0, 0, 1)).score).toBe(0);
    expect(verdictOf(scores(1, 1)).score).toBe(1);
  });

  test('B10: one valid vote decides nothing', () => {
    expect(verdictOf(scores(1))).toEqual({});
    expect(verdictOf([])).toEqual({});
  });

  test('B3: no majority is missing, never a 0 that could be promoted to a sample', () => {
    expect(verdictOf(scores(1, -1)).score).toBeUndefined();
    expect(verdictOf(scores(1, -1, 0)).score).toBeUndefined();
    expect(verdictOf(scores(1, 1, -1, -1)).score).toBeUndefined();
    // Most, but not more than half.
    expect(verdictOf(scores(1, 1, 0, -1)).score).toBeUndefined();
  });

  test('the reading of the next message has a majority of its own, with the first quote of those who agree', () => {
    const read = (kind: JudgeVote['next']['kind'], quote?: string): JudgeVote => ({
      score: -1,
      next: { kind, ...(quote === undefined ? {} : { quote }) },
    });
    const verdict = verdictOf([
      read('rephrase', 'the other words'),
      read('correction'),
      read('correction', 'in euros!'),
    ]);
    expect(verdict).toEqual({ score: -1, next: { kind: 'correction', quote: 'in euros!' } });
    expect(verdictOf([read('rephrase'), read('correction'), read('thanks')]).next).toBeUndefined();
    expect(verdictOf([read('none'), read('none'), read('thanks')]).next).toBeUndefined();
    expect(verdictOf([read('thanks'), read('thanks')]).next).toEqual({ kind: 'thanks' });
  });

  test('does not depend on the order of the votes, and is what more than half said', () => {
    fc.assert(
      fc.property(votes, fc.infiniteStream(fc.nat()), (given, random) => {
        const shuffled = given
          .map((vote) => ({ vote, key: random.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ vote }) => vote);
        const verdict = verdictOf(given);
        expect(verdictOf(shuffled)).toEqual(verdict);
        if (verdict.score !== undefined) {
          expect(given.length).toBeGreaterThan(1);
          const agreeing = given.filter(({ score }) => score === verdict.score).length;
          expect(agreeing).toBeGreaterThan(given.length / 2);
        }
      }),
    );
  });

  test('turned round, it is turned round', () => {
    fc.assert(
      fc.property(votes, (given) => {
        const turned = given.map(
          (vote): JudgeVote => ({ ...vote, score: vote.score === 1 ? -1 : vote.score === -1 ? 1 : 0 }),
        );
        const { score } = verdictOf(given);
        const opposite = score === undefined || score === 0 ? score : -score;
        expect(verdictOf(turned).score).toBe(opposite);
      }),
    );
  });
});

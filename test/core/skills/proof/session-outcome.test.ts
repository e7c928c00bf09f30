import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personId } from '../../../../core/domain/ids.ts';
import { type SignedVote, sessionOutcome } from '../../../../core/skills/proof/session-outcome.ts';

const by = (name: string, ...signs: readonly number[]): readonly SignedVote[] =>
  signs.map((sign) => ({ actorId: personId('web', name), sign }));
const [ann, bob] = ['ann', 'bob'].map((name) => personId('web', name));

const votes = fc.array(
  fc
    .record({ name: fc.constantFrom('ann', 'bob', 'cat'), sign: fc.constantFrom(-1, 0, 1) })
    .map(({ name, sign }) => ({ actorId: personId('web', name), sign })),
  { maxLength: 30 },
);

describe('the outcome of a session', () => {
  test('is nought and not labelled where nobody said anything', () => {
    const nothing = { outcome: 0, isLabelled: false, positives: 0, negatives: [] };
    expect(sessionOutcome([])).toEqual(nothing);
    expect(sessionOutcome(by('ann', 0, 0))).toEqual(nothing);
  });

  test('is labelled where people cancel each other out', () => {
    expect(sessionOutcome([...by('ann', 1), ...by('bob', -1)])).toEqual({
      outcome: 0,
      isLabelled: true,
      positives: 1,
      negatives: [{ personId: bob, votes: 1 }],
    });
  });

  test('is the mean over persons: who votes nine times does not outvote another', () => {
    const many = by('ann', -1, -1, -1, -1, -1, -1, -1, -1, -1);
    expect(sessionOutcome([...many, ...by('bob', 1)]).outcome).toBe(0);
    expect(sessionOutcome([...by('ann', 1, 1, 1, -1), ...by('bob', 1)]).outcome).toBe(0.75);
  });

  test('counts the good votes, and the bad ones of each person', () => {
    expect(sessionOutcome([...by('bob', -1, -1, 1), ...by('ann', -1), ...by('cat', 1)])).toMatchObject({
      positives: 2,
      negatives: [
        { personId: ann, votes: 1 },
        { personId: bob, votes: 2 },
      ],
    });
  });

  test('goes by the sign alone', () => {
    expect(sessionOutcome(by('ann', 0.5, -0.2, 0.7))).toEqual(sessionOutcome(by('ann', 1, -1, 1)));
  });

  test('lies in [−1, 1], does not depend on the order, and loses no vote', () => {
    fc.assert(
      fc.property(votes, fc.infiniteStream(fc.nat()), (given, keys) => {
        const outcome = sessionOutcome(given);
        const shuffled = given
          .map((vote) => ({ vote, key: keys.next().value }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ vote }) => vote);
        expect(sessionOutcome(shuffled)).toEqual(outcome);
        expect(Math.abs(outcome.outcome)).toBeLessThanOrEqual(1);
        const negatives = outcome.negatives.reduce((sum, entry) => sum + entry.votes, 0);
        expect(negatives).toBe(given.filter(({ sign }) => sign < 0).length);
        expect(outcome.positives).toBe(given.filter(({ sign }) => sign > 0).length);
        expect(outcome.negatives.every((entry) => entry.votes > 0)).toBe(true);
        expect(outcome.isLabelled).toBe(outcome.positives + negatives > 0);
      }),
    );
  });

  test('each further good vote of a person raises it or leaves it', () => {
    fc.assert(
      fc.property(votes, (given) => {
        const labelled = [...given, ...by('ann', 1)];
        const more = sessionOutcome([...labelled, ...by('ann', 1)]);
        expect(more.outcome).toBeGreaterThanOrEqual(sessionOutcome(labelled).outcome);
      }),
    );
  });
});

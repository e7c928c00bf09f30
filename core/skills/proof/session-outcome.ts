import type { PersonId } from '../../domain/ids.ts';
import type { Exposure } from '../../ports/trial-store.ts';

/** One person's standing word on one answer. Only its sign counts; 0 says nothing. */
export interface SignedVote {
  readonly actorId: PersonId;
  readonly sign: number;
}

export type SessionOutcome = Pick<Exposure, 'outcome' | 'isLabelled' | 'positives' | 'negatives'>;

/**
 * What people said of a session: the mean over persons of each one's mean vote, so that whoever votes most does not
 * decide; 0 and not labelled where nobody said anything. Pass the votes on the turns that the skill was retrieved for.
 * Their order does not matter.
 */
export function sessionOutcome(votes: readonly SignedVote[]): SessionOutcome {
  const people = new Map<PersonId, Ballot>();
  for (const { actorId, sign } of votes) {
    const { good, bad } = people.get(actorId) ?? { good: 0, bad: 0 };
    if (sign > 0) people.set(actorId, { good: good + 1, bad });
    if (sign < 0) people.set(actorId, { good, bad: bad + 1 });
  }
  const ballots = [...people].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const total = ballots.reduce((sum, [, { good, bad }]) => sum + (good - bad) / (good + bad), 0);
  return {
    outcome: ballots.length === 0 ? 0 : Math.max(-1, Math.min(1, total / ballots.length)),
    isLabelled: ballots.length > 0,
    positives: ballots.reduce((sum, [, { good }]) => sum + good, 0),
    negatives: ballots.flatMap(([personId, { bad }]) => (bad > 0 ? [{ personId, votes: bad }] : [])),
  };
}

interface Ballot {
  readonly good: number;
  readonly bad: number;
}

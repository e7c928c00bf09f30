import type { PersonId, TurnId } from '../domain/ids.ts';
import type { Vote } from '../ports/ledger-store.ts';

/** One person's vote on one answer as it stands. */
export interface StandingVote {
  readonly turnId: TurnId;
  readonly actorId: PersonId;
  readonly polarity: number;
  readonly sign: 1 | -1;
  /** By the platform's clock, epoch milliseconds. */
  readonly at: number;
}

type Word = Pick<StandingVote, 'polarity' | 'sign' | 'at'>;

/** By time; at one instant what is given comes before what is taken back, so that the order of the input never matters. */
function inOrder(a: Vote, b: Vote): number {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt - b.occurredAt;
  if (a.change !== b.change) return a.change === 'given' ? -1 : 1;
  return a.polarity - b.polarity;
}

/** Of each person on each answer the last vote that was not taken back. By time. The order of the input does not matter. */
export function standingVotes(votes: readonly Vote[]): readonly StandingVote[] {
  const voices = new Map<string, { readonly vote: Vote; readonly given: Word[] }>();
  for (const vote of votes.toSorted(inOrder)) {
    if (vote.polarity === 0) continue;
    const sign = vote.polarity > 0 ? 1 : -1;
    const key = `${vote.turnId} ${vote.actorId}`;
    const voice = voices.get(key) ?? { vote, given: [] };
    voices.set(key, voice);
    if (vote.change === 'given') {
      voice.given.push({ polarity: vote.polarity, sign, at: vote.occurredAt });
    } else {
      const last = voice.given.findLastIndex((word) => word.sign === sign);
      if (last !== -1) voice.given.splice(last, 1);
    }
  }
  return [...voices.values()]
    .flatMap(({ vote: { turnId, actorId }, given }) => {
      const last = given.at(-1);
      return last === undefined ? [] : [{ turnId, actorId, ...last }];
    })
    .toSorted((a, b) => a.at - b.at || (`${a.turnId} ${a.actorId}` < `${b.turnId} ${b.actorId}` ? -1 : 1));
}

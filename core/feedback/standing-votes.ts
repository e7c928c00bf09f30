import type { PersonId, TurnId } from '../domain/ids.ts';
import { standingSignals } from '../domain/reward.ts';
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

function byTurn(votes: readonly Vote[]): ReadonlyMap<TurnId, readonly Vote[]> {
  const turns = new Map<TurnId, Vote[]>();
  for (const vote of votes) {
    const found = turns.get(vote.turnId);
    if (found === undefined) turns.set(vote.turnId, [vote]);
    else found.push(vote);
  }
  return turns;
}

/** Each person's last word on one answer, by the rule that its reward is folded by. */
function lastWords(turnId: TurnId, votes: readonly Vote[]): readonly StandingVote[] {
  const words = new Map<PersonId, StandingVote>();
  for (const { actorId, polarity, occurredAt: at } of standingSignals(votes)) {
    if (actorId === undefined || polarity === 0) continue;
    words.set(actorId, { turnId, actorId, polarity, sign: polarity > 0 ? 1 : -1, at });
  }
  return [...words.values()];
}

/** Of each person on each answer the last vote that still stands. By time. The order of the input does not matter. */
export function standingVotes(votes: readonly Vote[]): readonly StandingVote[] {
  return [...byTurn(votes)]
    .flatMap(([turnId, rows]) => lastWords(turnId, rows))
    .toSorted((a, b) => a.at - b.at || (`${a.turnId} ${a.actorId}` < `${b.turnId} ${b.actorId}` ? -1 : 1));
}

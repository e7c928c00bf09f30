import type { PersonId, TurnId } from '../domain/ids.ts';
import type { Vote } from '../ports/ledger-store.ts';
import type { StandingVote } from './standing-votes.ts';

/** When a burst of like votes is suspicious. */
export interface BurstLimits {
  /** Votes at most this far apart belong to one burst, milliseconds. */
  readonly windowMs: number;
  /** So many like votes make a burst; one person's on one answer are one vote. */
  readonly minVotes: number;
  /** So many different people among them must be new or correlated. */
  readonly minSuspicious: number;
  /** A person is new for so long after their first signal in the space, milliseconds. */
  readonly newForMs: number;
  /** … and until they have rated so many answers before the burst. */
  readonly newForTurns: number;
  /** People are correlated who voted alike on so many answers inside one window. */
  readonly togetherTurns: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const defaultBurstLimits: BurstLimits = {
  windowMs: 10 * MINUTE_MS,
  minVotes: 4,
  minSuspicious: 3,
  newForMs: 7 * DAY_MS,
  newForTurns: 3,
  togetherTurns: 3,
};

/** What is known of the people in a space before a burst. */
export interface SpaceHistory {
  /** When each of them first rated each answer, as far back as a person counts as new. */
  readonly ratedAt: ReadonlyMap<PersonId, readonly number[]>;
  /** As `LedgerStore.firstSignalsAt`. */
  readonly firstSignalsAt: ReadonlyMap<PersonId, number>;
  /** The space knows people for longer than that time. In a younger one everybody is new, and being new says little. */
  readonly isOld: boolean;
}

/** By person, when they first rated each answer. The order of the input does not matter. */
export function firstRatings(votes: readonly Vote[]): ReadonlyMap<PersonId, readonly number[]> {
  const byActor = new Map<PersonId, Map<TurnId, number>>();
  for (const { actorId, turnId, occurredAt, change, polarity } of votes) {
    if (actorId === undefined || change !== 'given' || polarity === 0) continue;
    const turns = byActor.get(actorId) ?? new Map<TurnId, number>();
    turns.set(turnId, Math.min(occurredAt, turns.get(turnId) ?? occurredAt));
    byActor.set(actorId, turns);
  }
  return new Map([...byActor].map(([actorId, turns]) => [actorId, [...turns.values()]]));
}

const actorsOf = (votes: readonly StandingVote[]): readonly PersonId[] => [
  ...new Set(votes.map(({ actorId }) => actorId)),
];

/** People who each voted alike with enough others on enough answers; the votes are all of one sign and one window. */
function correlated(votes: readonly StandingVote[], limits: BurstLimits): ReadonlySet<PersonId> {
  const turnsOf = new Map<PersonId, Set<TurnId>>();
  for (const { actorId, turnId } of votes)
    turnsOf.set(actorId, (turnsOf.get(actorId) ?? new Set<TurnId>()).add(turnId));
  const busy = [...turnsOf].filter(([, turns]) => turns.size >= limits.togetherTurns);
  const areTogether = (some: ReadonlySet<TurnId>, others: ReadonlySet<TurnId>): boolean =>
    [...some].filter((turnId) => others.has(turnId)).length >= limits.togetherTurns;
  const group = busy.filter(
    ([actorId, turns]) =>
      busy.filter(([other, others]) => other !== actorId && areTogether(turns, others)).length >=
      limits.minSuspicious - 1,
  );
  return new Set(group.map(([actorId]) => actorId));
}

function newcomers(
  actorIds: readonly PersonId[],
  burstFrom: number,
  history: SpaceHistory,
  limits: BurstLimits,
): ReadonlySet<PersonId> {
  return new Set(
    actorIds.filter((actorId) => {
      const first = history.firstSignalsAt.get(actorId) ?? burstFrom;
      if (burstFrom - first >= limits.newForMs) return false;
      const before = (history.ratedAt.get(actorId) ?? []).filter((at) => at < burstFrom);
      return before.length < limits.newForTurns;
    }),
  );
}

const union = <Item>(a: ReadonlySet<Item>, b: ReadonlySet<Item>): ReadonlySet<Item> => new Set([...a, ...b]);

function suspectsAmong(
  burst: readonly StandingVote[],
  suspicious: ReadonlySet<PersonId>,
  limits: BurstLimits,
): ReadonlySet<PersonId> {
  if (burst.length < limits.minVotes) return new Set();
  const suspects = actorsOf(burst).filter((actorId) => suspicious.has(actorId));
  return suspects.length < limits.minSuspicious ? new Set() : new Set(suspects);
}

/** Whether any window holds enough like votes that the rest is worth asking for. */
export function mayHoldBurst(votes: readonly StandingVote[], limits: BurstLimits): boolean {
  return ([1, -1] as const).some((sign) => {
    const alike = votes.filter((vote) => vote.sign === sign);
    return alike.some((vote) => {
      const near = alike.filter(({ at }) => at <= vote.at && vote.at - at <= limits.windowMs);
      return near.length >= limits.minVotes && actorsOf(near).length >= limits.minSuspicious;
    });
  });
}

/**
 * The votes on one answer that belong to a suspicious burst, by time; empty where there is none. `votes`: what stands in
 * the space around it. On one answer, new and correlated people count; over several, new ones only in an old space, as a
 * young team's first day is no attack. What the asker says of their own answer is never suspicious.
 */
export function suspiciousVotes(
  turn: { readonly turnId: TurnId; readonly askerId: PersonId },
  votes: readonly StandingVote[],
  history: SpaceHistory,
  limits: BurstLimits,
): readonly StandingVote[] {
  const found = new Set<StandingVote>();
  for (const last of votes) {
    const burst = votes.filter(
      ({ sign, at }) => sign === last.sign && at <= last.at && last.at - at <= limits.windowMs,
    );
    const here = burst.filter(({ turnId }) => turnId === turn.turnId);
    const from = burst[0]?.at;
    if (here.length === 0 || from === undefined || burst.length < limits.minVotes) continue;
    const together = correlated(burst, limits);
    const fresh = newcomers(actorsOf(burst), from, history, limits);
    const suspects = union(
      suspectsAmong(here, union(together, fresh), limits),
      suspectsAmong(burst, history.isOld ? union(together, fresh) : together, limits),
    );
    for (const vote of here) if (suspects.has(vote.actorId) && vote.actorId !== turn.askerId) found.add(vote);
  }
  return [...found].toSorted((a, b) => a.at - b.at);
}

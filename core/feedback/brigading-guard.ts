import { type EventId, eventId } from '../domain/ids.ts';
import { bySignalOrder, standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';
import { type BurstLimits, firstRatings, mayHoldBurst, suspiciousVotes } from './brigading.ts';
import { type StandingVote, standingVotes } from './standing-votes.ts';

/** The rule that goes into the ledger beside each hold of the guard. */
export const guardRule = 'brigading-guard@1';

export interface GuardDeps {
  readonly ledger: Pick<LedgerStore, 'append' | 'votesBetween' | 'firstSignalsAt'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly burstLimits: BurstLimits;
}

/** Enough to see a burst; a flood beyond it is one anyway. */
const mostVotesAround = 1_000;
const mostVotesBefore = 20_000;

/** What people say of the turn as it stands: each one's last word. */
function votesOn({ turnId }: Turn, rows: readonly Signal[]): readonly StandingVote[] {
  const isOfPeople = ({ authority, actorIsBot, kind }: Signal): boolean =>
    authority === 'explicit' && !actorIsBot && kind !== 'hold';
  return standingVotes(rows.filter(isOfPeople).map((row) => ({ ...row, turnId })));
}

/** When somebody last let the turn's reward count again, by the platform's clock. */
function releasedAt(rows: readonly Signal[]): number {
  const last = rows
    .filter(({ kind, change }) => kind === 'hold' && change !== 'given')
    .toSorted(bySignalOrder)
    .at(-1);
  return last?.occurredAt ?? Number.NEGATIVE_INFINITY;
}

/** The spans around some instants, joined where they touch. */
function spansAround(instants: readonly number[], windowMs: number): readonly { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const at of instants.toSorted((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last !== undefined && at - windowMs <= last.to) last.to = at + windowMs;
    else spans.push({ from: at - windowMs, to: at + windowMs });
  }
  return spans;
}

async function suspiciousIn(
  span: { readonly from: number; readonly to: number },
  turn: Turn,
  here: readonly StandingVote[],
  { ledger, burstLimits }: GuardDeps,
): Promise<readonly StandingVote[]> {
  const { spaceId } = turn.conversation;
  const inSpace = standingVotes(await ledger.votesBetween(spaceId, span.from, span.to, mostVotesAround));
  // Of this turn by its own rows: what was taken back after the span does not stand, and no flood before them hides them.
  const around = [
    ...inSpace.filter(({ turnId }) => turnId !== turn.turnId),
    ...here.filter(({ at }) => at >= span.from && at <= span.to),
  ].toSorted((a, b) => a.at - b.at);
  if (!mayHoldBurst(around, burstLimits)) return [];
  const newFrom = span.from - burstLimits.newForMs;
  const [firstSignalsAt, before, older] = await Promise.all([
    ledger.firstSignalsAt(spaceId, [...new Set(around.map(({ actorId }) => actorId))]),
    ledger.votesBetween(spaceId, newFrom, span.to, mostVotesBefore),
    ledger.votesBetween(spaceId, 0, newFrom, 1),
  ]);
  const history = { ratedAt: firstRatings(before), firstSignalsAt, isOld: older.length > 0 };
  return suspiciousVotes(turn, around, history, burstLimits);
}

/** The same for the same burst, however often it is looked at. */
function holdId(turn: Turn, last: StandingVote): EventId {
  return eventId(turn.conversation.platform, `guard/${turn.turnId}/${last.at}`);
}

/**
 * Looks whether the words about a turn are part of a suspicious burst, and writes one hold for a maintainer if so.
 * Resolves with the turn's rows, that one included. A turn that was released is held again only for suspicious votes
 * that came later. Rejects with storage errors.
 */
export async function guardTurn(
  turn: Turn,
  rows: readonly Signal[],
  deps: GuardDeps,
): Promise<readonly Signal[]> {
  const standing = standingSignals(rows);
  if (standing.some(({ kind }) => kind === 'hold')) return rows;
  const after = releasedAt(rows);
  const here = votesOn(turn, rows);
  const votes = here.filter(({ actorId, at }) => actorId !== turn.askerId && at > after);
  const spans = spansAround(
    votes.map(({ at }) => at),
    deps.burstLimits.windowMs,
  );
  const found: StandingVote[] = [];
  for (const span of spans) found.push(...(await suspiciousIn(span, turn, here, deps)));
  const last = found.filter(({ at }) => at > after).at(-1);
  if (last === undefined) return rows;
  const { platform, spaceId } = turn.conversation;
  const hold: Signal = {
    eventId: holdId(turn, last),
    platform,
    spaceId,
    target: { kind: 'turn', turnId: turn.turnId },
    actorIsBot: false,
    change: 'given',
    kind: 'hold',
    slot: 'hold',
    name: 'hold',
    polarity: 0,
    authority: 'explicit',
    weight: 1,
    rule: guardRule,
    // By the platform's clock like the votes and like a release, so that the one that came later stands.
    occurredAt: last.at,
    recordedAt: deps.clock.now(),
  };
  await deps.ledger.append(hold);
  deps.logger.warn('reward_held', { turnId: turn.turnId, votes: found.length });
  return [...rows, hold];
}

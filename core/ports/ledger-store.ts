import type { EventId, PersonId, SpaceId, TurnId } from '../domain/ids.ts';
import type { Reward } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';

/** What a settled reward is for; each has a quiet time of its own. */
export type SettlementUse = 'skills' | 'weights';

/**
 * What a settled turn may become for this use. `support`: a failure that a skill change may learn from. `query`: a
 * sample for the weights. `hold_out`: neither, kept to test both. `statistics`: counted only.
 */
export type Role = 'support' | 'query' | 'hold_out' | 'statistics';

export interface RoleDecision {
  readonly role: Role;
  /** Why, one of the words that `core/feedback/decide-role.ts` lists. */
  readonly reason: string;
}

export interface Settlement {
  readonly turnId: TurnId;
  readonly use: SettlementUse;
  /** `open` until `dueAt` has passed without a further signal. `used`: a batch was trained on it, or a skill made from it; it never opens again. */
  readonly state: 'open' | 'settled' | 'used';
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Meaningful when settled. */
  readonly reward: Reward;
  /** Meaningful when settled; with the reason `settled_before_roles` where that was before there were roles. */
  readonly decision: RoleDecision;
  /** +1 each time it was opened again or its quiet time started over. */
  readonly revision: number;
  /** Signals that came after it was used: too late. One that was open when a skill was made from it has at least one. */
  readonly lateSignals: number;
  /** The generation whose making dropped it as a sample: it never becomes one again, whatever is said later. */
  readonly droppedBy?: number;
}

/** A row about a turn's quality, with all that tells whether it stands, for those who look at many turns. */
export interface Vote
  extends Pick<
    Signal,
    'eventId' | 'actorId' | 'change' | 'kind' | 'slot' | 'name' | 'polarity' | 'occurredAt'
  > {
  readonly turnId: TurnId;
}

/** A row with its place in the ledger. */
export interface LedgerRow {
  /** From 1, growing, without meaning otherwise. */
  readonly sequence: number;
  readonly signal: Signal;
}

export interface SettlementCounts {
  readonly open: number;
  readonly settled: number;
  /** Of these, with a known reward. */
  readonly rewarded: number;
  readonly held: number;
  readonly used: number;
  readonly lateSignals: number;
  /** Settled and used, by what they may become. */
  readonly roles: Readonly<Record<Role, number>>;
}

/** When a quiet time ends, by use, epoch milliseconds. */
export type DueTimes = Readonly<Partial<Record<SettlementUse, number>>>;

/** Append-only ledger of signals, and the rewards derived from it. Durability and errors as in `InboxStore`. */
export interface LedgerStore {
  /** One row; the same event id again is a `duplicate` and changes nothing. Several calls may share one commit. */
  append(signal: Signal): Promise<'stored' | 'duplicate'>;
  /** All rows of a turn: those that name it and those that name one of its messages. In fold order. */
  ofTurn(turnId: TurnId): Promise<readonly Signal[]>;
  has(eventId: EventId): Promise<boolean>;
  /** Forgets rows recorded before `olderThan` (epoch ms) whose message turned out to be none of ours. Resolves with how many. */
  forgetUnmatched(olderThan: number): Promise<number>;
  count(): Promise<number>;
  /** Rows after `afterSequence`, in the order they were written, at most `limit`. */
  page(afterSequence: number, limit: number): Promise<readonly LedgerRow[]>;
  /** The newest row's sequence, 0 in an empty ledger. */
  newest(): Promise<number>;
  /** Explicit words with a polarity about turns of this space whose platform time lies in [from, to], epoch ms, and whatever takes such words back, at most `limit`, oldest first. Bots' and holds are left out. */
  votesBetween(spaceId: SpaceId, from: number, to: number, limit: number): Promise<readonly Vote[]>;
  /** When each of these people gave their first signal in this space, by platform time; absent for those who gave none. What a judge or a tool said does not count. */
  firstSignalsAt(spaceId: SpaceId, actorIds: readonly PersonId[]): Promise<ReadonlyMap<PersonId, number>>;
  /** The latest turns, the last rated first, among the newest 20,000 ratings, that a judge voted on (`name` of the row as given) and that people rated by reaction, button or command. */
  judgedAndRated(name: string, limit: number): Promise<readonly TurnId[]>;
  /** Turns of this space on which a hold stands, the latest held first, at most `limit`. */
  heldTurns(spaceId: SpaceId, limit: number): Promise<readonly TurnId[]>;

  /**
   * Starts or restarts a turn's quiet time for each use given, in one commit: state `open`, due at that instant (epoch
   * ms). One that was used stays as it is and counts one more late signal.
   */
  schedule(turnId: TurnId, dueAt: DueTimes): Promise<void>;
  /** Open settlements due at or before `now`, the longest due first. */
  due(now: number, limit: number): Promise<readonly Settlement[]>;
  /** When the next open settlement is due, epoch ms. */
  nextDueAt(): Promise<number | undefined>;
  /** Settles unless it was reopened since (`revision` differs): then false and nothing changes. One that was dropped is never a `query`: it becomes `statistics` with the reason `library_changed` instead. */
  settle(
    turnId: TurnId,
    use: SettlementUse,
    revision: number,
    reward: Reward,
    decision: RoleDecision,
  ): Promise<boolean>;
  /** Marks settled ones as used by a batch, all in one commit. Resolves with how many were; open ones stay open, and dropped ones as they are. */
  markUsed(turnIds: readonly TurnId[], use: SettlementUse): Promise<number>;
  /** Settled and used ones of this use with a turn id after `afterTurnId`, by turn id, at most `limit`. */
  settledPage(use: SettlementUse, afterTurnId: string, limit: number): Promise<readonly Settlement[]>;
  settlement(turnId: TurnId, use: SettlementUse): Promise<Settlement | undefined>;
  settlementCounts(use: SettlementUse): Promise<SettlementCounts>;
}

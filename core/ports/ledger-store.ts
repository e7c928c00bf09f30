import type { EventId, TurnId } from '../domain/ids.ts';
import type { Reward } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';

/** What a settled reward is for; each has a quiet time of its own. */
export type SettlementUse = 'skills' | 'weights';

export interface Settlement {
  readonly turnId: TurnId;
  readonly use: SettlementUse;
  /** `open` until `dueAt` has passed without a further signal. */
  readonly state: 'open' | 'settled';
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Meaningful when settled. */
  readonly reward: Reward;
  /** +1 each time it was opened again or its quiet time started over. */
  readonly revision: number;
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

  /** Starts or restarts a turn's quiet time for each use given, in one commit: state `open`, due at that instant (epoch ms). */
  schedule(turnId: TurnId, dueAt: DueTimes): Promise<void>;
  /** Open settlements due at or before `now`, the longest due first. */
  due(now: number, limit: number): Promise<readonly Settlement[]>;
  /** When the next open settlement is due, epoch ms. */
  nextDueAt(): Promise<number | undefined>;
  /** Settles unless it was reopened since (`revision` differs): then false and nothing changes. */
  settle(turnId: TurnId, use: SettlementUse, revision: number, reward: Reward): Promise<boolean>;
  settlement(turnId: TurnId, use: SettlementUse): Promise<Settlement | undefined>;
  /** How many turns' rewards for this use are open, settled, and settled as known. */
  settlementCounts(use: SettlementUse): Promise<Readonly<Record<'open' | 'settled' | 'rewarded', number>>>;
}

import type { PastWindow, ScheduleState, WindowSignal } from '../domain/schedule.ts';

/** The state of one scope's window as it was last told. */
export interface StoredSchedule {
  readonly state: ScheduleState;
  /** Epoch milliseconds. */
  readonly since: number;
  /** While it is not `waiting`: when the window opened, and by what. */
  readonly openedAt?: number;
  readonly openedBy?: readonly WindowSignal[];
  readonly workedMs?: number;
  /** When it was last seen open. */
  readonly seenAt?: number;
  /** Since when there was no time to work although something waited. */
  readonly starvedSince?: number;
}

/** States of windows, and windows as they were, by `policyScopeKey`. Durability and errors as in `InboxStore`. */
export interface WindowStore {
  state(scopeKey: string): Promise<StoredSchedule | undefined>;
  setState(scopeKey: string, state: StoredSchedule): Promise<void>;
  /** Adds one that has closed and sets the state, at once. */
  close(scopeKey: string, window: PastWindow, state: StoredSchedule): Promise<void>;
  /** Those of a scope that ended after an instant, oldest first. */
  past(scopeKey: string, since: number): Promise<readonly PastWindow[]>;
  /** Forgets those that ended before an instant. */
  prune(before: number): Promise<void>;
}

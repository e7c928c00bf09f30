import type { TurnId } from '../domain/ids.ts';

/** Whether the person's next message was in view. */
export type JudgeView = 'alone' | 'with_next';

export interface JudgeJob {
  readonly turnId: TurnId;
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** Looks that failed since one came to an end. */
  readonly attempts: number;
  /** Looks that came to an end, whatever they found. */
  readonly seen: readonly JudgeView[];
}

/** Turns that wait for the judge. Durability and errors as in `InboxStore`. */
export interface JudgeQueue {
  /** The turn waits from that instant on (epoch ms). Again: the earlier instant stays; what was seen stays seen. */
  put(turnId: TurnId, dueAt: number): Promise<void>;
  /** What is due at or before `now`, the longest due first. */
  due(now: number, limit: number): Promise<readonly JudgeJob[]>;
  /**
   * Turns that were seen alone only and whose person has spoken again in the same session since, newest first: they wait
   * again from now on. Resolves with how many.
   */
  putAnswered(now: number, limit: number): Promise<number>;
  /** The look came to an end: the turn no longer waits. */
  done(turnId: TurnId, view: JudgeView): Promise<void>;
  /** The look failed; it waits until then. */
  postpone(turnId: TurnId, dueAt: number): Promise<void>;
  /** How many wait, and since when the longest. */
  backlog(): Promise<{ readonly waiting: number; readonly oldestDueAt?: number }>;
  /** Adds calls to what this day has spent and resolves with its sum. `day`: `2026-01-05`. Adding 0 only asks. */
  spend(day: string, calls: number): Promise<number>;
}

import type { Turn } from '../domain/turn.ts';

/** Turns that wait to become samples for the weights, seen from the library. Durability and errors as in `InboxStore`. */
export interface SampleStore {
  /**
   * Turns sampled under `generation` or an earlier one whose settlement for weights is open, or settled as a sample, and
   * not dropped; by turn id after `afterTurnId`, at most `limit`.
   */
  waiting(generation: number, afterTurnId: string, limit: number): Promise<readonly WaitingSample[]>;
  /** How many were dropped by changes of the library, were trained on, and wait. What would not have become a sample anyway counts nowhere. */
  counts(): Promise<SampleCounts>;
}

export type WaitingSample = Pick<
  Turn,
  | 'turnId'
  | 'conversation'
  | 'conversationKey'
  | 'askerId'
  | 'requestText'
  | 'generation'
  | 'skills'
  | 'maskedSkills'
>;

export interface SampleCounts {
  readonly dropped: number;
  readonly trained: number;
  readonly waiting: number;
}

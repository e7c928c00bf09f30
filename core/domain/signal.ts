import type { EventId, PersonId, Platform, SpaceId, TurnId } from './ids.ts';
import type { MessageRef } from './message-ref.ts';

/** Whose word counts first where several speak of one turn. */
export type Authority = 'explicit' | 'regenerate' | 'judge';

/** What a signal is about: a message of ours (resolved through the message index when folded) or a turn directly. */
export type SignalTarget =
  | { readonly kind: 'message'; readonly ref: MessageRef }
  | { readonly kind: 'turn'; readonly turnId: TurnId };

/**
 * `feedback`: by command. `next`: what a judge read in the same person's next message (`correction`, `rephrase`,
 * `thanks`, `regenerate`, `abandonment`). `judge`: its vote on the answer. `tool`: how a tool call ended (`ok`,
 * `failed`), polarity 0. `hold`: keeps the turn's reward back while it stands; polarity 0.
 */
export type SignalKind =
  | 'reaction'
  | 'button'
  | 'feedback'
  | 'reason'
  | 'correction'
  | 'regenerate'
  | 'next'
  | 'judge'
  | 'tool'
  | 'hold';

/**
 * One row of the append-only feedback ledger. A retraction is a further row, never an update.
 * `slot` says what a row replaces or withdraws: rows of one actor in one slot follow each other (a reaction's slot is
 * its emoji, under whatever name, so several may stand; a button's slot is `button`, so the last one stands).
 */
export interface Signal {
  readonly eventId: EventId;
  readonly platform: Platform;
  readonly spaceId: SpaceId;
  readonly target: SignalTarget;
  /** Absent only on `cleared` rows: they speak of everybody. */
  readonly actorId?: PersonId;
  readonly actorIsBot: boolean;
  /** `given` stands until withdrawn, replaced or cleared. `cleared` withdraws everybody's rows of its slot, or of every reaction where `slot` is absent. */
  readonly change: 'given' | 'withdrawn' | 'cleared';
  readonly kind: SignalKind;
  readonly slot?: string;
  /**
   * What was given. A reaction or button: as the platform names it (the emoji, `good`, `bad`). A reason: `wrong` (the
   * content) or `unwelcome` (tone, length, should not have spoken). A correction: `wrong`.
   */
  readonly name: string;
  /** The person's own words: what was wrong, what the answer should have been, or the hint that a judge quoted from them. */
  readonly text?: string;
  /** −1 … 1 by the polarity table when it was given; 0 means it says nothing about quality. */
  readonly polarity: number;
  readonly authority: Authority;
  /** How far its polarity may be trusted, 0 … 1: 1 for what people gave, the judge's calibrated weight for what it read. Frozen with the row; with 0 the row is kept and does not count. */
  readonly weight: number;
  /** What it was read from where that is not its own event: the next message, the judge's look at the turn. */
  readonly sourceEventId?: EventId;
  /** Which rule made this row, for `ledger tail` and for audits: `polarity-table@1`. */
  readonly rule: string;
  /** By the platform's clock, epoch milliseconds. */
  readonly occurredAt: number;
  /** By ours, epoch milliseconds. */
  readonly recordedAt: number;
}

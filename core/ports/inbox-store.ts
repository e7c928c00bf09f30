import type { ConversationKey } from '../domain/conversation.ts';
import type { EventId } from '../domain/ids.ts';
import type { ActionInvoked, CommandInvoked, MessageReceived } from '../domain/inbound-event.ts';
import type { MessageRef } from '../domain/message-ref.ts';

/** The events that become work. Signals go to the ledger instead. */
export type InboxEvent = MessageReceived | CommandInvoked | ActionInvoked;

export interface InboxRow {
  /** Order of acceptance, gap-free per store, never reused. Trust this and not the clock. */
  readonly sequence: number;
  readonly conversationKey: ConversationKey;
  readonly event: InboxEvent;
  /** Epoch milliseconds. */
  readonly acceptedAt: number;
  /** How many times work on it was begun and not called off. */
  readonly attempts: number;
}

/**
 * Accepted events until their work is done. All methods reject with `storage_busy`, `storage_full` or `storage_failed`
 * when nothing was changed.
 */
export interface InboxStore {
  /** Durable when it resolves (several calls may share one commit). The same event id again is a `duplicate`, also after `finish`. */
  accept(event: InboxEvent, conversationKey: ConversationKey, acceptedAt: number): Promise<AcceptResult>;
  /** Whether `accept` would call it a duplicate. */
  has(eventId: EventId): Promise<boolean>;
  /** Rows not finished, in order of acceptance. */
  pending(): Promise<readonly InboxRow[]>;
  /** Counts one more attempt; resolves with the new number of the most-tried row. */
  begin(eventIds: readonly EventId[]): Promise<number>;
  /** Takes one attempt back: the work was called off in good order and begins anew. Never below zero. */
  callOff(eventIds: readonly EventId[]): Promise<void>;
  /** No work will follow. Unknown and finished ids are no error. Turns finish their own events (`TurnStore.end`). */
  finish(eventIds: readonly EventId[]): Promise<void>;
  /** Changes the words of a waiting message. False when none waits under that reference. */
  replaceText(ref: MessageRef, text: string): Promise<boolean>;
  /** Forgets finished rows accepted before `olderThan` (epoch ms); their event ids may then be accepted again. Resolves with how many. */
  prune(olderThan: number): Promise<number>;
}

export type AcceptResult =
  | { readonly kind: 'stored'; readonly sequence: number }
  | { readonly kind: 'duplicate' };

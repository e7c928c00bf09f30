import type { ConversationKey } from '../domain/conversation.ts';

/** One message of a platform that keeps no history of its own (the built-in page). */
export interface TranscriptMessage {
  readonly messageId: string;
  readonly conversationKey: ConversationKey;
  readonly from: 'person' | 'bot';
  /** What the adapter needs to show it again; JSON. */
  readonly content: unknown;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Durability and errors as in `InboxStore`. */
export interface TranscriptStore {
  /** The same message id again replaces content and keeps place and time. */
  put(message: TranscriptMessage): Promise<void>;
  get(messageId: string): Promise<TranscriptMessage | undefined>;
  remove(messageId: string): Promise<boolean>;
  /** The last `limit` messages in the order of their first `put`. */
  list(conversationKey: ConversationKey, limit: number): Promise<readonly TranscriptMessage[]>;
}

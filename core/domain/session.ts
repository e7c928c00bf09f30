import type { ConversationKey } from './conversation.ts';
import type { SessionId } from './ids.ts';

export type SessionEnd = 'gap' | 'command' | 'shutdown';

/** The turns of a conversation up to an idle gap or `/new`. */
export interface Session {
  readonly sessionId: SessionId;
  readonly conversationKey: ConversationKey;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly lastActiveAt: number;
  readonly endedAt?: number;
  readonly endReason?: SessionEnd;
  /** The session that a shutdown cut off and this one goes on with: its turns stay in the history window. */
  readonly continues?: SessionId;
}

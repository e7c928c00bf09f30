import type { ConversationKey } from '../domain/conversation.ts';
import type { SessionId } from '../domain/ids.ts';
import type { Session, SessionEnd } from '../domain/session.ts';

/** Sessions of conversations. At most one is open per conversation. Durability and errors as in `InboxStore`. */
export interface SessionStore {
  /** The same id again changes nothing. Rejects with `conflict` when the conversation has another open session. */
  open(session: Session): Promise<void>;
  /** The open session, if any. */
  current(conversationKey: ConversationKey): Promise<Session | undefined>;
  /** The session opened last, open or ended. */
  latest(conversationKey: ConversationKey): Promise<Session | undefined>;
  get(sessionId: SessionId): Promise<Session | undefined>;
  /** Moves an open session's last activity on, never back. */
  touch(sessionId: SessionId, at: number): Promise<void>;
  /** Ends it once; a session that has ended keeps its end. Resolves with whether it ended now. */
  end(sessionId: SessionId, at: number, reason: SessionEnd): Promise<boolean>;
  /** Open sessions last active at or before `at`. */
  idleSince(at: number): Promise<readonly Session[]>;
  openSessions(): Promise<readonly Session[]>;
}

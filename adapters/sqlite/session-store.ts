import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationKey } from '../../core/domain/conversation.ts';
import type { SessionId } from '../../core/domain/ids.ts';
import type { Session, SessionEnd } from '../../core/domain/session.ts';
import type { SessionStore } from '../../core/ports/session-store.ts';
import type { SqliteDatabase } from './database.ts';

interface SessionRow {
  readonly session_id: SessionId;
  readonly conversation_key: ConversationKey;
  readonly started_at: number;
  readonly last_active_at: number;
  readonly ended_at: number | null;
  readonly end_reason: SessionEnd | null;
  readonly continues: SessionId | null;
}

function toSession(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    conversationKey: row.conversation_key,
    startedAt: row.started_at,
    lastActiveAt: row.last_active_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
    ...(row.continues === null ? {} : { continues: row.continues }),
  };
}

const SELECT = `
  SELECT session_id, conversation_key, started_at, last_active_at, ended_at, end_reason, continues
  FROM sessions`;

export function createSessionStore(database: SqliteDatabase): SessionStore {
  type InsertParams = [string, string, number, number, number | null, string | null, string | null];
  const insert = database.statement<InsertParams>(`
    INSERT INTO sessions
      (session_id, conversation_key, started_at, last_active_at, ended_at, end_reason, continues)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const byId = database.statement<[string], SessionRow>(`${SELECT} WHERE session_id = ?`);
  const openOf = database.statement<[string], SessionRow>(
    `${SELECT} WHERE conversation_key = ? AND ended_at IS NULL`,
  );
  const latestOf = database.statement<[string], SessionRow>(
    `${SELECT} WHERE conversation_key = ? ORDER BY ordinal DESC LIMIT 1`,
  );
  // The clock may have jumped back: activity never becomes older.
  const touch = database.statement<[number, string]>(`
    UPDATE sessions SET last_active_at = MAX(last_active_at, ?) WHERE session_id = ? AND ended_at IS NULL`);
  const end = database.statement<[number, string, string]>(
    'UPDATE sessions SET ended_at = ?, end_reason = ? WHERE session_id = ? AND ended_at IS NULL',
  );
  const idle = database.statement<[number], SessionRow>(
    `${SELECT} WHERE ended_at IS NULL AND last_active_at <= ? ORDER BY last_active_at, ordinal`,
  );
  // The plus keeps the order from being read off the table, which holds every session there ever was.
  const open = database.statement<[], SessionRow>(`${SELECT} WHERE ended_at IS NULL ORDER BY +ordinal`);

  const one = (read: () => SessionRow | undefined): Session | undefined => {
    const row = database.attempt(read);
    return row && toSession(row);
  };

  return {
    open: (session) =>
      database.group(() => {
        if (byId.get(session.sessionId) !== undefined) return;
        if (session.endedAt === undefined && openOf.get(session.conversationKey) !== undefined) {
          throw new AppError(
            'conflict',
            'This conversation has an open session. End it before opening another.',
          );
        }
        insert.run(
          session.sessionId,
          session.conversationKey,
          session.startedAt,
          session.lastActiveAt,
          session.endedAt ?? null,
          session.endReason ?? null,
          session.continues ?? null,
        );
      }),
    current: async (conversationKey) => one(() => openOf.get(conversationKey)),
    latest: async (conversationKey) => one(() => latestOf.get(conversationKey)),
    get: async (sessionId) => one(() => byId.get(sessionId)),
    touch: async (sessionId, at) => {
      await database.group(() => touch.run(at, sessionId));
    },
    end: async (sessionId, at, reason) => (await database.group(() => end.run(at, reason, sessionId))) > 0,
    idleSince: async (at) => database.attempt(() => idle.all(at)).map(toSession),
    openSessions: async () => database.attempt(() => open.all()).map(toSession),
  };
}

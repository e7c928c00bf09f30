import type { ConversationKey } from '../../core/domain/conversation.ts';
import type { AcceptResult, InboxRow, InboxStore } from '../../core/ports/inbox-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isInboxEvent, parseColumn } from './wire.ts';

interface PendingRow {
  readonly sequence: number;
  readonly event_id: string;
  readonly conversation_key: ConversationKey;
  readonly event: string;
  readonly accepted_at: number;
  readonly attempts: number;
}

function toInboxRow(row: PendingRow): InboxRow | undefined {
  const event = parseColumn(row.event, isInboxEvent);
  return (
    event && {
      sequence: row.sequence,
      conversationKey: row.conversation_key,
      event,
      acceptedAt: row.accepted_at,
      attempts: row.attempts,
    }
  );
}

/** The statement that ends work on events; `TurnStore.end` runs it inside its own commit. Takes a JSON array of ids. */
export const FINISH_EVENTS = `
  UPDATE inbox SET finished = 1, event = '', platform = NULL, channel_id = NULL, message_id = NULL
  WHERE finished = 0 AND event_id IN (SELECT value FROM json_each(?))`;

export function createInboxStore(database: SqliteDatabase): InboxStore {
  const known = database.statement<[string], { sequence: number }>(
    'SELECT sequence FROM inbox WHERE event_id = ?',
  );
  type InsertParams = [string, string, string | null, string | null, string | null, string, number];
  const insert = database.statement<InsertParams>(`
    INSERT INTO inbox (event_id, conversation_key, platform, channel_id, message_id, event, accepted_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const pending = database.statement<[], PendingRow>(`
    SELECT sequence, event_id, conversation_key, event, accepted_at, attempts
    FROM inbox WHERE finished = 0 ORDER BY sequence`);
  const begin = database.statement<[string], { attempts: number }>(`
    UPDATE inbox SET attempts = attempts + 1
    WHERE finished = 0 AND event_id IN (SELECT value FROM json_each(?)) RETURNING attempts`);
  const callOff = database.statement<[string]>(`
    UPDATE inbox SET attempts = attempts - 1
    WHERE finished = 0 AND attempts > 0 AND event_id IN (SELECT value FROM json_each(?))`);
  const finish = database.statement<[string]>(FINISH_EVENTS);
  const waiting = database.statement<[string, string, string], PendingRow>(`
    SELECT sequence, event_id, conversation_key, event, accepted_at, attempts
    FROM inbox WHERE finished = 0 AND platform = ? AND channel_id = ? AND message_id = ?`);
  const rewrite = database.statement<[string, number]>('UPDATE inbox SET event = ? WHERE sequence = ?');
  const prune = database.statement<[number]>('DELETE FROM inbox WHERE finished = 1 AND accepted_at < ?');

  return {
    accept: async (event, conversationKey, acceptedAt) => {
      const json = JSON.stringify(event);
      const ref = event.type === 'message_received' ? event.ref : undefined;
      return database.group((): AcceptResult => {
        // Looked up first, as an insert that is refused may still use up a sequence number.
        if (known.get(event.eventId) !== undefined) return { kind: 'duplicate' };
        const sequence = insert.insert(
          event.eventId,
          conversationKey,
          ref?.platform ?? null,
          ref?.channelId ?? null,
          ref?.messageId ?? null,
          json,
          acceptedAt,
        );
        return { kind: 'stored', sequence };
      });
    },
    has: async (eventId) => database.attempt(() => known.get(eventId)) !== undefined,
    pending: async () => {
      const rows = database.attempt(() => pending.all());
      return readRows(database.logger, 'inbox', rows, (row) => row.event_id, toInboxRow);
    },
    begin: async (eventIds) => {
      const rows = await database.group(() => begin.all(JSON.stringify(eventIds)));
      return Math.max(0, ...rows.map((row) => row.attempts));
    },
    callOff: async (eventIds) => {
      await database.group(() => callOff.run(JSON.stringify(eventIds)));
    },
    finish: async (eventIds) => {
      await database.group(() => finish.run(JSON.stringify(eventIds)));
    },
    replaceText: (ref, text) =>
      database.groupTransact(() => {
        const rows = waiting.all(ref.platform, ref.channelId, ref.messageId);
        const found = readRows(database.logger, 'inbox', rows, (row) => row.event_id, toInboxRow);
        for (const { sequence, event } of found) rewrite.run(JSON.stringify({ ...event, text }), sequence);
        return found.length > 0;
      }),
    prune: async (olderThan) => database.attempt(() => prune.run(olderThan)),
  };
}

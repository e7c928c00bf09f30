import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationKey } from '../../core/domain/conversation.ts';
import type { TranscriptMessage, TranscriptStore } from '../../core/ports/transcript-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { parseJson } from './wire.ts';

interface TranscriptRow {
  readonly message_id: string;
  readonly conversation_key: ConversationKey;
  readonly sender: 'person' | 'bot';
  readonly content: string;
  readonly sent_at: number;
}

function toMessage(row: TranscriptRow): TranscriptMessage | undefined {
  const content = parseJson(row.content);
  if (content === undefined) return undefined;
  return {
    messageId: row.message_id,
    conversationKey: row.conversation_key,
    from: row.sender,
    content,
    at: row.sent_at,
  };
}

const COLUMNS = 'message_id, conversation_key, sender, content, sent_at';

export function createTranscriptStore(database: SqliteDatabase): TranscriptStore {
  const put = database.statement<[string, string, string, string, number]>(`
    INSERT INTO transcript (${COLUMNS}) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (message_id) DO UPDATE SET content = excluded.content`);
  const one = database.statement<[string], TranscriptRow>(
    `SELECT ${COLUMNS} FROM transcript WHERE message_id = ?`,
  );
  const last = database.statement<[string, number], TranscriptRow>(
    `SELECT ${COLUMNS} FROM transcript WHERE conversation_key = ? ORDER BY ordinal DESC LIMIT ?`,
  );
  const remove = database.statement<[string]>('DELETE FROM transcript WHERE message_id = ?');

  const read = (rows: readonly TranscriptRow[]): readonly TranscriptMessage[] =>
    readRows(database.logger, 'transcript', rows, (row) => row.message_id, toMessage);

  return {
    put: async ({ messageId, conversationKey, from, content, at }) => {
      const json: string | undefined = JSON.stringify(content);
      if (json === undefined) throw new AppError('invalid_input', 'The content of a message must be JSON.');
      database.attempt(() => put.run(messageId, conversationKey, from, json, at));
    },
    get: async (messageId) => {
      const row = database.attempt(() => one.get(messageId));
      return row && read([row])[0];
    },
    remove: async (messageId) => database.attempt(() => remove.run(messageId)) > 0,
    list: async (conversationKey, limit) =>
      read(database.attempt(() => last.all(conversationKey, limit))).toReversed(),
  };
}

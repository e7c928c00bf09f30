import { AppError } from '../../core/domain/app-error.ts';
import type { TurnId } from '../../core/domain/ids.ts';
import type { SendIntent } from '../../core/domain/turn.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { INDEX_REPLY } from './turn-params.ts';
import { isDocument, parseColumn } from './wire.ts';

type Sends = Pick<TurnStore, 'intend' | 'sent' | 'shown' | 'sendFailed' | 'unsent' | 'sends' | 'hasIntended'>;

interface SendRow {
  readonly turn_id: TurnId;
  readonly position: number;
  readonly send_key: string;
  readonly state: SendIntent['state'];
  readonly body: string;
  readonly intended_at: number;
  readonly platform: string | null;
  readonly channel_id: string | null;
  readonly message_id: string | null;
}

function toSendIntent(row: SendRow): SendIntent | undefined {
  const body = parseColumn(row.body, isDocument);
  if (body === undefined) return undefined;
  const { platform, channel_id: channelId, message_id: messageId } = row;
  return {
    turnId: row.turn_id,
    index: row.position,
    sendKey: row.send_key,
    state: row.state,
    intendedAt: row.intended_at,
    ...(platform === null || channelId === null || messageId === null
      ? {}
      : { ref: { platform, channelId, messageId } }),
    body,
  };
}

/** The part of the turn store that keeps the messages of an answer and the index from message to turn. */
export function createTurnSends(database: SqliteDatabase): Sends {
  const intend = database.statement<[string, number, string, string, number]>(`
    INSERT INTO sends (turn_id, position, send_key, state, body, intended_at)
    VALUES (?, ?, ?, 'intended', ?, ?)
    ON CONFLICT (turn_id, position) DO UPDATE SET
      intended_at = iif(send_key = excluded.send_key, intended_at, excluded.intended_at),
      send_key = excluded.send_key, state = 'intended',
      body = excluded.body, platform = NULL, channel_id = NULL, message_id = NULL`);
  const sent = database.statement<[string, string, string, string, number]>(`
    UPDATE sends SET state = 'sent', platform = ?, channel_id = ?, message_id = ?
    WHERE turn_id = ? AND position = ?`);
  const index = database.statement<[string, string, string, string]>(INDEX_REPLY);
  const firstReply = database.statement<[number, string]>(
    'UPDATE turns SET first_reply_at = ? WHERE turn_id = ? AND first_reply_at IS NULL',
  );
  const shown = database.statement<[string, string, number]>(
    'UPDATE sends SET body = ? WHERE turn_id = ? AND position = ?',
  );
  const failed = database.statement<[string, number]>(
    "UPDATE sends SET state = 'failed' WHERE turn_id = ? AND position = ?",
  );
  const remove = database.statement<[string, number], SendRow>(
    'DELETE FROM sends WHERE turn_id = ? AND position = ? RETURNING *',
  );
  const takeOut = database.statement<[string, string, string, string]>(`
    UPDATE reply_messages SET current = 0
    WHERE platform = ? AND channel_id = ? AND message_id = ? AND turn_id = ?`);
  const sends = database.statement<[string], SendRow>(
    'SELECT * FROM sends WHERE turn_id = ? ORDER BY position',
  );
  // Once the turn has ended the id of an unresolved send will not become known any more.
  const intended = database.statement<[string, string], { turn_id: string }>(`
    SELECT s.turn_id FROM sends s JOIN turns t ON t.turn_id = s.turn_id
    WHERE s.state = 'intended' AND t.state IN ('open', 'answered') AND t.platform = ? AND t.channel_id = ?
    LIMIT 1`);

  return {
    intend: async (turnId, position, sendKey, body, at) => {
      const json = JSON.stringify(body);
      await database.group(() => intend.run(turnId, position, sendKey, json, at));
    },
    sent: (turnId, position, ref, at) =>
      database.groupTransact(() => {
        const { platform, channelId, messageId } = ref;
        if (sent.run(platform, channelId, messageId, turnId, position) === 0) {
          throw new AppError('not_found', `Send ${position} of turn ${turnId} was never intended.`);
        }
        index.run(platform, channelId, messageId, turnId);
        firstReply.run(at, turnId);
      }),
    shown: async (turnId, position, body) => {
      const json = JSON.stringify(body);
      await database.group(() => shown.run(json, turnId, position));
    },
    sendFailed: async (turnId, position) => {
      await database.group(() => failed.run(turnId, position));
    },
    unsent: (turnId, position) =>
      database.groupTransact(() => {
        for (const row of remove.all(turnId, position)) {
          if (row.platform === null || row.channel_id === null || row.message_id === null) continue;
          takeOut.run(row.platform, row.channel_id, row.message_id, turnId);
        }
      }),
    sends: async (turnId) => {
      const rows = database.attempt(() => sends.all(turnId));
      return readRows(
        database.logger,
        'sends',
        rows,
        (row) => `${row.turn_id} ${row.position}`,
        toSendIntent,
      );
    },
    hasIntended: async (platform, channelId) =>
      database.attempt(() => intended.get(platform, channelId)) !== undefined,
  };
}

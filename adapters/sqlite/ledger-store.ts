import { bySignalOrder } from '../../core/domain/reward.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { SqliteDatabase } from './database.ts';
import { createLedgerReads } from './ledger-reads.ts';
import { SIGNAL_COLUMNS, type SignalRow, signalParams, toSignal } from './ledger-rows.ts';
import { createSettlements } from './settlements.ts';

export function createLedgerStore(database: SqliteDatabase): LedgerStore {
  const known = database.statement<[string], { sequence: number }>(
    'SELECT sequence FROM ledger WHERE event_id = ?',
  );
  const insert = database.statement<readonly (string | number | null)[]>(
    `INSERT INTO ledger (${SIGNAL_COLUMNS})
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (event_id) DO NOTHING`,
  );
  const ofTurn = database.statement<[string, string], SignalRow>(`
    SELECT ${SIGNAL_COLUMNS} FROM ledger WHERE target_turn_id = ?
    UNION ALL
    SELECT ${SIGNAL_COLUMNS} FROM ledger WHERE sequence IN (
      SELECT l.sequence FROM reply_messages r JOIN ledger l
        ON l.target_platform = r.platform AND l.target_channel_id = r.channel_id
        AND l.target_message_id = r.message_id
      WHERE r.turn_id = ?)`);
  const isOurs = `EXISTS (SELECT 1 FROM reply_messages r WHERE r.platform = l.target_platform
    AND r.channel_id = l.target_channel_id AND r.message_id = l.target_message_id)`;
  const claimLater = database.statement<[string]>(`
    INSERT INTO unclaimed_signals SELECT l.sequence FROM ledger l
    WHERE l.event_id = ? AND NOT ${isOurs}`);
  // Of the few that wait, never of the whole ledger.
  const old = `SELECT u.sequence FROM unclaimed_signals u
    WHERE (SELECT recorded_at FROM ledger l WHERE l.sequence = u.sequence) < ?`;
  const forget = database.statement<[number]>(
    `DELETE FROM ledger AS l WHERE l.sequence IN (${old}) AND NOT ${isOurs}`,
  );
  const claim = database.statement<[number]>(`DELETE FROM unclaimed_signals WHERE sequence IN (${old})`);
  const count = database.statement<[], { total: number }>('SELECT COUNT(*) AS total FROM ledger');

  return {
    append: async (signal) => {
      const params = signalParams(signal);
      return database.group(() => {
        if (insert.run(...params) === 0) return 'duplicate';
        if (signal.target.kind === 'message') claimLater.run(signal.eventId);
        return 'stored';
      });
    },
    // Sorted here: the order of event ids is that of JavaScript's strings, which no collation of SQLite has.
    ofTurn: async (turnId) =>
      database
        .attempt(() => ofTurn.all(turnId, turnId))
        .map(toSignal)
        .sort(bySignalOrder),
    has: async (eventId) => database.attempt(() => known.get(eventId)) !== undefined,
    forgetUnmatched: async (olderThan) =>
      database.transact(() => {
        const forgotten = forget.run(olderThan);
        claim.run(olderThan);
        return forgotten;
      }),
    count: async () => database.attempt(() => count.get())?.total ?? 0,
    ...createLedgerReads(database),
    ...createSettlements(database),
  };
}

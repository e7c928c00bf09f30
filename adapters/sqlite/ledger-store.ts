import type { EventId, PersonId, SpaceId, TurnId } from '../../core/domain/ids.ts';
import { bySignalOrder } from '../../core/domain/reward.ts';
import type { Authority, Signal, SignalTarget } from '../../core/domain/signal.ts';
import type { LedgerStore } from '../../core/ports/ledger-store.ts';
import type { SqliteDatabase } from './database.ts';
import { createSettlements } from './settlements.ts';

interface SignalRow {
  readonly event_id: EventId;
  readonly platform: string;
  readonly space_id: SpaceId;
  readonly target_turn_id: TurnId | null;
  readonly target_platform: string | null;
  readonly target_channel_id: string | null;
  readonly target_message_id: string | null;
  readonly actor_id: PersonId | null;
  readonly actor_is_bot: number;
  readonly change: Signal['change'];
  readonly kind: Signal['kind'];
  readonly slot: string | null;
  readonly name: string;
  readonly text: string | null;
  readonly polarity: number;
  readonly authority: Authority;
  readonly rule: string;
  readonly occurred_at: number;
  readonly recorded_at: number;
}

const COLUMNS = `event_id, platform, space_id, target_turn_id, target_platform, target_channel_id,
  target_message_id, actor_id, actor_is_bot, change, kind, slot, name, text, polarity, authority, rule,
  occurred_at, recorded_at`;

function toTarget(row: SignalRow): SignalTarget {
  if (row.target_turn_id !== null) return { kind: 'turn', turnId: row.target_turn_id };
  return {
    kind: 'message',
    ref: {
      platform: row.target_platform ?? '',
      channelId: row.target_channel_id ?? '',
      messageId: row.target_message_id ?? '',
    },
  };
}

function toSignal(row: SignalRow): Signal {
  return {
    eventId: row.event_id,
    platform: row.platform,
    spaceId: row.space_id,
    target: toTarget(row),
    ...(row.actor_id === null ? {} : { actorId: row.actor_id }),
    actorIsBot: row.actor_is_bot === 1,
    change: row.change,
    kind: row.kind,
    ...(row.slot === null ? {} : { slot: row.slot }),
    name: row.name,
    ...(row.text === null ? {} : { text: row.text }),
    polarity: row.polarity,
    authority: row.authority,
    rule: row.rule,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
  };
}

function toParams(signal: Signal): readonly (string | number | null)[] {
  const { target } = signal;
  const ref = target.kind === 'message' ? target.ref : undefined;
  return [
    signal.eventId,
    signal.platform,
    signal.spaceId,
    target.kind === 'turn' ? target.turnId : null,
    ref?.platform ?? null,
    ref?.channelId ?? null,
    ref?.messageId ?? null,
    signal.actorId ?? null,
    signal.actorIsBot ? 1 : 0,
    signal.change,
    signal.kind,
    signal.slot ?? null,
    signal.name,
    signal.text ?? null,
    signal.polarity,
    signal.authority,
    signal.rule,
    signal.occurredAt,
    signal.recordedAt,
  ];
}

export function createLedgerStore(database: SqliteDatabase): LedgerStore {
  const known = database.statement<[string], { sequence: number }>(
    'SELECT sequence FROM ledger WHERE event_id = ?',
  );
  const insert = database.statement<readonly (string | number | null)[]>(
    `INSERT INTO ledger (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const ofTurn = database.statement<[string, string], SignalRow>(`
    SELECT ${COLUMNS} FROM ledger WHERE target_turn_id = ?
    UNION ALL
    SELECT ${COLUMNS} FROM ledger WHERE sequence IN (
      SELECT l.sequence FROM reply_messages r JOIN ledger l
        ON l.target_platform = r.platform AND l.target_channel_id = r.channel_id
        AND l.target_message_id = r.message_id
      WHERE r.turn_id = ?)`);
  const isOurs = `EXISTS (SELECT 1 FROM reply_messages r WHERE r.platform = l.target_platform
    AND r.channel_id = l.target_channel_id AND r.message_id = l.target_message_id)`;
  const claimLater = database.statement<[number]>(`
    INSERT INTO unclaimed_signals SELECT l.sequence FROM ledger l
    WHERE l.sequence = ? AND l.target_message_id IS NOT NULL AND NOT ${isOurs}`);
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
      const params = toParams(signal);
      return database.group(() => {
        if (known.get(signal.eventId) !== undefined) return 'duplicate';
        claimLater.run(insert.insert(...params));
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
    ...createSettlements(database),
  };
}

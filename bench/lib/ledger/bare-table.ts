import Database from 'better-sqlite3';
import type { Signal } from '../../../core/domain/signal.ts';

/** The least that keeps signals: one table that knows a duplicate, one prepared statement, one synced commit for many rows. */
export interface BareTable {
  /** Returns when they are in the file. */
  insert(signals: readonly Signal[]): void;
  close(): void;
}

const columns = [
  ...['event_id', 'platform', 'space_id', 'target_turn_id', 'target_platform', 'target_channel_id'],
  ...['target_message_id', 'actor_id', 'actor_is_bot', 'change', 'kind', 'slot', 'name', 'text', 'polarity'],
  ...['authority', 'rule', 'occurred_at', 'recorded_at', 'weight', 'source_event_id'],
];

function valuesOf(signal: Signal): readonly (string | number | null)[] {
  const ref = signal.target.kind === 'message' ? signal.target.ref : undefined;
  return [
    signal.eventId,
    signal.platform,
    signal.spaceId,
    signal.target.kind === 'turn' ? signal.target.turnId : null,
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
    signal.weight,
    signal.sourceEventId ?? null,
  ];
}

export function openBareTable(path: string): BareTable {
  const handle = new Database(path);
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  handle.pragma('wal_autocheckpoint = 8000');
  handle.exec(
    `CREATE TABLE signals (sequence INTEGER PRIMARY KEY, ${columns.join(', ')}, UNIQUE (event_id))`,
  );
  const insert = handle.prepare(
    `INSERT INTO signals (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const commit = handle.transaction((signals: readonly Signal[]) => {
    for (const signal of signals) insert.run(...valuesOf(signal));
  });
  return { insert: (signals) => void commit.immediate(signals), close: () => handle.close() };
}

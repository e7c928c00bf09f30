import type { TurnId } from '../../core/domain/ids.ts';
import { missingReward } from '../../core/domain/reward.ts';
import type { DueTimes, LedgerStore, Settlement, SettlementUse } from '../../core/ports/ledger-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isReward, parseColumn } from './wire.ts';

type Settlements = Pick<
  LedgerStore,
  'schedule' | 'due' | 'nextDueAt' | 'settle' | 'settlement' | 'settlementCounts'
>;

interface SettlementRow {
  readonly turn_id: TurnId;
  readonly purpose: SettlementUse;
  readonly state: Settlement['state'];
  readonly due_at: number;
  readonly reward: string | null;
  readonly revision: number;
}

function toSettlement(row: SettlementRow): Settlement | undefined {
  const reward = row.reward === null ? missingReward : parseColumn(row.reward, isReward);
  if (reward === undefined) return undefined;
  return {
    turnId: row.turn_id,
    use: row.purpose,
    state: row.state,
    dueAt: row.due_at,
    reward,
    revision: row.revision,
  };
}

const SELECT = 'SELECT turn_id, purpose, state, due_at, reward, revision FROM settlements';

/** Starts quiet times inside the caller's commit; `TurnStore.end` does so too. */
export function createQuietTimes(database: SqliteDatabase): (turnId: TurnId, dueAt: DueTimes) => void {
  // The revision also grows when an open one starts over: a fold that was read before must not settle it.
  const schedule = database.statement<[string, string, number]>(`
    INSERT INTO settlements (turn_id, purpose, state, due_at) VALUES (?, ?, 'open', ?)
    ON CONFLICT (turn_id, purpose) DO UPDATE
      SET state = 'open', due_at = excluded.due_at, reward = NULL, rewarded = 0, revision = revision + 1`);
  return (turnId, dueAt) => {
    for (const [use, at] of Object.entries(dueAt)) schedule.run(turnId, use, at);
  };
}

/** The part of the ledger that keeps the quiet times and the rewards derived after them. */
export function createSettlements(database: SqliteDatabase): Settlements {
  const startQuietTimes = createQuietTimes(database);
  const due = database.statement<[number, number], SettlementRow>(
    `${SELECT} WHERE state = 'open' AND due_at <= ? ORDER BY due_at, turn_id, purpose LIMIT ?`,
  );
  const next = database.statement<[], { due_at: number | null }>(
    "SELECT MIN(due_at) AS due_at FROM settlements WHERE state = 'open'",
  );
  const settle = database.statement<[string, number, string, string, number]>(`
    UPDATE settlements SET state = 'settled', reward = ?, rewarded = ?
    WHERE turn_id = ? AND purpose = ? AND revision = ? AND state = 'open'`);
  const one = database.statement<[string, string], SettlementRow>(
    `${SELECT} WHERE turn_id = ? AND purpose = ?`,
  );
  const counts = database.statement<[string], Readonly<Record<'open' | 'settled' | 'rewarded', number>>>(`
    SELECT COUNT(*) FILTER (WHERE state = 'open') AS open,
      COUNT(*) FILTER (WHERE state = 'settled') AS settled,
      COUNT(*) FILTER (WHERE rewarded = 1) AS rewarded FROM settlements WHERE purpose = ?`);

  const read = (rows: readonly SettlementRow[]): readonly Settlement[] =>
    readRows(database.logger, 'settlements', rows, (row) => `${row.turn_id} ${row.purpose}`, toSettlement);

  return {
    schedule: async (turnId, dueAt) => database.transact(() => startQuietTimes(turnId, dueAt)),
    due: async (now, limit) => read(database.attempt(() => due.all(now, limit))),
    nextDueAt: async () => database.attempt(() => next.get())?.due_at ?? undefined,
    settle: async (turnId, use, revision, reward) => {
      const rewarded = reward.kind === 'known' ? 1 : 0;
      const json = JSON.stringify(reward);
      return database.attempt(() => settle.run(json, rewarded, turnId, use, revision)) > 0;
    },
    settlement: async (turnId, use) => {
      const row = database.attempt(() => one.get(turnId, use));
      return row && read([row])[0];
    },
    settlementCounts: async (use) =>
      database.attempt(() => counts.get(use)) ?? { open: 0, settled: 0, rewarded: 0 },
  };
}

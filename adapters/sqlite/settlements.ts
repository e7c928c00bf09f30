import type { TurnId } from '../../core/domain/ids.ts';
import { missingReward } from '../../core/domain/reward.ts';
import type {
  DueTimes,
  LedgerStore,
  Role,
  RoleDecision,
  Settlement,
  SettlementCounts,
  SettlementUse,
} from '../../core/ports/ledger-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isReward, parseColumn } from './wire.ts';

type Settlements = Pick<
  LedgerStore,
  'schedule' | 'due' | 'nextDueAt' | 'settle' | 'markUsed' | 'settledPage' | 'settlement' | 'settlementCounts'
>;

interface SettlementRow {
  readonly turn_id: TurnId;
  readonly purpose: SettlementUse;
  readonly state: Settlement['state'];
  readonly due_at: number;
  readonly reward: string | null;
  readonly role: Role | null;
  readonly role_reason: string | null;
  readonly revision: number;
  readonly late_signals: number;
  readonly dropped_by: number | null;
}

/** Of one that is open: nothing was decided yet. */
const undecided: RoleDecision = { role: 'statistics', reason: 'open' };

function toSettlement(row: SettlementRow): Settlement | undefined {
  const reward = row.reward === null ? missingReward : parseColumn(row.reward, isReward);
  if (reward === undefined) return undefined;
  return {
    turnId: row.turn_id,
    use: row.purpose,
    state: row.state,
    dueAt: row.due_at,
    reward,
    decision: row.role === null ? undecided : { role: row.role, reason: row.role_reason ?? '' },
    revision: row.revision,
    lateSignals: row.late_signals,
    ...(row.dropped_by === null ? {} : { droppedBy: row.dropped_by }),
  };
}

const SELECT = `SELECT turn_id, purpose, state, due_at, reward, role, role_reason, revision, late_signals,
  dropped_by FROM settlements`;

/** Values of `space_id, asked_at` for a turn whose id is given twice. */
export const OF_TURN = `COALESCE((SELECT space_id FROM turns WHERE turn_id = ?), ''),
      COALESCE((SELECT started_at FROM turns WHERE turn_id = ?), 0)`;

/** What a settlement repeats of its turn. */
export interface OfTurn {
  readonly space_id: string;
  readonly started_at: number;
}

/**
 * Starts quiet times inside the caller's commit; `TurnStore.end` does so too. Who has the turn at hand gives what is
 * repeated of it, else it is looked up.
 */
export function createQuietTimes(
  database: SqliteDatabase,
): (turnId: TurnId, dueAt: DueTimes, ofTurn?: OfTurn) => void {
  const find = database.statement<[string], OfTurn>(
    'SELECT space_id, started_at FROM turns WHERE turn_id = ?',
  );
  const countLate = database.statement<[string, string]>(`
    UPDATE settlements SET late_signals = late_signals + 1
    WHERE turn_id = ? AND purpose = ? AND state = 'used'`);
  // The revision also grows when an open one starts over: a fold that was read before must not settle it.
  const schedule = database.statement<[string, string, number, string, number]>(`
    INSERT INTO settlements (turn_id, purpose, state, due_at, space_id, asked_at) VALUES (?, ?, 'open', ?, ?, ?)
    ON CONFLICT (turn_id, purpose) DO UPDATE
      SET state = 'open', due_at = excluded.due_at, reward = NULL, outcome = NULL, value = NULL, role = NULL,
        role_reason = NULL, revision = revision + 1, space_id = excluded.space_id,
        asked_at = excluded.asked_at
      WHERE state <> 'used'`);
  return (turnId, dueAt, ofTurn = find.get(turnId)) => {
    const { space_id: spaceId, started_at: askedAt } = ofTurn ?? { space_id: '', started_at: 0 };
    for (const [use, at] of Object.entries(dueAt)) {
      if (schedule.run(turnId, use, at, spaceId, askedAt) === 0) countLate.run(turnId, use);
    }
  };
}

type CountsRow = Readonly<Record<Exclude<keyof SettlementCounts, 'roles'> | Role, number>>;

/** The part of the ledger that keeps the quiet times and the rewards derived after them. */
export function createSettlements(database: SqliteDatabase): Settlements {
  const startQuietTimes = createQuietTimes(database);
  const due = database.statement<[number, number], SettlementRow>(
    `${SELECT} WHERE state = 'open' AND due_at <= ? ORDER BY due_at, turn_id, purpose LIMIT ?`,
  );
  const next = database.statement<[], { due_at: number | null }>(
    "SELECT MIN(due_at) AS due_at FROM settlements WHERE state = 'open'",
  );
  // What was dropped while it was settled is no sample either.
  const settle = database.statement<readonly (string | number | null)[]>(`
    UPDATE settlements SET state = 'settled', reward = ?, outcome = ?, value = ?,
      role = iif(dropped_by IS NOT NULL AND ? = 'query', 'statistics', ?),
      role_reason = iif(dropped_by IS NOT NULL AND ? = 'query', 'library_changed', ?)
    WHERE turn_id = ? AND purpose = ? AND revision = ? AND state = 'open'`);
  const use = database.statement<[string, string]>(
    `UPDATE settlements SET state = 'used'
     WHERE turn_id = ? AND purpose = ? AND state = 'settled' AND dropped_by IS NULL`,
  );
  const page = database.statement<[string, string, number], SettlementRow>(
    `${SELECT} WHERE turn_id > ? AND purpose = ? AND state IN ('settled', 'used') ORDER BY turn_id LIMIT ?`,
  );
  const one = database.statement<[string, string], SettlementRow>(
    `${SELECT} WHERE turn_id = ? AND purpose = ?`,
  );
  const of = (condition: string): string => `COUNT(*) FILTER (WHERE ${condition})`;
  const counts = database.statement<[string], CountsRow>(`
    SELECT ${of("state = 'open'")} AS open, ${of("state = 'settled'")} AS settled,
      ${of("state = 'settled' AND outcome = 'known'")} AS rewarded,
      ${of("state = 'settled' AND outcome = 'held'")} AS held, ${of("state = 'used'")} AS used,
      COALESCE(SUM(late_signals), 0) AS lateSignals, ${of("role = 'support'")} AS support,
      ${of("role = 'query'")} AS query, ${of("role = 'hold_out'")} AS hold_out,
      ${of("role = 'statistics'")} AS statistics
    FROM settlements WHERE purpose = ?`);

  const read = (rows: readonly SettlementRow[]): readonly Settlement[] =>
    readRows(database.logger, 'settlements', rows, (row) => `${row.turn_id} ${row.purpose}`, toSettlement);

  return {
    schedule: (turnId, dueAt) => database.groupTransact(() => startQuietTimes(turnId, dueAt)),
    due: async (now, limit) => read(database.attempt(() => due.all(now, limit))),
    nextDueAt: async () => database.attempt(() => next.get())?.due_at ?? undefined,
    settle: async (turnId, purpose, revision, reward, { role, reason }) => {
      const json = JSON.stringify(reward);
      const value = reward.kind === 'known' ? reward.value : null;
      const changed = await database.group(() =>
        settle.run(json, reward.kind, value, role, role, role, reason, turnId, purpose, revision),
      );
      return changed > 0;
    },
    markUsed: async (turnIds, purpose) =>
      database.transact(() => turnIds.reduce((marked, turnId) => marked + use.run(turnId, purpose), 0)),
    settledPage: async (purpose, afterTurnId, limit) =>
      read(database.attempt(() => page.all(afterTurnId, purpose, limit))),
    settlement: async (turnId, purpose) => {
      const row = database.attempt(() => one.get(turnId, purpose));
      return row && read([row])[0];
    },
    settlementCounts: async (purpose) => {
      const row = database.attempt(() => counts.get(purpose));
      return {
        open: row?.open ?? 0,
        settled: row?.settled ?? 0,
        rewarded: row?.rewarded ?? 0,
        held: row?.held ?? 0,
        used: row?.used ?? 0,
        lateSignals: row?.lateSignals ?? 0,
        roles: {
          support: row?.support ?? 0,
          query: row?.query ?? 0,
          hold_out: row?.hold_out ?? 0,
          statistics: row?.statistics ?? 0,
        },
      };
    },
  };
}

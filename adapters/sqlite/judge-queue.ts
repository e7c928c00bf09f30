import type { TurnId } from '../../core/domain/ids.ts';
import type { JudgeJob, JudgeQueue, JudgeView } from '../../core/ports/judge-queue.ts';
import type { SqliteDatabase } from './database.ts';
import { NEXT_TURN } from './turn-rows.ts';

interface JobRow {
  readonly turn_id: TurnId;
  readonly due_at: number;
  readonly attempts: number;
  readonly seen_alone: number;
  readonly seen_with_next: number;
}

function toJob(row: JobRow): JudgeJob {
  const seen: JudgeView[] = [];
  if (row.seen_alone === 1) seen.push('alone');
  if (row.seen_with_next === 1) seen.push('with_next');
  return { turnId: row.turn_id, dueAt: row.due_at, attempts: row.attempts, seen };
}

/** Lets a turn wait for the judge inside the caller's commit; `TurnStore.end` does so too. */
export function createJudgeEntry(database: SqliteDatabase): (turnId: TurnId, dueAt: number) => void {
  const put = database.statement<[string, number]>(`
    INSERT INTO judge_jobs (turn_id, due_at) VALUES (?, ?)
    ON CONFLICT (turn_id) DO UPDATE SET waiting = 1,
      due_at = CASE WHEN waiting = 1 THEN MIN(due_at, excluded.due_at) ELSE excluded.due_at END`);
  return (turnId, dueAt) => void put.run(turnId, dueAt);
}

export function createJudgeQueue(database: SqliteDatabase): JudgeQueue {
  const putJob = createJudgeEntry(database);
  const due = database.statement<[number, number], JobRow>(`
    SELECT turn_id, due_at, attempts, seen_alone, seen_with_next FROM judge_jobs
    WHERE waiting = 1 AND due_at <= ? ORDER BY due_at, turn_id LIMIT ?`);
  const isAlone = 'j.waiting = 0 AND j.seen_alone = 1 AND j.seen_with_next = 0 AND j.is_last = 0';
  // The few that were seen alone lead, not the turns.
  const answered = database.statement<[number], { turn_id: TurnId }>(`
    SELECT j.turn_id FROM judge_jobs j INDEXED BY judge_jobs_alone CROSS JOIN turns t ON t.turn_id = j.turn_id
    WHERE ${isAlone} AND EXISTS (SELECT 1 ${NEXT_TURN}) ORDER BY t.ordinal DESC LIMIT ?`);
  // Else the last turns of all sessions would be looked at again for ever.
  const leaveLast = database.statement<[]>(`
    UPDATE judge_jobs AS j INDEXED BY judge_jobs_alone SET is_last = 1
    WHERE ${isAlone} AND NOT EXISTS (
      SELECT 1 FROM turns t WHERE t.turn_id = j.turn_id AND (
        EXISTS (SELECT 1 ${NEXT_TURN})
        OR NOT EXISTS (SELECT 1 FROM sessions s WHERE s.session_id = t.session_id AND s.ended_at IS NOT NULL)))`);
  const wake = database.statement<[number, string]>(
    'UPDATE judge_jobs SET waiting = 1, due_at = ? WHERE turn_id = ?',
  );
  const done = database.statement<[number, number, string]>(`
    UPDATE judge_jobs SET waiting = 0, attempts = 0, seen_alone = MAX(seen_alone, ?),
      seen_with_next = MAX(seen_with_next, ?) WHERE turn_id = ?`);
  const postpone = database.statement<[number, string]>(
    'UPDATE judge_jobs SET due_at = ?, attempts = attempts + 1 WHERE turn_id = ? AND waiting = 1',
  );
  const backlog = database.statement<[], { waiting: number; oldest: number | null }>(
    'SELECT COUNT(*) AS waiting, MIN(due_at) AS oldest FROM judge_jobs WHERE waiting = 1',
  );
  const spend = database.statement<[string, number], { calls: number }>(`
    INSERT INTO judge_spending (day, calls) VALUES (?, ?)
    ON CONFLICT (day) DO UPDATE SET calls = calls + excluded.calls RETURNING calls`);
  const spent = database.statement<[string], { calls: number }>(
    'SELECT calls FROM judge_spending WHERE day = ?',
  );

  return {
    put: (turnId, dueAt) => database.group(() => putJob(turnId, dueAt)),
    due: async (now, limit) => database.attempt(() => due.all(now, limit)).map(toJob),
    putAnswered: async (now, limit) =>
      database.transact(() => {
        const found = answered.all(limit);
        for (const { turn_id } of found) wake.run(now, turn_id);
        leaveLast.run();
        return found.length;
      }),
    done: async (turnId, view) => {
      const isAloneView = view === 'alone';
      await database.group(() => done.run(isAloneView ? 1 : 0, isAloneView ? 0 : 1, turnId));
    },
    postpone: async (turnId, dueAt) => {
      await database.group(() => postpone.run(dueAt, turnId));
    },
    backlog: async () => {
      const row = database.attempt(() => backlog.get());
      const oldest = row?.oldest ?? undefined;
      return { waiting: row?.waiting ?? 0, ...(oldest === undefined ? {} : { oldestDueAt: oldest }) };
    },
    spend: async (day, calls) => {
      if (calls === 0) return database.attempt(() => spent.get(day))?.calls ?? 0;
      // Read to its end (`all`), as a statement that writes takes effect only then.
      return database.group(() => spend.all(day, calls)[0]?.calls ?? calls);
    },
  };
}

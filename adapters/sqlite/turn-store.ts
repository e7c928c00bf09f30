import { AppError } from '../../core/domain/app-error.ts';
import type { TurnId } from '../../core/domain/ids.ts';
import type { Turn, TurnState } from '../../core/domain/turn.ts';
import type { TurnEnd, TurnStore } from '../../core/ports/turn-store.ts';
import type { SqliteDatabase } from './database.ts';
import { FINISH_EVENTS } from './inbox-store.ts';
import { createJudgeEntry } from './judge-queue.ts';
import { readRows } from './rows.ts';
import { createQuietTimes } from './settlements.ts';
import {
  ASKED_COLUMNS,
  ASKED_PLACES,
  INDEX_REQUEST,
  toParams,
  usageText,
  type Value,
} from './turn-params.ts';
import { createTurnRecord } from './turn-record.ts';
import { NEXT_TURN, type PastTurnRow, SELECT_TURN, type TurnRow, toPastTurn, toTurn } from './turn-rows.ts';
import { createTurnSamples, toSampleRows } from './turn-samples.ts';
import { createTurnSends } from './turn-sends.ts';
import { isTurnState, noTurns } from './wire.ts';

/** Until a message of it was shown a turn may be begun anew: everything is replaced but its place in the order. */
const PUT_TURN = `
  INSERT INTO turns (${ASKED_COLUMNS}, state) VALUES (${ASKED_PLACES}, 'open')
  ON CONFLICT (turn_id) DO UPDATE SET conversation_key = excluded.conversation_key,
    platform = excluded.platform, space_id = excluded.space_id, channel_id = excluded.channel_id,
    conversation = excluded.conversation,
    session_id = excluded.session_id, asker_id = excluded.asker_id, asker_name = excluded.asker_name,
    event_ids = excluded.event_ids, request_refs = excluded.request_refs,
    request_text = excluded.request_text, edited_request_text = excluded.edited_request_text,
    line = excluded.line, is_hold_out = excluded.is_hold_out, prompt_authors = excluded.prompt_authors,
    generation = excluded.generation, skills = excluded.skills,
    masked_skills = excluded.masked_skills, policy = excluded.policy,
    prompt_hash = excluded.prompt_hash, state = 'open', reply_text = '', usage = NULL, error_code = NULL,
    retry_of = excluded.retry_of, started_at = excluded.started_at
  WHERE state IN ('open', 'answered')
    AND NOT EXISTS (SELECT 1 FROM reply_messages r WHERE r.turn_id = excluded.turn_id)
  RETURNING ordinal`;

function unknownTurn(turnId: TurnId): AppError {
  return new AppError('not_found', `The turn ${turnId} is not stored. Open it first.`);
}

function createReads(
  database: SqliteDatabase,
): Pick<
  TurnStore,
  | 'get'
  | 'byReply'
  | 'byRequest'
  | 'unfinished'
  | 'recent'
  | 'next'
  | 'last'
  | 'lastWithin'
  | 'lastShownWithin'
  | 'hasAnswered'
  | 'counts'
> {
  const get = database.statement<[string], TurnRow>(`${SELECT_TURN} WHERE t.turn_id = ?`);
  const byReply = database.statement<[string, string, string], TurnRow>(`
    ${SELECT_TURN} WHERE t.turn_id = (SELECT turn_id FROM reply_messages
      WHERE platform = ? AND channel_id = ? AND message_id = ? AND current = 1)`);
  const byRequest = database.statement<[string, string, string], TurnRow>(`
    ${SELECT_TURN} WHERE t.ordinal = (SELECT MAX(turn_ordinal) FROM request_messages
      WHERE platform = ? AND channel_id = ? AND message_id = ?)`);
  const unfinished = database.statement<[], TurnRow>(
    `${SELECT_TURN} WHERE t.state IN ('open', 'answered') ORDER BY t.ordinal`,
  );
  // By the order in which turns were opened, as the clock may jump back.
  const recent = database.statement<[string, string, number], PastTurnRow>(`
    SELECT turn_id, asker_id, asker_name, request_text, edited_request_text, reply_text, prompt_authors FROM turns
    WHERE session_id = ? AND state NOT IN ('open', 'answered') AND reply_text <> ''
      AND turn_id NOT IN (SELECT retry_of FROM turns
        WHERE session_id = ? AND retry_of IS NOT NULL AND reply_text <> '')
    ORDER BY ordinal DESC LIMIT ?`);
  const next = database.statement<[string], TurnRow>(`
    ${SELECT_TURN} WHERE t.ordinal = (SELECT (SELECT MIN(n.ordinal) ${NEXT_TURN}) FROM turns t WHERE t.turn_id = ?)`);
  const last = database.statement<[string], TurnRow>(
    `${SELECT_TURN} WHERE t.conversation_key = ? ORDER BY t.ordinal DESC LIMIT 1`,
  );
  // '0' is what follows '/', which divides the parts of a key.
  const within = `(t.conversation_key = ?
      OR (t.conversation_key > ? || '/' AND t.conversation_key < ? || '0'))`;
  const lastWithin = database.statement<[string, string, string], TurnRow>(
    `${SELECT_TURN} WHERE ${within} ORDER BY t.ordinal DESC LIMIT 1`,
  );
  const lastShownWithin = database.statement<[string, string, string], TurnRow>(
    `${SELECT_TURN} WHERE ${within} AND t.first_reply_at IS NOT NULL ORDER BY t.ordinal DESC LIMIT 1`,
  );
  const answered = database.statement<[string], { found: number }>(
    "SELECT 1 AS found FROM turns WHERE conversation_key = ? AND reply_text <> '' LIMIT 1",
  );
  const counts = database.statement<[], { state: string; total: number }>(
    'SELECT state, COUNT(*) AS total FROM turns GROUP BY state',
  );

  const many = (read: () => readonly TurnRow[]): readonly Turn[] =>
    readRows(database.logger, 'turns', database.attempt(read), (row) => row.turn_id, toTurn);
  const one = (read: () => TurnRow | undefined): Turn | undefined => {
    const row = database.attempt(read);
    return row && many(() => [row])[0];
  };

  return {
    get: async (turnId) => one(() => get.get(turnId)),
    byReply: async (ref) => one(() => byReply.get(ref.platform, ref.channelId, ref.messageId)),
    byRequest: async (ref) => one(() => byRequest.get(ref.platform, ref.channelId, ref.messageId)),
    unfinished: async () => many(() => unfinished.all()),
    recent: async (sessionId, limit) =>
      database
        .attempt(() => recent.all(sessionId, sessionId, limit))
        .map(toPastTurn)
        .toReversed(),
    next: async (turnId) => one(() => next.get(turnId)),
    last: async (conversationKey) => one(() => last.get(conversationKey)),
    lastWithin: async (key) => one(() => lastWithin.get(key, key, key)),
    lastShownWithin: async (key) => one(() => lastShownWithin.get(key, key, key)),
    hasAnswered: async (key) => database.attempt(() => answered.get(key)) !== undefined,
    counts: async () => {
      const totals: Record<TurnState, number> = { ...noTurns };
      for (const { state, total } of database.attempt(() => counts.all())) {
        if (isTurnState(state)) totals[state] = total;
      }
      return totals;
    },
  };
}

export function createTurnStore(database: SqliteDatabase): TurnStore {
  const known = database.statement<[string], { event_ids: string }>(
    'SELECT event_ids FROM turns WHERE turn_id = ?',
  );
  const put = database.statement<readonly Value[], { ordinal: number }>(PUT_TURN);
  const dropRequests = database.statement<[number]>('DELETE FROM request_messages WHERE turn_ordinal = ?');
  const indexRequest = database.statement<[string, string, string, number]>(INDEX_REQUEST);
  const discard = database.statement<[string]>(`
    DELETE FROM turns WHERE turn_id = ? AND state = 'open'
      AND NOT EXISTS (SELECT 1 FROM sends s WHERE s.turn_id = turns.turn_id)
      AND NOT EXISTS (SELECT 1 FROM reply_messages r WHERE r.turn_id = turns.turn_id)`);
  const answer = database.statement<[string, string | null, string]>(`
    UPDATE turns SET state = 'answered', reply_text = ?, usage = COALESCE(?, usage), ended_at = NULL,
      error_code = NULL
    WHERE turn_id = ? AND state IN ('open', 'answered', 'delivery_unknown')`);
  const end = database.statement<[string, number, string | null, string | null, string | null, string]>(`
    UPDATE turns SET state = ?, ended_at = ?, reply_text = COALESCE(?, reply_text),
      usage = COALESCE(?, usage), error_code = ?
    WHERE turn_id = ? AND state NOT IN ('done', 'stopped')`);
  const samples = createTurnSamples(database);
  const startQuietTimes = createQuietTimes(database);
  const putForJudge = createJudgeEntry(database);
  const finishEvents = database.statement<[string]>(FINISH_EVENTS);
  const editRequest = database.statement<[string, string, string, string]>(`
    UPDATE turns SET edited_request_text = ? WHERE json_array_length(request_refs) = 1
      AND ordinal IN (SELECT turn_ordinal FROM request_messages
        WHERE platform = ? AND channel_id = ? AND message_id = ?)`);

  function storeEnd(turnId: TurnId, ending: TurnEnd): void {
    const turn = known.get(turnId);
    if (turn === undefined) throw unknownTurn(turnId);
    const { state, endedAt, replyText, errorCode, dueAt, judgeAt } = ending;
    const usage = usageText(ending.usage);
    const isNew = end.run(state, endedAt, replyText ?? null, usage, errorCode ?? null, turnId) > 0;
    if (isNew && state !== 'done') samples.replace(turnId, []);
    if (isNew && dueAt !== undefined) startQuietTimes(turnId, dueAt);
    if (isNew && judgeAt !== undefined) putForJudge(turnId, judgeAt);
    finishEvents.run(turn.event_ids);
  }

  return {
    open: async (turn) => {
      const params = toParams(turn);
      await database.groupTransact(() => {
        for (const { ordinal } of put.all(...params)) {
          dropRequests.run(ordinal);
          samples.replace(turn.turnId, []);
          for (const ref of turn.requestRefs) {
            indexRequest.run(ref.platform, ref.channelId, ref.messageId, ordinal);
          }
        }
      });
    },
    discard: async (turnId) => {
      await database.group(() => discard.run(turnId));
    },
    answer: async (turnId, replyText, usage, sampled) => {
      const rows = sampled && toSampleRows(sampled);
      await database.groupTransact(() => {
        if (known.get(turnId) === undefined) throw unknownTurn(turnId);
        const isTaken = answer.run(replyText, usageText(usage), turnId) > 0;
        if (isTaken && rows !== undefined) samples.replace(turnId, rows);
      });
    },
    end: async (turnId, ending) => {
      await database.groupTransact(() => storeEnd(turnId, ending));
    },
    record: createTurnRecord(database, samples),
    sampled: async (turnId) => samples.of(turnId),
    sampledLengths: async (turnId) => samples.lengthsOf(turnId),
    keepsSampled: async () => samples.areAny(),
    forgetSampled: (before, limit) => database.groupTransact(() => samples.forget(before, limit)),
    editRequest: async (ref, text) =>
      (await database.group(() => editRequest.run(text, ref.platform, ref.channelId, ref.messageId))) > 0,
    ...createReads(database),
    ...createTurnSends(database),
  };
}

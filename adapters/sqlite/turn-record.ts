import type { TurnId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { RecordedTurn, TurnStore } from '../../core/ports/turn-store.ts';
import type { SqliteDatabase } from './database.ts';
import { FINISH_EVENTS } from './inbox-store.ts';
import { createJudgeEntry } from './judge-queue.ts';
import { createQuietTimes, type OfTurn } from './settlements.ts';
import {
  ASKED_COLUMNS,
  ASKED_PLACES,
  INDEX_REPLY,
  INDEX_REQUEST,
  toParams,
  usageText,
  type Value,
} from './turn-params.ts';
import { type SampleRow, type TurnSamples, toSampleRows } from './turn-samples.ts';
import { isMessageRefs, parseColumn } from './wire.ts';

interface StoredRow extends OfTurn {
  readonly event_ids: string;
  readonly reply_refs: string | null;
}

/** Without a parser's work, as an answer of many tool calls has hundreds; the length keeps two parts from reading as one. */
const keyOf = ({ platform, channelId, messageId }: MessageRef): string =>
  `${platform} ${channelId.length} ${channelId} ${messageId}`;

/** The part of the turn store that writes turns which are over, each in few statements: they come in hundreds a second. */
export function createTurnRecord(
  database: SqliteDatabase,
  samples: Pick<TurnSamples, 'replace'>,
): TurnStore['record'] {
  const stored = database.statement<[string], StoredRow>(
    'SELECT event_ids, reply_refs, space_id, started_at FROM turns WHERE turn_id = ?',
  );
  const insert = database.statement<readonly Value[]>(`
    INSERT INTO turns (${ASKED_COLUMNS},
      state, reply_text, reply_refs, usage, error_code, first_reply_at, ended_at)
    VALUES (${ASKED_PLACES}, ?, ?, ?, ?, ?, ?, ?)`);
  const goOn = database.statement<readonly Value[]>(`
    UPDATE turns SET state = ?, reply_text = ?, reply_refs = ?, usage = COALESCE(?, usage), error_code = ?,
      first_reply_at = COALESCE(first_reply_at, ?), ended_at = ?
    WHERE turn_id = ?`);
  const indexRequest = database.statement<[string, string, string, number]>(INDEX_REQUEST);
  const indexReply = database.statement<[string, string, string, string]>(INDEX_REPLY);
  const takeOut = database.statement<[string]>('UPDATE reply_messages SET current = 0 WHERE turn_id = ?');
  const dropSends = database.statement<[string]>('DELETE FROM sends WHERE turn_id = ?');
  const finishEvents = database.statement<[string]>(FINISH_EVENTS);
  const startQuietTimes = createQuietTimes(database);
  const putForJudge = createJudgeEntry(database);

  function indexReplies(turnId: TurnId, refs: readonly MessageRef[]): void {
    for (const ref of refs) indexReply.run(ref.platform, ref.channelId, ref.messageId, turnId);
  }

  /** An answer that goes on repeats its messages, more of them each time: what is indexed already is not written again. */
  function replaceReplies(turnId: TurnId, before: string | null, refs: readonly MessageRef[]): void {
    const known = before === null ? undefined : parseColumn(before, isMessageRefs);
    const indexed = new Set(known?.map(keyOf));
    const repeated = new Set(refs.map(keyOf));
    if (known !== undefined && indexed.isSubsetOf(repeated)) {
      indexReplies(
        turnId,
        refs.filter((ref) => !indexed.has(keyOf(ref))),
      );
      return;
    }
    takeOut.run(turnId);
    dropSends.run(turnId);
    indexReplies(turnId, refs);
  }

  function store(
    { turn, replyRefs, end }: RecordedTurn,
    asked: readonly Value[],
    answer: readonly Value[],
    sampled: readonly SampleRow[] | undefined,
  ): void {
    const { turnId } = turn;
    const before = stored.get(turnId);
    if (before === undefined) {
      const ordinal = insert.insert(...asked, ...answer);
      for (const ref of turn.requestRefs) {
        indexRequest.run(ref.platform, ref.channelId, ref.messageId, ordinal);
      }
      indexReplies(turnId, replyRefs);
      if (sampled !== undefined && sampled.length > 0) samples.replace(turnId, sampled);
    } else {
      goOn.run(...answer, turnId);
      replaceReplies(turnId, before.reply_refs, replyRefs);
      if (sampled !== undefined) samples.replace(turnId, sampled);
    }
    const ofTurn = before ?? { space_id: turn.conversation.spaceId, started_at: turn.startedAt };
    if (end.dueAt !== undefined) startQuietTimes(turnId, end.dueAt, ofTurn);
    if (end.judgeAt !== undefined) putForJudge(turnId, end.judgeAt);
    const eventIds = before?.event_ids ?? JSON.stringify(turn.eventIds);
    if (eventIds !== '[]') finishEvents.run(eventIds);
  }

  return async (recorded) => {
    const { turn, replyText, replyRefs, end } = recorded;
    const asked = toParams(turn);
    // No more is known of when something of it was seen first.
    const shownAt = replyRefs.length > 0 && replyText !== '' ? end.endedAt : null;
    const answer = [
      end.state,
      replyText,
      replyRefs.length > 0 ? JSON.stringify(replyRefs) : null,
      usageText(end.usage),
      end.errorCode ?? null,
      shownAt,
      end.endedAt,
    ];
    // Of an answer that did not come whole what the calls read and wrote is not kept.
    const sampled = end.state === 'done' ? recorded.sampled && toSampleRows(recorded.sampled) : [];
    await database.groupTransact(() => store(recorded, asked, answer, sampled));
  };
}

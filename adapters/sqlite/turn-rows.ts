import type { ConversationKey } from '../../core/domain/conversation.ts';
import {
  type PersonId,
  platformOf,
  type SessionId,
  type TurnId,
  unknownAuthor,
} from '../../core/domain/ids.ts';
import type { PastTurn, Turn } from '../../core/domain/turn.ts';
import {
  isConversation,
  isErrorCode,
  isEventIds,
  isMessageRefs,
  isPersonIds,
  isShownSkills,
  isTurnState,
  isUsage,
  parseColumn,
} from './wire.ts';

export interface TurnRow {
  readonly turn_id: TurnId;
  readonly conversation_key: ConversationKey;
  readonly conversation: string;
  readonly session_id: SessionId;
  readonly asker_id: PersonId;
  readonly asker_name: string;
  readonly event_ids: string;
  readonly request_refs: string;
  readonly request_text: string;
  readonly edited_request_text: string | null;
  readonly line: Turn['line'];
  readonly is_hold_out: number;
  readonly prompt_authors: string;
  readonly generation: number;
  readonly skills: string;
  readonly masked_skills: string;
  readonly policy: string;
  readonly prompt_hash: string;
  readonly state: string;
  readonly reply_text: string;
  readonly reply_refs: string;
  readonly usage: string | null;
  readonly error_code: string | null;
  readonly retry_of: TurnId | null;
  readonly started_at: number;
  readonly first_reply_at: number | null;
  readonly ended_at: number | null;
}

/** Read before each answer, so only what the prompt needs. */
export type PastTurnRow = Pick<
  TurnRow,
  | 'turn_id'
  | 'asker_id'
  | 'asker_name'
  | 'request_text'
  | 'edited_request_text'
  | 'reply_text'
  | 'prompt_authors'
>;

/** Of a turn from before prompts were asked for their authors nobody knows who stood in it beside the asker. */
function authorsOf(row: PastTurnRow, authors: readonly PersonId[] = []): readonly PersonId[] {
  return authors.length === 0 ? [row.asker_id, unknownAuthor(platformOf(row.asker_id))] : authors;
}

export function toPastTurn(row: PastTurnRow): PastTurn {
  return {
    turnId: row.turn_id,
    askerName: row.asker_name,
    requestText: row.request_text,
    ...(row.edited_request_text === null ? {} : { editedRequestText: row.edited_request_text }),
    replyText: row.reply_text,
    promptAuthors: authorsOf(row, parseColumn(row.prompt_authors, isPersonIds)),
  };
}

/** Selects a `TurnRow` from `turns t`. */
export const SELECT_TURN = `
  SELECT t.turn_id, t.conversation_key, t.conversation, t.session_id, t.asker_id, t.asker_name, t.event_ids,
    t.request_refs, t.request_text, t.edited_request_text, t.line, t.is_hold_out, t.prompt_authors, t.generation,
    t.skills, t.masked_skills, t.policy, t.prompt_hash,
    t.state, t.reply_text, t.usage, t.error_code, t.retry_of, t.started_at, t.first_reply_at, t.ended_at,
    COALESCE(t.reply_refs,
      (SELECT json_group_array(json_object('platform', platform, 'channelId', channel_id, 'messageId', message_id))
       FROM (SELECT platform, channel_id, message_id FROM sends
             WHERE sends.turn_id = t.turn_id AND message_id IS NOT NULL ORDER BY position))) AS reply_refs
  FROM turns t`;

/** From the turns of the person who asked `turns t`, in its session and after it; a Retry of another turn is no word on this one. */
export const NEXT_TURN = `FROM turns n WHERE n.session_id = t.session_id AND n.ordinal > t.ordinal
  AND n.asker_id = t.asker_id AND n.line = 'main' AND (n.retry_of IS NULL OR n.retry_of = t.turn_id)`;

export function toTurn(row: TurnRow): Turn | undefined {
  const conversation = parseColumn(row.conversation, isConversation);
  const eventIds = parseColumn(row.event_ids, isEventIds);
  const requestRefs = parseColumn(row.request_refs, isMessageRefs);
  const replyRefs = parseColumn(row.reply_refs, isMessageRefs);
  const skills = parseColumn(row.skills, isShownSkills);
  const maskedSkills = parseColumn(row.masked_skills, isShownSkills);
  const authors = parseColumn(row.prompt_authors, isPersonIds);
  if (!conversation || !eventIds || !requestRefs || !replyRefs || !authors) return undefined;
  if (!skills || !maskedSkills || !isTurnState(row.state)) return undefined;
  const usage = row.usage === null ? undefined : parseColumn(row.usage, isUsage);
  const errorCode = row.error_code !== null && isErrorCode(row.error_code) ? row.error_code : undefined;
  return {
    turnId: row.turn_id,
    conversationKey: row.conversation_key,
    conversation,
    sessionId: row.session_id,
    askerId: row.asker_id,
    askerName: row.asker_name,
    eventIds,
    requestRefs,
    requestText: row.request_text,
    ...(row.edited_request_text === null ? {} : { editedRequestText: row.edited_request_text }),
    line: row.line,
    isHoldOut: row.is_hold_out === 1,
    promptAuthors: authorsOf(row, authors),
    generation: row.generation,
    skills,
    maskedSkills,
    policy: row.policy,
    promptHash: row.prompt_hash,
    state: row.state,
    replyText: row.reply_text,
    replyRefs,
    ...(usage === undefined ? {} : { usage }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(row.retry_of === null ? {} : { retryOf: row.retry_of }),
    startedAt: row.started_at,
    ...(row.first_reply_at === null ? {} : { firstReplyAt: row.first_reply_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}

import type { Turn } from '../../core/domain/turn.ts';
import type { NewTurn } from '../../core/ports/turn-store.ts';

export type Value = string | number | null;

/** The columns of `turns` that are known when a turn is opened; `toParams` has their values in this order. */
export const ASKED_COLUMNS = `turn_id, conversation_key, platform, space_id, channel_id, conversation,
    session_id, asker_id, asker_name, event_ids, request_refs, request_text, edited_request_text, line, is_hold_out,
    prompt_authors, generation, skills, masked_skills, policy, prompt_hash, retry_of, started_at`;

/** A place for each of `ASKED_COLUMNS`. */
export const ASKED_PLACES = ASKED_COLUMNS.split(',')
  .map(() => '?')
  .join(', ');

/** Finds a turn by a message that asked for it. */
export const INDEX_REQUEST = `
  INSERT OR IGNORE INTO request_messages (platform, channel_id, message_id, turn_ordinal) VALUES (?, ?, ?, ?)`;

/** Finds a turn by a message of its answer. */
export const INDEX_REPLY = `
  INSERT INTO reply_messages (platform, channel_id, message_id, turn_id) VALUES (?, ?, ?, ?)
  ON CONFLICT (platform, channel_id, message_id) DO UPDATE SET turn_id = excluded.turn_id, current = 1`;

export function toParams(turn: NewTurn): readonly Value[] {
  return [
    turn.turnId,
    turn.conversationKey,
    turn.conversation.platform,
    turn.conversation.spaceId,
    turn.conversation.channelId,
    JSON.stringify(turn.conversation),
    turn.sessionId,
    turn.askerId,
    turn.askerName,
    JSON.stringify(turn.eventIds),
    JSON.stringify(turn.requestRefs),
    turn.requestText,
    turn.editedRequestText ?? null,
    turn.line,
    turn.isHoldOut ? 1 : 0,
    JSON.stringify(turn.promptAuthors),
    turn.generation,
    JSON.stringify(turn.skills),
    JSON.stringify(turn.maskedSkills),
    turn.policy,
    turn.promptHash,
    turn.retryOf ?? null,
    turn.startedAt,
  ];
}

export const usageText = (usage: Turn['usage']): string | null =>
  usage === undefined ? null : JSON.stringify(usage);

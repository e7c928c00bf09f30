import type { ConversationKey } from '../../core/domain/conversation.ts';
import type { PersonId, TurnId } from '../../core/domain/ids.ts';
import type { SampleCounts, SampleStore, WaitingSample } from '../../core/ports/sample-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { isConversation, isShownSkills, parseColumn } from './wire.ts';

interface WaitingRow {
  readonly turn_id: TurnId;
  readonly conversation: string;
  readonly conversation_key: ConversationKey;
  readonly asker_id: PersonId;
  readonly request_text: string;
  readonly generation: number;
  readonly skills: string;
  readonly masked_skills: string;
}

function toWaiting(row: WaitingRow): WaitingSample | undefined {
  const conversation = parseColumn(row.conversation, isConversation);
  const skills = parseColumn(row.skills, isShownSkills);
  const maskedSkills = parseColumn(row.masked_skills, isShownSkills);
  if (!conversation || !skills || !maskedSkills) return undefined;
  return {
    turnId: row.turn_id,
    conversation,
    conversationKey: row.conversation_key,
    askerId: row.asker_id,
    requestText: row.request_text,
    generation: row.generation,
    skills,
    maskedSkills,
  };
}

/** Of `settlements s`. In these very words, so that the index that holds only these is found. */
export const IS_WAITING = `s.purpose = 'weights' AND s.dropped_by IS NULL
    AND (s.state = 'open' OR (s.state = 'settled' AND s.role = 'query'))`;

export function createSampleStore(database: SqliteDatabase): SampleStore {
  // The few that wait lead, not the turns.
  const waiting = database.statement<[string, number, number], WaitingRow>(`
    SELECT t.turn_id, t.conversation, t.conversation_key, t.asker_id, t.request_text, t.generation, t.skills,
      t.masked_skills
    FROM settlements s INDEXED BY settlements_waiting CROSS JOIN turns t ON t.turn_id = s.turn_id
    WHERE ${IS_WAITING} AND s.turn_id > ? AND t.generation <= ? ORDER BY s.turn_id LIMIT ?`);
  const counts = database.statement<[], SampleCounts>(`
    SELECT
      (SELECT COUNT(*) FROM settlements s INDEXED BY settlements_dropped
        WHERE s.purpose = 'weights' AND s.dropped_by IS NOT NULL
          AND (s.state = 'open' OR s.role_reason IN ('library_changed', 'used_as_support'))) AS dropped,
      (SELECT COUNT(*) FROM settlements s WHERE s.purpose = 'weights' AND s.state = 'used') AS trained,
      (SELECT COUNT(*) FROM settlements s WHERE ${IS_WAITING}) AS waiting`);

  function page(generation: number, afterTurnId: string, limit: number): readonly WaitingSample[] {
    const rows = database.attempt(() => waiting.all(afterTurnId, generation, limit));
    const samples = readRows(database.logger, 'turns', rows, (row) => row.turn_id, toWaiting);
    const last = rows.at(-1);
    // Damaged rows make no page short, which would look like the last one.
    if (last === undefined || rows.length < limit || samples.length === rows.length) return samples;
    return [...samples, ...page(generation, last.turn_id, limit - samples.length)];
  }

  return {
    waiting: async (generation, afterTurnId, limit) => page(generation, afterTurnId, limit),
    counts: async () => database.attempt(() => counts.get()) ?? { dropped: 0, trained: 0, waiting: 0 },
  };
}

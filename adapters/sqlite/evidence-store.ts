import type { SpaceId } from '../../core/domain/ids.ts';
import type { Turn } from '../../core/domain/turn.ts';
import type { EvidenceStore } from '../../core/ports/evidence-store.ts';
import type { SqliteDatabase } from './database.ts';
import { readRows } from './rows.ts';
import { SELECT_TURN, type TurnRow, toTurn } from './turn-rows.ts';

export function createEvidenceStore(database: SqliteDatabase): EvidenceStore {
  // Nothing is learned from twice: what trains the weights, or has, makes no skill.
  const isFailure = `s.purpose = 'skills' AND s.state = 'settled' AND s.role = 'support' AND NOT EXISTS (
    SELECT 1 FROM settlements w WHERE w.turn_id = s.turn_id AND w.purpose = 'weights' AND w.state = 'used')`;
  const spaces = database.statement<[], { space_id: SpaceId }>(`
    SELECT DISTINCT s.space_id FROM settlements s INDEXED BY settlements_support
    WHERE ${isFailure} AND s.space_id <> '' ORDER BY s.space_id`);
  /** Turns of a space whose settlement a condition on `settlements s` picks, the newest first. */
  const ofSpace = (condition: string): string => `
    ${SELECT_TURN} WHERE t.turn_id IN (
      SELECT s.turn_id FROM settlements s WHERE s.space_id = ? AND ${condition}
      ORDER BY s.asked_at DESC, s.turn_id DESC LIMIT ?)
    ORDER BY t.started_at DESC, t.ordinal DESC`;
  const failures = database.statement<[string, number], TurnRow>(ofSpace(isFailure));
  const answerOf = (asker: string): string => `EXISTS (SELECT 1 FROM turns a WHERE a.turn_id = s.turn_id
    AND a.line = 'main' AND a.state = 'done' AND a.is_hold_out = 0${asker})`;
  const isSuccess = "s.purpose = 'skills' AND s.value > 0 AND s.role <> 'hold_out'";
  const successes = database.statement<[string, number], TurnRow>(
    ofSpace(`${isSuccess} AND ${answerOf('')}`),
  );
  const successesOf = database.statement<[string, string, number], TurnRow>(
    ofSpace(`${isSuccess} AND ${answerOf(' AND a.asker_id = ?')}`),
  );

  const read = (rows: readonly TurnRow[]): readonly Turn[] =>
    readRows(database.logger, 'turns', rows, (row) => row.turn_id, toTurn);

  return {
    spacesWithFailures: async () => database.attempt(() => spaces.all()).map((row) => row.space_id),
    failures: async (spaceId, limit) => read(database.attempt(() => failures.all(spaceId, limit))),
    successes: async (spaceId, limit, askerId) =>
      read(
        database.attempt(() =>
          askerId === undefined ? successes.all(spaceId, limit) : successesOf.all(spaceId, askerId, limit),
        ),
      ),
  };
}

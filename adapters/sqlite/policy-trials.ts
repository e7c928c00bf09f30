import type { TurnId } from '../../core/domain/ids.ts';
import type { PolicyStore } from '../../core/ports/policy-store.ts';
import type { SqliteDatabase } from './database.ts';
import { type ComparisonRow, type OutcomeRow, toComparison, toOutcome } from './policy-rows.ts';

/** The part of the store that keeps and finds what policies are judged by. */
export function createPolicyTrials(
  database: SqliteDatabase,
): Pick<PolicyStore, 'addComparison' | 'comparisons' | 'outcomes' | 'heldOut'> {
  const add = database.statement<[string, string, string, number]>(`
    INSERT INTO policy_comparisons (policy_id, turn_id, outcome, compared_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (policy_id, turn_id) DO NOTHING`);
  const comparisons = database.statement<[string], ComparisonRow>(
    'SELECT turn_id, outcome, compared_at FROM policy_comparisons WHERE policy_id = ? ORDER BY sequence',
  );

  const rated = (index: string, scope: string): string => `
    SELECT t.turn_id, t.conversation_key, t.session_id, t.asker_id, t.policy, s.value, s.asked_at
    FROM settlements s INDEXED BY ${index} CROSS JOIN turns t ON t.turn_id = s.turn_id
    WHERE s.purpose = 'skills' AND s.outcome = 'known' AND s.value IS NOT NULL ${scope} AND s.asked_at >= ?
    ORDER BY s.asked_at, s.turn_id LIMIT ?`;
  const outcomes = database.statement<[number, number], OutcomeRow>(rated('settlements_labelled', ''));
  const outcomesOf = database.statement<[string, number, number], OutcomeRow>(
    rated('settlements_labelled_of_space', 'AND s.space_id = ?'),
  );

  interface HeldOutRow {
    readonly turn_id: TurnId;
  }
  // The newest is what was opened last, as the clock may jump back.
  const heldOutBy = (index: string, scope: string): string => `
    SELECT t.turn_id FROM turns t INDEXED BY ${index}
    WHERE t.is_hold_out = 1 AND t.state = 'done' AND t.line = 'main' AND t.reply_text <> '' ${scope}
      AND t.platform NOT IN (SELECT value FROM json_each(?))
      AND NOT EXISTS (SELECT 1 FROM policy_comparisons c WHERE c.policy_id = ? AND c.turn_id = t.turn_id)
    ORDER BY t.ordinal DESC LIMIT ?`;
  const heldOut = database.statement<[string, string, number], HeldOutRow>(heldOutBy('turns_held_out', ''));
  const heldOutOf = database.statement<[string, string, string, number], HeldOutRow>(
    heldOutBy('turns_held_out_of_space', 'AND t.space_id = ?'),
  );

  return {
    addComparison: async (policyId, { turnId, outcome, at }) => {
      database.attempt(() => add.run(policyId, turnId, outcome, at));
    },
    comparisons: async (policyId) => database.attempt(() => comparisons.all(policyId)).map(toComparison),
    outcomes: async (scope, since, limit) => {
      const rows = database.attempt(() =>
        scope.kind === 'everywhere'
          ? outcomes.all(since, limit)
          : outcomesOf.all(scope.spaceId, since, limit),
      );
      return rows.map(toOutcome);
    },
    heldOut: async (scope, except, limit, foreignPlatforms) => {
      const foreign = JSON.stringify(foreignPlatforms);
      const rows = database.attempt(() =>
        scope.kind === 'everywhere'
          ? heldOut.all(foreign, except, limit)
          : heldOutOf.all(scope.spaceId, foreign, except, limit),
      );
      return rows.map((row) => row.turn_id);
    },
  };
}

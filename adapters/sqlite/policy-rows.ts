import type { ConversationKey } from '../../core/domain/conversation.ts';
import type { PersonId, SessionId, TurnId } from '../../core/domain/ids.ts';
import type { Policy, PolicyId, PolicyState, RunId } from '../../core/domain/policy.ts';
import type { PolicyComparison, PolicyOutcome } from '../../core/ports/policy-store.ts';
import { isPolicyEvidence, isPolicySource, type ScopeColumn, scopeOf } from './training-wire.ts';
import { parseColumn } from './wire.ts';

export interface PolicyRow {
  readonly number: number;
  readonly policy_id: PolicyId;
  readonly scope: ScopeColumn;
  readonly version: number;
  readonly parent_id: PolicyId | null;
  readonly source: string;
  readonly state: PolicyState;
  readonly reason: string | null;
  readonly is_pinned: number;
  readonly run_id: RunId;
  readonly evidence: string;
  readonly created_at: number;
  readonly since: number;
}

export const SELECT_POLICY = `SELECT number, policy_id, scope, version, parent_id, source, state, reason, is_pinned,
  run_id, evidence, created_at, since FROM policies`;

/** What is known of it may be found out again, where it is damaged; what it is may not. */
export function toPolicy(row: PolicyRow): Policy | undefined {
  const source = parseColumn(row.source, isPolicySource);
  if (source === undefined) return undefined;
  return {
    policyId: row.policy_id,
    number: row.number,
    scope: scopeOf(row.scope),
    version: row.version,
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    source,
    state: row.state,
    ...(row.reason === null ? {} : { reason: row.reason }),
    isPinned: row.is_pinned === 1,
    runId: row.run_id,
    evidence: parseColumn(row.evidence, isPolicyEvidence) ?? {},
    createdAt: row.created_at,
    since: row.since,
  };
}

export interface ComparisonRow {
  readonly turn_id: TurnId;
  readonly outcome: PolicyComparison['outcome'];
  readonly compared_at: number;
}

export const toComparison = (row: ComparisonRow): PolicyComparison => ({
  turnId: row.turn_id,
  outcome: row.outcome,
  at: row.compared_at,
});

export interface OutcomeRow {
  readonly turn_id: TurnId;
  readonly conversation_key: ConversationKey;
  readonly session_id: SessionId;
  readonly asker_id: PersonId;
  readonly policy: string;
  readonly value: number;
  readonly asked_at: number;
}

export const toOutcome = (row: OutcomeRow): PolicyOutcome => ({
  turnId: row.turn_id,
  conversationKey: row.conversation_key,
  sessionId: row.session_id,
  askerId: row.asker_id,
  policy: row.policy,
  value: row.value,
  at: row.asked_at,
});

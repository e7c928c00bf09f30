import { AppError } from '../../core/domain/app-error.ts';
import { type Policy, type PolicyId, type PolicyState, policyScopeKey } from '../../core/domain/policy.ts';
import type { NewPolicy, PolicyStore } from '../../core/ports/policy-store.ts';
import type { SqliteDatabase } from './database.ts';
import { type PolicyRow, SELECT_POLICY, toPolicy } from './policy-rows.ts';
import { createPolicyTrials } from './policy-trials.ts';
import { readRows } from './rows.ts';
import { evidenceText, isPolicyEvidence } from './training-wire.ts';
import { parseColumn } from './wire.ts';

type Reads = Pick<PolicyStore, 'get' | 'byNumber' | 'list' | 'serving' | 'inState'>;
type Move = Parameters<PolicyStore['move']>[2];

function unknownPolicy(policyId: PolicyId): AppError {
  return new AppError('not_found', `The policy ${policyId} is not stored. Look at the list of policies.`);
}

function createReads(database: SqliteDatabase): Reads {
  const get = database.statement<[string], PolicyRow>(`${SELECT_POLICY} WHERE policy_id = ?`);
  const byNumber = database.statement<[number], PolicyRow>(`${SELECT_POLICY} WHERE number = ?`);
  const list = database.statement<[number], PolicyRow>(`${SELECT_POLICY} ORDER BY number DESC LIMIT ?`);
  const listOf = database.statement<[string, number], PolicyRow>(
    `${SELECT_POLICY} WHERE scope = ? ORDER BY number DESC LIMIT ?`,
  );
  const inState = database.statement<[string], PolicyRow>(
    `${SELECT_POLICY} WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number`,
  );

  const many = (read: () => readonly PolicyRow[]): readonly Policy[] =>
    readRows(database.logger, 'policies', database.attempt(read), (row) => row.policy_id, toPolicy);
  const among = async (states: readonly PolicyState[]): Promise<readonly Policy[]> =>
    many(() => inState.all(JSON.stringify(states)));

  return {
    get: async (policyId) => many(() => get.all(policyId))[0],
    byNumber: async (number) => many(() => byNumber.all(number))[0],
    list: async (limit, scope) =>
      many(() => (scope === undefined ? list.all(limit) : listOf.all(policyScopeKey(scope), limit))),
    serving: () => among(['serving']),
    inState: among,
  };
}

export function createPolicyStore(database: SqliteDatabase): PolicyStore {
  const stored = database.statement<[string], PolicyRow>(`${SELECT_POLICY} WHERE policy_id = ?`);
  const insert = database.statement<readonly (string | number | null)[]>(`
    INSERT INTO policies (policy_id, scope, version, parent_id, source, state, run_id, created_at, since)
    VALUES (?, ?, ?, ?, ?, 'candidate', ?, ?, ?)`);
  const setState = database.statement<[string, string | null, number, string]>(
    'UPDATE policies SET state = ?, reason = ?, since = ? WHERE policy_id = ?',
  );
  const supersede = database.statement<[number, string, string]>(`
    UPDATE policies SET state = 'superseded', reason = NULL, since = ?
    WHERE scope = ? AND state = 'serving' AND policy_id <> ?`);
  const pin = database.statement<[number, string]>('UPDATE policies SET is_pinned = ? WHERE policy_id = ?');
  const setEvidence = database.statement<[string, string]>(
    'UPDATE policies SET evidence = ? WHERE policy_id = ?',
  );

  function require(policyId: PolicyId): PolicyRow {
    const row = stored.get(policyId);
    if (row === undefined) throw unknownPolicy(policyId);
    return row;
  }

  /** As it will be read. What could not be read again is not stored. */
  function read(policyId: PolicyId): Policy {
    const policy = toPolicy(require(policyId));
    if (policy !== undefined) return policy;
    throw new AppError('invalid_input', 'A policy must say what answers: weights, a model or a persona.');
  }

  function add(policy: NewPolicy): Policy {
    const { policyId, scope, parentId, source, runId, createdAt } = policy;
    if (stored.get(policyId) !== undefined) return read(policyId);
    const version = parentId === undefined ? 1 : require(parentId).version + 1;
    const values = [policyId, policyScopeKey(scope), version, parentId ?? null, JSON.stringify(source)];
    insert.run(...values, runId, createdAt, createdAt);
    return read(policyId);
  }

  function succeed(successor: PolicyId, from: PolicyRow, at: number): void {
    const { scope } = require(successor);
    if (successor === from.policy_id || scope !== from.scope) {
      throw new AppError(
        'invalid_input',
        'Only another policy of the same scope can answer in place of one that is taken back.',
      );
    }
    setState.run('serving', null, at, successor);
  }

  function move(policyId: PolicyId, from: readonly PolicyState[], to: Move): boolean {
    const before = stored.get(policyId);
    if (before === undefined || !from.includes(before.state)) return false;
    const { state, reason, at, successor } = to;
    // First, as one alone may serve in a scope.
    if (state === 'serving') supersede.run(at, before.scope, policyId);
    setState.run(state, reason ?? null, at, policyId);
    const isTakenBack = before.state === 'serving' && state === 'rolled_back';
    if (isTakenBack && successor !== undefined) succeed(successor, before, at);
    return true;
  }

  return {
    add: async (policy) => database.transact(() => add(policy)),
    move: async (policyId, from, to) => database.transact(() => move(policyId, from, to)),
    pin: async (policyId, isPinned) => {
      const changed = database.attempt(() => pin.run(isPinned ? 1 : 0, policyId));
      if (changed === 0) throw unknownPolicy(policyId);
    },
    setEvidence: async (policyId, evidence) => {
      const text = evidenceText(evidence);
      if (parseColumn(text, isPolicyEvidence) === undefined) {
        throw new AppError('invalid_input', 'The evidence of a policy holds a number that is none.');
      }
      const changed = database.attempt(() => setEvidence.run(text, policyId));
      if (changed === 0) throw unknownPolicy(policyId);
    },
    ...createReads(database),
    ...createPolicyTrials(database),
  };
}

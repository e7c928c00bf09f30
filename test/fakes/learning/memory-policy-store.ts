import { AppError } from '../../../core/domain/app-error.ts';
import type { TurnId } from '../../../core/domain/ids.ts';
import { type Policy, type PolicyId, type PolicyScope, policyScopeKey } from '../../../core/domain/policy.ts';
import type { PolicyComparison, PolicyStore } from '../../../core/ports/policy-store.ts';
import type { NewTurn } from '../../../core/ports/turn-store.ts';

/** A delivered answer; rated where it has a value, −1 … 1. */
export interface JudgedTurn
  extends Pick<
    NewTurn,
    | 'turnId'
    | 'conversation'
    | 'conversationKey'
    | 'sessionId'
    | 'askerId'
    | 'policy'
    | 'isHoldOut'
    | 'startedAt'
  > {
  readonly value?: number;
}

export interface MemoryPolicyStore extends PolicyStore {
  /** In the order in which they were asked. */
  addTurns(...turns: readonly JudgedTurn[]): void;
}

interface Kept {
  policy: Policy;
  readonly comparisons: Map<TurnId, PolicyComparison>;
}

/** Policies in memory. */
export function createMemoryPolicyStore(): MemoryPolicyStore {
  const kept = new Map<PolicyId, Kept>();
  const turns: JudgedTurn[] = [];
  const isOf = ({ conversation }: JudgedTurn, scope: PolicyScope): boolean =>
    scope.kind === 'everywhere' || conversation.spaceId === scope.spaceId;
  const isSameScope = (a: Policy, b: PolicyScope): boolean => policyScopeKey(a.scope) === policyScopeKey(b);

  function known(policyId: PolicyId): Kept {
    const one = kept.get(policyId);
    if (one === undefined) throw new AppError('not_found', `The policy ${policyId} is not stored.`);
    return one;
  }
  const where = (isWanted: (policy: Policy) => boolean): readonly Policy[] =>
    structuredClone([...kept.values()].map(({ policy }) => policy).filter(isWanted));
  function setState(one: Kept, state: Policy['state'], at: number, reason?: string): void {
    const { reason: _, ...rest } = one.policy;
    one.policy = { ...rest, state, since: at, ...(reason === undefined ? {} : { reason }) };
  }

  return {
    addTurns: (...added) => void turns.push(...structuredClone(added)),
    async add(policy) {
      const stored = kept.get(policy.policyId);
      if (stored !== undefined) return structuredClone(stored.policy);
      const version = policy.parentId === undefined ? 1 : known(policy.parentId).policy.version + 1;
      const whole: Policy = {
        ...structuredClone(policy),
        number: kept.size + 1,
        version,
        state: 'candidate',
        isPinned: false,
        evidence: {},
        since: policy.createdAt,
      };
      kept.set(policy.policyId, { policy: whole, comparisons: new Map() });
      return structuredClone(whole);
    },
    get: async (policyId) => structuredClone(kept.get(policyId)?.policy),
    byNumber: async (number) => where((policy) => policy.number === number)[0],
    list: async (limit, scope) =>
      where((policy) => scope === undefined || isSameScope(policy, scope))
        .toReversed()
        .slice(0, limit),
    serving: async () => where(({ state }) => state === 'serving'),
    inState: async (states) => where(({ state }) => states.includes(state)),
    async move(policyId, from, { state, reason, at, successor }) {
      const one = kept.get(policyId);
      if (one === undefined || !from.includes(one.policy.state)) return false;
      const isTakenBack = one.policy.state === 'serving' && state === 'rolled_back';
      const next = isTakenBack && successor !== undefined ? known(successor) : undefined;
      if (next !== undefined && (next === one || !isSameScope(next.policy, one.policy.scope))) {
        throw new AppError('invalid_input', 'The successor is no other policy of the scope.');
      }
      for (const other of kept.values()) {
        const isServing = other.policy.state === 'serving' && isSameScope(other.policy, one.policy.scope);
        if (state === 'serving' && isServing && other !== one) setState(other, 'superseded', at);
      }
      setState(one, state, at, reason);
      if (next !== undefined) setState(next, 'serving', at);
      return true;
    },
    async pin(policyId, isPinned) {
      const one = known(policyId);
      one.policy = { ...one.policy, isPinned };
    },
    async setEvidence(policyId, evidence) {
      const one = known(policyId);
      const text = JSON.stringify(evidence, (_, value: unknown) => {
        if (Number.isNaN(value)) throw new AppError('invalid_input', 'The evidence holds no number.');
        return value === Number.POSITIVE_INFINITY ? Number.MAX_VALUE : value;
      });
      one.policy = { ...one.policy, evidence: JSON.parse(text) };
    },
    async addComparison(policyId, comparison) {
      const { comparisons } = known(policyId);
      if (!comparisons.has(comparison.turnId)) comparisons.set(comparison.turnId, { ...comparison });
    },
    comparisons: async (policyId) => structuredClone([...(kept.get(policyId)?.comparisons.values() ?? [])]),
    async outcomes(scope, since, limit) {
      const found = turns.flatMap((turn) => {
        const { turnId, conversationKey, sessionId, askerId, policy, startedAt: at, value } = turn;
        if (value === undefined || at < since || !isOf(turn, scope)) return [];
        return [{ turnId, conversationKey, sessionId, askerId, policy, value, at }];
      });
      return found.toSorted((a, b) => a.at - b.at || (a.turnId < b.turnId ? -1 : 1)).slice(0, limit);
    },
    async heldOut(scope, except, limit, foreignPlatforms) {
      const compared = kept.get(except)?.comparisons;
      return turns
        .filter((turn) => turn.isHoldOut && isOf(turn, scope) && compared?.has(turn.turnId) !== true)
        .filter((turn) => !foreignPlatforms.includes(turn.conversation.platform))
        .map(({ turnId }) => turnId)
        .toReversed()
        .slice(0, limit);
    },
  };
}

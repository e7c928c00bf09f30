import type { TurnId } from '../../../../core/domain/ids.ts';
import { type Policy, type PolicyId, policyScopeKey } from '../../../../core/domain/policy.ts';
import type { PolicyComparison, PolicyOutcome, PolicyStore } from '../../../../core/ports/policy-store.ts';

export interface MemoryPolicies extends PolicyStore {
  /** Turns of conversations that are kept out of learning, the newest first. */
  readonly held: TurnId[];
  /** In the order of time. */
  readonly rated: PolicyOutcome[];
  /** All that is stored, as plain data. */
  dump(): unknown;
  /** Makes every call reject from now on, or no longer. */
  fail(error: Error | undefined): void;
}

/** A `PolicyStore` in memory. */
export function createMemoryPolicies(): MemoryPolicies {
  const policies = new Map<PolicyId, Policy>();
  const compared = new Map<PolicyId, PolicyComparison[]>();
  const held: TurnId[] = [];
  const rated: PolicyOutcome[] = [];
  let failure: Error | undefined;

  function put(policy: Policy): void {
    policies.set(policy.policyId, structuredClone(policy));
  }
  function all(): readonly Policy[] {
    if (failure !== undefined) throw failure;
    return [...policies.values()].toSorted((a, b) => a.number - b.number);
  }
  function change(policyId: PolicyId, changes: Partial<Policy>): void {
    const policy = policies.get(policyId);
    if (failure !== undefined) throw failure;
    if (policy !== undefined) put({ ...policy, ...changes });
  }

  return {
    held,
    rated,
    dump: () => structuredClone({ policies: [...policies.values()], compared: [...compared] }),
    fail(error) {
      failure = error;
    },
    async add(policy) {
      const known = all().find(({ policyId }) => policyId === policy.policyId);
      if (known !== undefined) return known;
      const parent = policy.parentId === undefined ? undefined : policies.get(policy.parentId);
      const added: Policy = {
        ...policy,
        number: policies.size + 1,
        version: (parent?.version ?? 0) + 1,
        state: 'candidate',
        isPinned: false,
        evidence: {},
        since: policy.createdAt,
      };
      put(added);
      return added;
    },
    async get(policyId) {
      return all().find((policy) => policy.policyId === policyId);
    },
    async byNumber(number) {
      return all().find((policy) => policy.number === number);
    },
    async list(limit, scope) {
      return all()
        .filter((policy) => scope === undefined || policyScopeKey(policy.scope) === policyScopeKey(scope))
        .toReversed()
        .slice(0, limit);
    },
    async serving() {
      return all().filter(({ state }) => state === 'serving');
    },
    async inState(states) {
      return all().filter(({ state }) => states.includes(state));
    },
    async move(policyId, from, { state, reason, at, successor }) {
      const policy = all().find((known) => known.policyId === policyId);
      if (policy === undefined || !from.includes(policy.state)) return false;
      const { reason: _, ...rest } = policy;
      const moved: Policy = { ...rest, state, since: at, ...(reason === undefined ? {} : { reason }) };
      if (state === 'serving') {
        const before = all().find(
          (other) =>
            other.state === 'serving' && policyScopeKey(other.scope) === policyScopeKey(policy.scope),
        );
        if (before !== undefined) change(before.policyId, { state: 'superseded', since: at });
      }
      put(moved);
      if (state === 'rolled_back' && policy.state === 'serving' && successor !== undefined) {
        change(successor, { state: 'serving', since: at });
      }
      return true;
    },
    async pin(policyId, isPinned) {
      change(policyId, { isPinned });
    },
    async setEvidence(policyId, evidence) {
      change(policyId, { evidence: structuredClone(evidence) });
    },
    async addComparison(policyId, comparison) {
      all();
      const own = compared.get(policyId) ?? [];
      if (own.some(({ turnId }) => turnId === comparison.turnId)) return;
      compared.set(policyId, [...own, comparison]);
    },
    async comparisons(policyId) {
      all();
      return compared.get(policyId) ?? [];
    },
    async outcomes(_, since, limit) {
      all();
      return rated.filter(({ at }) => at >= since).slice(0, limit);
    },
    async heldOut(_, except, limit, foreignPlatforms) {
      const own = compared.get(except) ?? [];
      const isForeign = (id: TurnId): boolean => foreignPlatforms.some((name) => id.startsWith(`${name} `));
      return held.filter((id) => !isForeign(id) && !own.some(({ turnId }) => turnId === id)).slice(0, limit);
    },
  };
}

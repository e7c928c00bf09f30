import type { Policy, PolicyId, PolicyScope } from '../../domain/policy.ts';
import { policyId, policyScopeKey } from '../../domain/policy.ts';
import type { GatheredSample } from './gathered-sample.ts';
import type { RunLimits } from './plan-limits.ts';

/**
 * How many more times another policy may come to serve before a sample is too stale to train; below 0 it is. `undefined`
 * where nobody knows what gave it.
 */
export function swapsLeft(
  { value, distance }: Pick<GatheredSample, 'value' | 'distance'>,
  { staleBad, staleGood }: Pick<RunLimits, 'staleBad' | 'staleGood'>,
): number | undefined {
  return distance === undefined ? undefined : (value < 0 ? staleBad : staleGood) - distance;
}

/**
 * How many trainings lie between two policies: the steps from each to the nearest one that both come from, or are. Versions
 * would not tell: two children of one parent have the same, and each is a training away from it on a way of its own. `undefined` where
 * they come from nothing in common. Either order gives the same.
 */
export function policyDistance(
  a: string,
  b: string,
  parentOf: (policy: string) => string | undefined,
): number | undefined {
  const steps = new Map(ancestry(a, parentOf).map((policy, at) => [policy, at]));
  const others = ancestry(b, parentOf);
  const at = others.findIndex((policy) => steps.has(policy));
  const nearest = others[at];
  return nearest === undefined ? undefined : at + (steps.get(nearest) ?? 0);
}

/** A policy, its parent, and so on. Each once: a circle, which only damage can make, ends. */
function ancestry(policy: string, parentOf: (policy: string) => string | undefined): readonly string[] {
  const found = new Set<string>();
  for (let next: string | undefined = policy; next !== undefined && !found.has(next); next = parentOf(next)) {
    found.add(next);
  }
  return [...found];
}

/** What is known of policies, as `PolicyDesk` knows it. */
export interface KnownPolicies {
  policyOf(policyId: PolicyId): Pick<Policy, 'parentId' | 'scope'> | undefined;
  /** 0 for a name of the configured model; `undefined` for what nobody knows. */
  versionOf(stamp: string): number | undefined;
  servingIn(scope: PolicyScope): Pick<Policy, 'policyId'> | undefined;
}

/** Stands for the configured model, whatever its name; no policy is called so. */
const configured = '';

/**
 * How far what a `Turn.policy` names lies from what serves in a scope now (`policyDistance`). The configured model is what all
 * policies of the scope, and of everywhere, come from at last. `undefined` for a stamp that nobody knows, and for the lines of others.
 */
export function distancesIn(
  policies: KnownPolicies,
  scope: PolicyScope,
): (stamp: string) => number | undefined {
  const serving = policies.servingIn(scope)?.policyId ?? configured;
  const keys: readonly string[] = [policyScopeKey(scope), policyScopeKey({ kind: 'everywhere' })];
  const parentOf = (name: string): string | undefined => {
    const policy = name === configured ? undefined : policies.policyOf(policyId(name));
    if (policy === undefined) return undefined;
    return policy.parentId ?? (keys.includes(policyScopeKey(policy.scope)) ? configured : undefined);
  };
  return (stamp) => {
    const isPolicy = policies.policyOf(policyId(stamp)) !== undefined;
    if (!isPolicy && policies.versionOf(stamp) !== 0) return undefined;
    return policyDistance(isPolicy ? stamp : configured, serving, parentOf);
  };
}

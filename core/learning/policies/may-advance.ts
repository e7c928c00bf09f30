import type { Policy } from '../../domain/policy.ts';
import { type PolicyLines, servingIn } from './policy-lines.ts';

/** Where the test of policies may move one. */
export type Advance = 'candidate' | 'canary' | 'serving' | 'discarded' | 'rolled_back';

/** To where people are answered by it only while its parent serves, and what is pinned is neither replaced nor taken back. */
export function mayAdvance(lines: PolicyLines, policy: Policy, to: Advance): boolean {
  const now = servingIn(lines, policy.scope);
  switch (to) {
    case 'canary':
      return now?.policyId === policy.parentId;
    case 'serving':
      return now?.policyId === policy.parentId && now?.isPinned !== true;
    case 'rolled_back':
      return !policy.isPinned;
    default:
      return true;
  }
}

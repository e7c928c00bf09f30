import type { Policy } from '../domain/policy.ts';
import type { PolicyChange } from '../learning/policies/policy-desk.ts';
import { becauseOf, policyTitle } from './policy-words.ts';

/** What maintainers are told when something became of a policy. Markdown. */
export function policyTold(policy: Pick<Policy, 'number' | 'reason'>, what: PolicyChange): string {
  const { number } = policy;
  const name = policyTitle(policy);
  const why = becauseOf(policy);
  switch (what) {
    case 'added':
      return `${name} is new. It answers nobody yet; \`policy show ${number}\` tells how its test goes.`;
    case 'canary':
      return `${name} now answers a small share of conversations${why}.`;
    case 'promoted':
      return `${name} now answers${why}. \`policy rollback ${number}\` takes it back.`;
    case 'discarded':
      return `${name} was discarded${why}.`;
    case 'rolled_back':
      return `${name} was taken back${why}. What answered before it answers again.`;
    case 'harm_but_pinned':
      return `People are less happy with ${name} than with what answered before it. It is pinned, so it stays; \`policy rollback ${number}\` takes it back.`;
  }
}

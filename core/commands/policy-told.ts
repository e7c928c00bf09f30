import type { Policy } from '../domain/policy.ts';
import type { PolicyChange } from '../learning/policies/policy-desk.ts';

/** What maintainers are told when something became of a policy; `undefined` where a person did it, who knows. Markdown. */
export function policyTold(
  { number, reason }: Pick<Policy, 'number' | 'reason'>,
  what: PolicyChange,
): string | undefined {
  const name = `**Policy ${number}**`;
  const why = reason === undefined ? '' : `: ${reason}`;
  switch (what) {
    case 'added':
      return `${name} is new. It answers nobody yet; \`policy show ${number}\` tells how its test goes.`;
    case 'canary':
      return `${name} now answers a small share of conversations${why}.`;
    case 'promoted':
      return `${name} now answers${why}. \`policy rollback\` takes it back.`;
    case 'discarded':
      return `${name} was discarded${why}.`;
    case 'rolled_back':
      return `${name} was taken back${why}. What answered before it answers again.`;
    case 'harm_but_pinned':
      return `People are less happy with ${name} than with what answered before it. It is pinned, so it stays; \`policy rollback\` takes it back.`;
  }
}

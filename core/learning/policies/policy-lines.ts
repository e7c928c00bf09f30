import { type Policy, type PolicyId, type PolicyScope, policyScopeKey } from '../../domain/policy.ts';

/** What answers in one scope, as of now. */
export interface PolicyLine {
  readonly serving?: Policy;
  readonly canary?: Policy;
  /** What served before the one that serves; absent: nothing of this scope did. */
  readonly previous?: Policy;
  /** The one that serves took its place from what served before, and did not get it back. */
  readonly isPromoted: boolean;
}

export interface PolicyLines {
  readonly byId: ReadonlyMap<PolicyId, Policy>;
  /** By scope key; a scope in which nothing was ever tried has none. */
  readonly byScope: ReadonlyMap<string, PolicyLine>;
}

export function policyLines(policies: readonly Policy[]): PolicyLines {
  const scopes = Map.groupBy(policies, ({ scope }) => policyScopeKey(scope));
  return {
    byId: new Map(policies.map((policy) => [policy.policyId, policy])),
    byScope: new Map([...scopes].map(([key, own]) => [key, lineOf(own)])),
  };
}

function lineOf(policies: readonly Policy[]): PolicyLine {
  const among = (state: Policy['state']): readonly Policy[] =>
    policies.filter((policy) => policy.state === state).toSorted((a, b) => a.number - b.number);
  const [serving] = among('serving');
  const [canary] = among('canary');
  const line = { ...(canary === undefined ? {} : { canary }), isPromoted: false };
  if (serving === undefined) return line;
  // Each promotion puts one on this pile, each rollback takes the last one off.
  const previous = among('superseded')
    .toSorted((a, b) => b.since - a.since || b.number - a.number)
    .at(0);
  // What a rollback brings back is in service since the other was taken out, in one commit.
  const isBack = among('rolled_back').some(({ since }) => since === serving.since);
  return {
    ...line,
    serving,
    ...(previous === undefined ? {} : { previous }),
    isPromoted: !isBack,
  };
}

const everywhere: PolicyScope = { kind: 'everywhere' };

/** The lines that may answer in a scope, its own before that of everywhere. */
export function linesFor({ byScope }: PolicyLines, scope: PolicyScope): readonly PolicyLine[] {
  const keys = new Set([policyScopeKey(scope), policyScopeKey(everywhere)]);
  return [...keys].flatMap((key) => byScope.get(key) ?? []);
}

/** What serves a scope; absent: the configured model. */
export function servingIn(lines: PolicyLines, scope: PolicyScope): Policy | undefined {
  return linesFor(lines, scope).find(({ serving }) => serving !== undefined)?.serving;
}

/** What keeps answering the control share while what serves is watched; absent: whatever answers there without a policy of this scope. */
export function controlOf(line: PolicyLine): Policy | undefined {
  const { serving, previous } = line;
  return serving !== undefined && previous?.since === serving.since ? previous : undefined;
}

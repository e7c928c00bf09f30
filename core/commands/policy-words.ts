import type { Policy, PolicyEvidence, PolicyId, PolicyState } from '../domain/policy.ts';
import { counted, enumerated, inlineCode, literal } from './markdown-text.ts';

const states: Readonly<Record<PolicyState, string>> = {
  candidate: 'candidate, answers nobody at present',
  canary: 'canary, answers in a small share of conversations',
  serving: 'serving',
  superseded: 'served until a later one did',
  discarded: 'discarded, never served',
  rolled_back: 'taken back',
};

/** Where a policy stands, in a few words. */
export function policyStanding({ state, isPinned }: Pick<Policy, 'state' | 'isPinned'>): string {
  return `${states[state]}${isPinned ? ', pinned' : ''}`;
}

const sources: Readonly<Record<Policy['source']['kind'], string>> = {
  weights: 'trained weights',
  hosted_model: 'a model tuned at its provider',
  wording: 'another persona',
};

/** A policy in a few words without its number. No Markdown. */
export function policyInShort(policy: Pick<Policy, 'state' | 'isPinned' | 'source'>): string {
  return `${sources[policy.source.kind]}, ${policyStanding(policy)}`;
}

export function sourceKindInWords({ source }: Pick<Policy, 'source'>): string {
  return sources[source.kind];
}

/** What makes it answer in another way, without the words of a persona. Markdown. */
export function sourceInWords({ source }: Pick<Policy, 'source'>): string {
  switch (source.kind) {
    case 'weights':
      return `${sources.weights} of ${inlineCode(source.baseModel)}`;
    case 'hosted_model':
      return `${sources.hosted_model}, ${inlineCode(source.model)}`;
    case 'wording':
      return source.answersBy === undefined
        ? `${sources.wording} for the configured model`
        : `${sources.wording} for the model of an earlier policy`;
  }
}

/** `policy 2`, or the configured model. A policy that is not among those known is an earlier one. */
export function policyNamed(policyId: PolicyId | undefined, known: readonly Policy[]): string {
  if (policyId === undefined) return 'the configured model';
  const policy = known.find((other) => other.policyId === policyId);
  return policy === undefined ? 'an earlier policy' : `policy ${policy.number}`;
}

/** What is known of a policy, in one line. */
export function evidenceInShort({ replay, probes, live }: PolicyEvidence): string {
  const parts = [
    ...(replay === undefined
      ? []
      : [`replay ${replay.wins} won, ${replay.ties} even, ${replay.losses} lost`]),
    ...(probes === undefined
      ? []
      : [
          probes.failed.length === 0
            ? 'all probes passed'
            : counted(probes.failed.length, 'probe failed', 'probes failed'),
        ]),
    ...(live === undefined ? [] : [`${counted(live.sessions, 'session', 'sessions')} with people`]),
  ];
  return parts.length === 0 ? 'not tested yet' : enumerated(parts);
}

/** An e-value: `3.2`, `1.0e+5`. */
export const evidenceFigure = (value: number): string =>
  value >= 1_000 ? value.toExponential(1) : value.toFixed(1);

/** `Policy 3`, to begin a line. */
export const policyTitle = ({ number }: Pick<Policy, 'number'>): string => `**Policy ${number}**`;

/** Why it is in its state, to end a sentence; empty where no reason is known. Markdown. */
export const becauseOf = ({ reason }: Pick<Policy, 'reason'>): string =>
  reason === undefined ? '' : `: ${literal(reason)}`;

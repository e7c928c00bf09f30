import { answererOf, type Policy, type PolicySource } from '../../domain/policy.ts';

/** What a run made, with what its parent had and the run did not touch. */
export function inherited(source: PolicySource, parent: Policy | undefined): PolicySource {
  if (parent === undefined) return source;
  if (source.kind === 'wording') {
    const answersBy = answererOf(parent);
    return answersBy === undefined ? source : { ...source, answersBy };
  }
  const { persona, personaFrom } = parent.source;
  if (persona === undefined) return source;
  return { ...source, persona, ...(personaFrom === undefined ? {} : { personaFrom }) };
}

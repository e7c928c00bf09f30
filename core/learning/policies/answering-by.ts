import {
  answererOf,
  isPersonaOutdated,
  learnedPersonaOf,
  type Policy,
  type PolicyId,
} from '../../domain/policy.ts';
import type { SkillProvenance } from '../../domain/skill.ts';

/** Whom a conversation is answered by, for the prompt and the model's request. */
export interface AnsweringPolicy {
  readonly policyId: PolicyId;
  /** In the place of the configured one. */
  readonly persona?: string;
  /** Whose words that persona was learned from; absent: nobody's, as far as is known. */
  readonly learnedFrom?: SkillProvenance;
}

/**
 * How a policy answers. Where its persona is outdated the configured one does, and of a policy that is nothing but words its model
 * is left: the turn is stamped with what answered. `undefined`: the configured model.
 */
export function answeringBy(
  policy: Pick<Policy, 'policyId' | 'source'>,
  personaDigest: string,
): AnsweringPolicy | undefined {
  const { policyId, source } = policy;
  if (source.kind === 'wording' && isPersonaOutdated(source, personaDigest)) {
    const answerer = answererOf(policy);
    return answerer === undefined ? undefined : { policyId: answerer };
  }
  const persona = learnedPersonaOf(source, personaDigest);
  if (persona === undefined) return { policyId };
  const { text, from } = persona;
  return { policyId, persona: text, ...(from === undefined ? {} : { learnedFrom: from.learnedFrom }) };
}

import type { Proposal } from '../../domain/proposal.ts';
import type { Skill, SkillScope } from '../../domain/skill.ts';
import { draftsOf, type SkillOperation, targetsOf } from '../../domain/skill-operation.ts';
import { type CheckDraft, type CheckedOperation, checkOperation } from './check-operation.ts';
import { audienceOf, type ChangeableLibrary } from './evolver-library.ts';
import { touchedNames } from './proposal-entries.ts';

export type PersonRole = 'person' | 'maintainer' | 'operator';

/**
 * Why a proposal may not take effect in its scope whatever it says, as a sentence. `people`: so many different people must
 * have met a failure before what was learned from it goes to more than one person. `role` absent: the bot itself.
 */
export function scopeRefusal(
  proposal: Pick<Proposal, 'scope' | 'people' | 'learnedFrom'>,
  role: PersonRole | undefined,
  people: number,
): string | undefined {
  const { kind } = proposal.scope;
  if (kind === 'user') return undefined;
  if (kind === 'global' && role !== 'operator') return 'Only the operator may let a skill in for everybody.';
  if (proposal.learnedFrom.isPrivate === true) {
    return 'It was learned where nobody else read along, so it can only be for the person who was there.';
  }
  const known = new Set(proposal.people).size;
  if (known >= people) return undefined;
  return `It was learned from ${known} ${known === 1 ? 'person' : 'people'}. Before it goes to more, ${people} must have met the failure.`;
}

/**
 * What has changed under a proposal since it was made, as a clause: it was made for the texts of then. Absent: nothing.
 */
export function changedSince(
  { scope, operation, createdAt }: Proposal,
  library: Pick<ChangeableLibrary, 'entry'>,
): string | undefined {
  const targets = new Set<string>(targetsOf(operation));
  for (const name of touchedNames({ operation })) {
    const entry = library.entry(scope, name);
    if (!targets.has(name)) {
      if (entry !== undefined) return `there is a skill “${name}” by now`;
      continue;
    }
    if (entry === undefined || entry.state === 'retired' || entry.state === 'hidden') {
      return `“${name}” is no longer in use`;
    }
    if (entry.since > createdAt) return `“${name}” has changed since`;
  }
  return undefined;
}

/** The gates' word on an operation, beside everything that its audience has and it does not replace. */
export function checkInScope(
  operation: SkillOperation,
  { scope, learnedFrom }: { readonly scope: SkillScope; readonly learnedFrom: Proposal['learnedFrom'] },
  library: Pick<ChangeableLibrary, 'list'>,
  check: CheckDraft,
): CheckedOperation {
  const audience = scope.kind === 'global' ? undefined : audienceOf(scope, learnedFrom.isPrivate === true);
  const replaced = new Set<string>([...targetsOf(operation), ...draftsOf(operation).map(({ name }) => name)]);
  const beside = library.list(audience).filter(({ name }: Skill) => !replaced.has(name));
  return checkOperation(operation, beside, check);
}

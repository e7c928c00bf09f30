import { AppError } from '../../domain/app-error.ts';
import type { PersonId } from '../../domain/ids.ts';
import type { Proposal } from '../../domain/proposal.ts';
import { isSkillName, type Skill, type SkillName, type SkillState } from '../../domain/skill.ts';
import { type DraftText, draftsOf, targetsOf } from '../../domain/skill-operation.ts';
import type { DraftedEntry, EvolverLibrary } from './evolver-library.ts';
import { joined } from './provenance.ts';

/**
 * What a proposal changes in the library: each text becomes a version of its name, in `state`; what it takes the place of
 * is retired. Whom a text was learned from stays with the texts that are made of it.
 */
export function entriesOf(
  proposal: Proposal,
  approvedBy: PersonId | undefined,
  state: Extract<SkillState, 'canary' | 'active'>,
  library: Pick<EvolverLibrary, 'at'>,
): readonly DraftedEntry[] {
  const { scope, operation, number, model, support } = proposal;
  const drafts = draftsOf(operation);
  const targets = targetsOf(operation);
  const before = targets.flatMap((name) => library.at(scope, name) ?? []);
  const learnedFrom = joined([proposal.learnedFrom, ...before.map((skill: Skill) => skill.learnedFrom)]);
  const retired = targets.filter((name) => !drafts.some((draft) => draft.name === name));
  return [
    ...drafts.map((draft): DraftedEntry => {
      const name = nameOf(draft);
      return {
        scope,
        name,
        text: {
          ...draft,
          name,
          source: `draft ${number}`,
          origin: {
            kind: 'learned',
            model,
            proposal: number,
            evidence: support,
            ...(approvedBy === undefined ? {} : { approvedBy }),
          },
          learnedFrom,
        },
        state,
      };
    }),
    ...retired.map((name): DraftedEntry => ({ scope, name, state: 'retired' })),
  ];
}

/** Names of the scope that a proposal touches. */
export function touchedNames({ operation }: Pick<Proposal, 'operation'>): readonly SkillName[] {
  return [...new Set([...targetsOf(operation), ...draftsOf(operation).map(nameOf)])];
}

function nameOf({ name }: DraftText): SkillName {
  if (isSkillName(name)) return name;
  throw new AppError(
    'invalid_input',
    'The name of this draft is not allowed. Use a–z, 0–9 and single hyphens.',
  );
}

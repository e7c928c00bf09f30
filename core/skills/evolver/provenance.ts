import { type PersonId, platformOf } from '../../domain/ids.ts';
import { type Skill, type SkillProvenance, skillAuthors } from '../../domain/skill.ts';
import type { Turn } from '../../domain/turn.ts';

/** Everybody whose words stood in a turn's prompt, whoever asked first. */
export function turnProvenance(
  turn: Pick<Turn, 'conversation' | 'askerId' | 'promptAuthors'>,
  hintAuthors: readonly PersonId[] = [],
): SkillProvenance {
  return joined([
    {
      platforms: [turn.conversation.platform],
      authors: [turn.askerId, ...turn.promptAuthors, ...hintAuthors],
      ...(turn.conversation.audience === 'direct' ? { isPrivate: true } : {}),
    },
  ]);
}

/** Of several sources together: what one of them is, all are. In one order, whichever they came in. */
export function joined(sources: readonly (SkillProvenance | undefined)[]): SkillProvenance {
  const known = sources.filter((source) => source !== undefined);
  const authors = [...new Set(known.flatMap((source) => source.authors))].toSorted();
  const platforms = new Set([...known.flatMap((source) => source.platforms), ...authors.map(platformOf)]);
  return {
    platforms: [...platforms].toSorted(),
    authors,
    ...(known.some((source) => source.isPrivate === true) ? { isPrivate: true } : {}),
  };
}

/** Whoever must agree to a use of this text. */
export function authorsOf({ learnedFrom }: Pick<Skill, 'learnedFrom'>): readonly PersonId[] {
  return skillAuthors([learnedFrom === undefined ? {} : { learnedFrom }]);
}

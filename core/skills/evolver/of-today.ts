import { isRetrievable, type Skill, type SkillScope } from '../../domain/skill.ts';
import type { Turn } from '../../domain/turn.ts';
import { audienceOfTurn } from '../audience.ts';
import { givenKey } from '../stale-samples.ts';
import type { EvolverLibrary } from './evolver-library.ts';

type Given = Pick<Turn['skills'][number], 'name' | 'version' | 'scope'>;

const everywhere: SkillScope = { kind: 'global' };

/**
 * Whether a turn was answered under the skills that its words lead to now. What failed under others speaks against those: what
 * it was shown has been changed or taken away since, or something came since that would be found for it. In the modes that
 * compare meanings only what the words lead to is looked for, as nobody kept their vector.
 */
export function isOfToday(turn: Turn, library: Pick<EvolverLibrary, 'at' | 'retrieve'>): boolean {
  const isInUse = ({ name, version, scope = everywhere }: Given): boolean => {
    const skill = library.at(scope, name);
    return skill !== undefined && skill.version === version && isRetrievable(skill.standing.state);
  };
  if (!turn.skills.every(isInUse)) return false;
  const given = new Set([...turn.skills, ...turn.maskedSkills].map(givenKey));
  const isNew = (skill: Skill): boolean =>
    !given.has(givenKey(skill)) && skill.standing.since > turn.startedAt;
  const { chosen } = library.retrieve(turn.requestText, audienceOfTurn(turn));
  return !chosen.some(({ skill }) => isNew(skill));
}

import type { ShownSkill } from '../../../core/domain/skill.ts';
import type { Turn } from '../../../core/domain/turn.ts';

type SkilledTurn = Pick<Turn, 'turnId' | 'askerId' | 'conversation' | 'conversationKey' | 'skills'>;

/** Why a skill must not have stood in a turn's prompt, as a clause; `undefined` where it might. */
function leakOf({ scope, learnedFrom }: ShownSkill, turn: SkilledTurn): string | undefined {
  const { spaceId, platform, audience } = turn.conversation;
  if (scope === undefined) return 'nobody knows whose it is';
  if (learnedFrom?.isPrivate === true && audience !== 'direct') return 'it was learned in private';
  if (scope.kind === 'global') return undefined;
  if (scope.spaceId !== spaceId || scope.platform !== platform) return 'it is of another space';
  if (scope.kind === 'user' && scope.personId !== turn.askerId) return 'it is of another person';
  if (scope.kind === 'conversation' && scope.conversationKey !== turn.conversationKey) {
    return 'it is of another conversation';
  }
  return undefined;
}

/** Each skill that stood in a prompt where it must not, as a sentence. Counted from the turns alone, by no code that chose them. */
export function leaksIn(turns: readonly SkilledTurn[]): readonly string[] {
  return turns.flatMap((turn) =>
    turn.skills.flatMap((skill) => {
      const leak = leakOf(skill, turn);
      return leak === undefined ? [] : [`${skill.name} stood in ${turn.turnId}, but ${leak}.`];
    }),
  );
}

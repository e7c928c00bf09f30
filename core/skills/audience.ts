import type { ConversationKey } from '../domain/conversation.ts';
import type { PersonId, Platform, SpaceId } from '../domain/ids.ts';
import type { Skill, SkillScope } from '../domain/skill.ts';
import type { Turn } from '../domain/turn.ts';

/** For whom and where skills are looked for. */
export interface SkillAudience {
  readonly platform: Platform;
  readonly spaceId: SpaceId;
  /** Absent: skills of single conversations are left out. */
  readonly conversationKey?: ConversationKey;
  /** Absent: skills of single persons are left out. */
  readonly personId?: PersonId;
  /** Others read along: what was learned where only one person did is left out. */
  readonly isShared: boolean;
}

const everywhere: SkillScope = { kind: 'global' };

/** The scopes whose skills an audience is given, the narrowest first. Without an audience the global one. */
export function scopesOf(audience: SkillAudience | undefined): readonly SkillScope[] {
  if (audience === undefined) return [everywhere];
  const { platform, spaceId, conversationKey, personId } = audience;
  const space: SkillScope = { kind: 'space', platform, spaceId };
  const conversation: readonly SkillScope[] =
    conversationKey === undefined ? [] : [{ ...space, kind: 'conversation', conversationKey }];
  const user: readonly SkillScope[] = personId === undefined ? [] : [{ ...space, kind: 'user', personId }];
  return [...user, ...conversation, space, everywhere];
}

/** False for what was learned in private where others read along, or might. */
export function mayBeShown(skill: Pick<Skill, 'learnedFrom'>, audience: SkillAudience | undefined): boolean {
  return skill.learnedFrom?.isPrivate !== true || audience?.isShared === false;
}

/** Who asked, and where. */
export function audienceOfTurn({
  conversation,
  conversationKey,
  askerId,
}: Pick<Turn, 'conversation' | 'conversationKey' | 'askerId'>): SkillAudience {
  const { platform, spaceId, audience } = conversation;
  return { platform, spaceId, conversationKey, personId: askerId, isShared: audience === 'group' };
}

/** Whether an audience is given what a scope holds. */
export function reaches(scope: SkillScope, audience: SkillAudience): boolean {
  if (scope.kind === 'global') return true;
  if (scope.platform !== audience.platform || scope.spaceId !== audience.spaceId) return false;
  switch (scope.kind) {
    case 'space':
      return true;
    case 'conversation':
      return scope.conversationKey === audience.conversationKey;
    case 'user':
      return scope.personId === audience.personId;
  }
}

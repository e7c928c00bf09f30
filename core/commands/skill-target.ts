import { AppError } from '../domain/app-error.ts';
import { nearest } from '../domain/nearest.ts';
import type { Skill, SkillScope, SkillScopeKind } from '../domain/skill.ts';
import type { SkillAudience } from '../skills/audience.ts';
import { mayUse } from './command-spec.ts';
import type { CommandDeps, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { literal, shortened } from './markdown-text.ts';
import { typedSkillName } from './skill-words.ts';

/** The skills that the asker would be given here. */
export function audienceOf({
  conversation,
  conversationKey,
  actorId,
}: Pick<CommandInvocation, 'conversation' | 'conversationKey' | 'actorId'>): SkillAudience {
  return {
    platform: conversation.platform,
    spaceId: conversation.spaceId,
    conversationKey,
    personId: actorId,
    isShared: conversation.audience === 'group',
  };
}

/** The scope of that kind around the asker. */
export function scopeAround(
  kind: SkillScopeKind,
  { conversation: { platform, spaceId }, conversationKey, actorId }: CommandInvocation,
): SkillScope {
  switch (kind) {
    case 'global':
      return { kind };
    case 'space':
      return { kind, platform, spaceId };
    case 'conversation':
      return { kind, platform, spaceId, conversationKey };
    case 'user':
      return { kind, platform, spaceId, personId: actorId };
  }
}

/** Why the asker may not change what stands in this scope, as a sentence; `undefined` where they may. */
export function whyNotTheirs(scope: SkillScope, invocation: CommandInvocation): string | undefined {
  if (mayUse({ role: 'operator' }, invocation.role)) return undefined;
  switch (scope.kind) {
    case 'user':
      return scope.personId === invocation.actorId ? undefined : 'That skill belongs to somebody else.';
    case 'global':
      return 'That skill is for everybody everywhere: only the operator may change it.';
    default:
      if (scope.spaceId !== invocation.conversation.spaceId) return 'That skill belongs to another place.';
      return mayUse({ role: 'maintainer' }, invocation.role)
        ? undefined
        : 'That skill is shared here: only the people who run me here may change it.';
  }
}

/** Throws `not_allowed` with that sentence. */
export function demandTheirs(scope: SkillScope, invocation: CommandInvocation): void {
  const why = whyNotTheirs(scope, invocation);
  if (why !== undefined) throw new AppError('not_allowed', why);
}

/** The skill of that name that the asker sees, also one that is not in use. Throws `not_found` with the nearest name. */
export function skillNamed(
  wanted: string,
  invocation: CommandInvocation,
  deps: Pick<CommandDeps, 'skills' | 'skillTools'>,
  command = 'skill show',
): Skill {
  const audience = audienceOf(invocation);
  const name = typedSkillName(wanted);
  const skill = deps.skills.get(name, audience) ?? deps.skillTools.library.find(name, audience);
  if (skill !== undefined) return skill;
  const names = [...deps.skills.list(audience), ...deps.skillTools.library.resting(audience)].map(
    (known) => known.name,
  );
  const near = nearest(wanted, names) ?? names.find((known) => known.includes(name));
  const hint =
    near === undefined
      ? `${typed(invocation, 'skill list')} shows all of them.`
      : `Did you mean ${typed(invocation, `${command} ${near}`)}?`;
  throw new AppError('not_found', `I have no skill “${literal(shortened(wanted, 64))}” here. ${hint}`);
}

/** A word at the end that stands for consent to what destroys. */
export function isConfirmed(word: string | undefined): boolean {
  return word !== undefined && /^(?:confirm|yes)$/i.test(word);
}

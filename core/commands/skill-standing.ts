import { AppError } from '../domain/app-error.ts';
import type { PersonId } from '../domain/ids.ts';
import {
  isRetrievable,
  type Skill,
  type SkillScope,
  type SkillScopeKind,
  skillScopeKinds,
} from '../domain/skill.ts';
import type { ChangeCause } from '../ports/library-store.ts';
import type { HandEntry } from '../skills/edit-by-hand.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall, CommandDeps, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted, literal } from './markdown-text.ts';
import {
  audienceOf,
  demandTheirs,
  isConfirmed,
  scopeAround,
  skillNamed,
  whyNotTheirs,
} from './skill-target.ts';
import type { SkillTools } from './skill-tools.ts';
import { scopeForAsker } from './skill-words.ts';

const eventsLookedAt = 200;

async function change(
  { invocation, deps }: CommandCall,
  cause: Pick<ChangeCause, 'kind' | 'reason'>,
  entries: readonly HandEntry[],
): Promise<void> {
  await deps.skillTools.library.change({ cause: { ...cause, by: invocation.actorId }, entries });
}

/** The scope in which the asker switches skills on and off: their own, or this place for maintainers, or everywhere. */
function switchScope(where: string | undefined, invocation: CommandInvocation): SkillScope {
  const word = where?.toLowerCase();
  if (word === 'everywhere') {
    if (!mayUse({ role: 'operator' }, invocation.role)) {
      throw new AppError('not_allowed', 'Only the operator may switch a skill for everybody everywhere.');
    }
    return { kind: 'global' };
  }
  if (word === 'me') return scopeAround('user', invocation);
  if (word !== undefined && word !== 'here')
    throw new AppError('invalid_input', 'Say `me`, `here` or `everywhere`.');
  const isForAll = mayUse({ role: 'maintainer' }, invocation.role);
  if (word === 'here' && !isForAll) {
    throw new AppError(
      'not_allowed',
      'Only the people who run me here may switch a skill for everybody here.',
    );
  }
  return scopeAround(isForAll ? 'space' : 'user', invocation);
}

const order = (scope: SkillScope): number => skillScopeKinds.indexOf(scope.kind);

/** Keeps a skill from being given to the asker, or, by maintainers, to anybody here. */
export async function runSkillDisable(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const skill = skillNamed(args['name'] ?? '', invocation, deps, 'skill disable');
  const wanted = switchScope(args['where'], invocation);
  // Who says no place means whomever the skill is for, where that is fewer people.
  const isNarrower = args['where'] === undefined && order(skill.scope) > order(wanted);
  const scope = isNarrower && whyNotTheirs(skill.scope, invocation) === undefined ? skill.scope : wanted;
  const enable = typed(invocation, `skill enable ${skill.name}`);
  const whom = scopeForAsker(scope);
  if (order(skill.scope) > order(scope)) {
    return `**${literal(skill.name)}** belongs to ${scopeForAsker(skill.scope)} alone. ${typed(invocation, `skill remove ${skill.name}`)} takes it out.`;
  }
  const entry = deps.skillTools.library.entry(scope, skill.name);
  if (entry !== undefined && !isRetrievable(entry.state)) {
    return `**${literal(skill.name)}** is not used for ${whom} as it is. ${enable} changes that.`;
  }
  // Of its own scope it rests; a wider one is hidden from here alone.
  const state = entry === undefined || entry.version === 0 ? 'hidden' : 'retired';
  await change(call, { kind: 'disable' }, [{ scope, name: skill.name, state }]);
  return `**${literal(skill.name)}** is no longer used for ${whom}. ${enable} brings it back.`;
}

export async function runSkillEnable(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const scope = switchScope(args['where'], invocation);
  const { library } = deps.skillTools;
  const wanted = (args['name'] ?? '').toLowerCase();
  const known =
    deps.skills.get(wanted, audienceOf(invocation)) ?? library.find(wanted, audienceOf(invocation));
  const skill = known ?? skillNamed(wanted, invocation, deps, 'skill enable');
  const entry = library.entry(scope, skill.name);
  if (entry !== undefined && !isRetrievable(entry.state)) {
    // A hidden one gives way to the wider skill behind it; a resting one comes back as a new trial.
    const state = entry.state === 'hidden' ? 'retired' : 'active';
    await change(call, { kind: 'enable' }, [{ scope, name: skill.name, state }]);
    return `**${literal(skill.name)}** is used again for ${scopeForAsker(scope)}.`;
  }
  if (isRetrievable(skill.standing.state)) return `**${literal(skill.name)}** is in use already.`;
  demandTheirs(skill.scope, invocation);
  await change(call, { kind: 'enable' }, [{ scope: skill.scope, name: skill.name, state: 'active' }]);
  return `**${literal(skill.name)}** is in use again for ${scopeForAsker(skill.scope)}, as a new trial.`;
}

/** Takes a skill out of its scope for good, as far as anybody is given it; its versions stay in the history. */
export async function runSkillRemove(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const skill = skillNamed(args['name'] ?? '', invocation, deps, 'skill remove');
  demandTheirs(skill.scope, invocation);
  const name = literal(skill.name);
  if (!isRetrievable(skill.standing.state) && skill.standing.state !== 'candidate') {
    return `**${name}** is out of use already.`;
  }
  if (!isConfirmed(args['confirm'])) {
    const files =
      skill.origin.kind === 'files' ? ' It comes from a file and stays away until that file changes.' : '';
    return `This takes **${name}**, version ${skill.version}, away from ${scopeForAsker(skill.scope)}.${files} Its versions stay in the history. To do it: ${typed(invocation, `skill remove ${skill.name} confirm`)}`;
  }
  await change(call, { kind: 'remove' }, [
    { scope: skill.scope, name: skill.name, state: 'retired', isPinned: false },
  ]);
  return `**${name}** is taken out. ${typed(invocation, `skill enable ${skill.name}`)} brings it back.`;
}

/** Keeps a skill from being retired or left out by chance. */
export async function runSkillPin(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const word = args['off']?.toLowerCase();
  if (word !== undefined && word !== 'off')
    throw new AppError('invalid_input', 'Say `off`, or nothing to pin it.');
  const isPinned = word === undefined;
  const skill = skillNamed(args['name'] ?? '', invocation, deps, 'skill pin');
  demandTheirs(skill.scope, invocation);
  const name = literal(skill.name);
  if (skill.standing.isPinned === isPinned) return `**${name}** is ${isPinned ? '' : 'not '}pinned as it is.`;
  await change(call, { kind: 'pin' }, [{ scope: skill.scope, name: skill.name, isPinned }]);
  return isPinned
    ? `**${name}** is pinned: it is always shown where it fits and never retired by itself.`
    : `**${name}** is no longer pinned.`;
}

/** Gives a skill to more people, or to fewer. */
export async function runSkillScope(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const skill = skillNamed(args['name'] ?? '', invocation, deps, 'skill scope');
  const kind = skillScopeKinds.find((known) => known === args['scope']?.toLowerCase());
  if (kind === undefined)
    throw new AppError('invalid_input', 'Say `user`, `conversation`, `space` or `global`.');
  demandTheirs(skill.scope, invocation);
  const scope = scopeAround(kind, invocation);
  const name = literal(skill.name);
  if (kind === skill.scope.kind) return `**${name}** is for ${scopeForAsker(scope)} already.`;
  const why = whyNotTheirs(scope, invocation) ?? (await whyNotWider(skill, kind, deps, invocation));
  if (why !== undefined) throw new AppError('not_allowed', why);
  if (!isRetrievable(skill.standing.state)) {
    throw new AppError(
      'conflict',
      `**${name}** is not in use. ${typed(invocation, `skill enable ${skill.name}`)} first.`,
    );
  }
  const there = deps.skillTools.library.at(scope, skill.name);
  if (there !== undefined && isRetrievable(there.standing.state)) {
    throw new AppError(
      'conflict',
      `There is a skill “${name}” for ${scopeForAsker(scope)} already. Edit or remove that one first.`,
    );
  }
  const { description, triggers, body, origin, learnedFrom, standing } = skill;
  const files = await deps.skillTools.library.files(skill.scope, skill.name, skill.version);
  const text = {
    name: skill.name,
    description,
    triggers,
    body,
    source: 'chat',
    origin,
    // What was read from files is given back byte for byte, wherever it has moved to.
    ...(files === undefined ? {} : { files }),
    ...(learnedFrom === undefined ? {} : { learnedFrom }),
  };
  await change(call, { kind: 'scope' }, [
    { scope: skill.scope, name: skill.name, state: 'retired' },
    { scope, name: skill.name, text, state: standing.state },
  ]);
  return `**${name}** is for ${scopeForAsker(scope)} now.`;
}

/** What a few said must not become everybody's rule, and what one said alone must not be read by others. */
async function whyNotWider(
  skill: Skill,
  kind: SkillScopeKind,
  { skillTools }: Pick<CommandDeps, 'skillTools'>,
  invocation: CommandInvocation,
): Promise<string | undefined> {
  const { scope, learnedFrom } = skill;
  const { minPeople } = skillTools;
  const isWider = skillScopeKinds.indexOf(kind) < skillScopeKinds.indexOf(scope.kind);
  if (!isWider || learnedFrom === undefined) return undefined;
  if (learnedFrom.isPrivate === true) {
    return 'It was learned in a direct conversation, so it stays with that person. Write a skill of your own for everybody.';
  }
  if (kind === 'global' && mayUse({ role: 'operator' }, invocation.role)) return undefined;
  const people = new Set(await peopleBehind(skill, learnedFrom.authors, skillTools)).size;
  if (people >= minPeople) return undefined;
  return `It was learned from ${counted(people, 'person', 'people')}; for more than them it takes ${minPeople}. Write a skill of your own, or wait until others say the same.`;
}

/**
 * Whose answers failed. The authors of its words are more: also whoever only spoke in between stands among them, and says
 * nothing for the skill.
 */
async function peopleBehind(
  { scope, name, origin }: Skill,
  authors: readonly PersonId[],
  { library, proposals }: SkillTools,
): Promise<readonly PersonId[]> {
  const number =
    origin.kind === 'learned'
      ? origin.proposal
      : (await library.history(eventsLookedAt, { scope, name })).find(
          ({ cause }) => cause.proposal !== undefined,
        )?.cause.proposal;
  const proposal = number === undefined ? undefined : await proposals.get(number);
  return proposal?.people ?? authors;
}

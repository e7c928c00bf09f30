import { AppError } from '../domain/app-error.ts';
import { lineDiff, showDiff } from '../domain/line-diff.ts';
import type { Skill, SkillScope } from '../domain/skill.ts';
import type { ChangeKind, LibraryEvent, SkillEntry } from '../ports/library-store.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, literal, shortened, spoken } from './markdown-text.ts';
import { demandTheirs, isConfirmed, skillNamed } from './skill-target.ts';
import { fenced, scopeForAsker, skillLines, typedSkillName } from './skill-words.ts';

const shownEvents = 15;
const eventsLookedAt = 3_000;
const versionsLookedAt = 200;
const shownDiffChars = 3_000;
const shownNames = 12;

/** Whether what happens in a scope is this person's business here. */
function concerns(scope: SkillScope, { conversation, conversationKey, actorId }: CommandInvocation): boolean {
  switch (scope.kind) {
    case 'global':
      return true;
    case 'space':
      return scope.spaceId === conversation.spaceId;
    case 'conversation':
      return scope.conversationKey === conversationKey;
    case 'user':
      return scope.spaceId === conversation.spaceId && scope.personId === actorId;
  }
}

/** What happened to the skills that the asker is given here, or to one of them, the latest first. */
export async function runSkillHistory({ invocation, args, deps }: CommandCall): Promise<string> {
  const { library } = deps.skillTools;
  const wanted = args['name'];
  const skill = wanted === undefined ? undefined : skillNamed(wanted, invocation, deps, 'skill history');
  const events = (
    await library.history(
      eventsLookedAt,
      skill === undefined ? undefined : { scope: skill.scope, name: skill.name },
    )
  ).filter(({ after }) => concerns(after.scope, invocation));
  if (events.length === 0) return 'Nothing has happened to the skills here yet.';
  const title =
    skill === undefined
      ? '**What happened to the skills here**'
      : `**What happened to ${literal(skill.name)}**`;
  const now = deps.clock.now();
  const rest = events.length - shownEvents;
  return [
    `${title}, the latest first`,
    events
      .slice(0, shownEvents)
      .map((event) => eventLine(event, invocation, now))
      .join('\n'),
    ...(rest > 0 ? [`…and ${counted(rest, 'earlier change', 'earlier changes')}`] : []),
  ].join('\n\n');
}

const done: Readonly<Record<ChangeKind, string>> = {
  files: 'read from its file',
  add: 'added',
  edit: 'another text',
  merge: 'merged',
  split: 'split',
  retire: 'retired',
  enable: 'switched on',
  disable: 'switched off',
  remove: 'removed',
  pin: 'pinning changed',
  scope: 'moved',
  import: 'imported',
  promote: 'taken over after its trial',
  prove: 'proven by its trial',
  demote: 'stopped, as people were less happy with it',
  mask: 'left out where it did harm',
  undo: 'undone',
  restore: 'restored',
};

function eventLine(
  { cause, after, at, generation }: LibraryEvent,
  invocation: CommandInvocation,
  now: number,
): string {
  const by =
    cause.by === invocation.actorId
      ? ', by you'
      : cause.by !== undefined
        ? ', by somebody else'
        : cause.kind === 'files'
          ? ''
          : `, ${byItself(cause.proposal)}`;
  const version = after.version === 0 ? '' : ` version ${after.version}`;
  const why = cause.reason === undefined ? '' : `: ${literal(shortened(cause.reason, 120))}`;
  const whom = after.scope.kind === 'global' ? '' : `, for ${scopeForAsker(after.scope)}`;
  return `- generation ${generation}, ${spoken(now - at)} ago: **${literal(after.name)}**${version} ${done[cause.kind]}${whom}${by}${why}`;
}

function byItself(proposal: number | undefined): string {
  return proposal === undefined ? 'by itself' : `from draft ${proposal}`;
}

/** How two versions of a skill differ. */
export async function runSkillDiff({ invocation, args, deps }: CommandCall): Promise<string> {
  const skill = skillNamed(args['name'] ?? '', invocation, deps, 'skill diff');
  const versions = await deps.skillTools.library.versions(skill.scope, skill.name, versionsLookedAt);
  const to = Number(args['to'] ?? skill.version);
  const from = Number(args['from'] ?? (args['to'] === undefined ? skill.version - 1 : to - 1));
  const find = (version: number): Skill | undefined => versions.find((known) => known.version === version);
  const [before, after] = [find(from), find(to)];
  const name = literal(skill.name);
  if (before === undefined && args['from'] === undefined)
    return `**${name}** has one version only: nothing to compare.`;
  if (before === undefined || after === undefined) {
    throw new AppError(
      'not_found',
      `**${name}** has no version ${before === undefined ? from : to}; it has ${counted(versions.length, 'version', 'versions')}, the last is ${skill.version}.`,
    );
  }
  const text = showDiff(lineDiff(skillLines(before), skillLines(after)));
  return `**${name}**, version ${from} against version ${to}\n\n${fenced(text, shownDiffChars, 'diff')}`;
}

/** Goes back: one skill to an earlier version, or all skills here to an earlier generation. */
export async function runSkillRollback(call: CommandCall): Promise<string> {
  const { args } = call;
  const what = args['what'] ?? '';
  const rest = (args['more'] ?? '').split(/\s+/).filter((word) => word !== '');
  const confirm = rest.some(isConfirmed);
  const words = rest.filter((word) => !isConfirmed(word));
  if (/^g?\d+$/i.test(what)) return toGeneration(call, Number(what.replace(/^g/i, '')), words, confirm);
  return toVersion(call, what, words[0], confirm);
}

async function toVersion(
  { invocation, deps }: CommandCall,
  wanted: string,
  number: string | undefined,
  confirm: boolean,
): Promise<string> {
  const skill = skillNamed(typedSkillName(wanted), invocation, deps, 'skill rollback');
  demandTheirs(skill.scope, invocation);
  const version = number === undefined ? skill.version - 1 : Number(number);
  const name = literal(skill.name);
  const versions = await deps.skillTools.library.versions(skill.scope, skill.name, versionsLookedAt);
  const old = versions.find((known) => known.version === version);
  if (old === undefined) {
    throw new AppError(
      'not_found',
      `**${name}** has no version ${shortened(String(number ?? version), 12)} to go back to.`,
    );
  }
  if (version === skill.version) return `**${name}** is at version ${version} as it is.`;
  if (!confirm) {
    const text = showDiff(lineDiff(skillLines(skill), skillLines(old)));
    return `This takes **${name}** for ${scopeForAsker(skill.scope)} from version ${skill.version} back to version ${version}:\n\n${fenced(text, shownDiffChars, 'diff')}\n\nTo do it: ${typed(invocation, `skill rollback ${skill.name} ${version} confirm`)}`;
  }
  const { generation } = await deps.skillTools.library.change({
    cause: { kind: 'restore', by: invocation.actorId, reason: `back to version ${version}` },
    entries: [{ scope: skill.scope, name: skill.name, version, state: 'active' }],
  });
  return `**${name}** is back at version ${version}, as generation ${generation}.`;
}

async function toGeneration(
  { invocation, deps }: CommandCall,
  generation: number,
  words: readonly string[],
  confirm: boolean,
): Promise<string> {
  const { library } = deps.skillTools;
  const isEverywhere = words.includes('everywhere');
  if (isEverywhere && !mayUse({ role: 'operator' }, invocation.role)) {
    throw new AppError(
      'not_allowed',
      'Only the operator may take the whole library back. Leave `everywhere` out for the skills of this place.',
    );
  }
  const { spaceId } = invocation.conversation;
  const isIncluded = (scope: SkillScope): boolean =>
    isEverywhere || (scope.kind !== 'global' && scope.spaceId === spaceId);
  const then = await library.entriesAt(generation);
  if (then === undefined) {
    throw new AppError(
      'not_found',
      `I have no record of generation ${generation}. ${typed(invocation, 'skill history')} shows what there was; now it is generation ${library.generation()}.`,
    );
  }
  const changed = differing(then, library.entriesOf(isIncluded), isIncluded);
  const whole = isEverywhere ? 'the skills of the whole library' : 'the skills of this place';
  if (changed.length === 0) return `Nothing differs: ${whole} are as they were in generation ${generation}.`;
  if (!confirm) {
    const names = changed.slice(0, shownNames).map((name) => `**${literal(name)}**`);
    const more = changed.length - names.length;
    const list = enumerated(more > 0 ? [...names, `${more} more`] : names);
    const again = typed(
      invocation,
      `skill rollback ${generation}${isEverywhere ? ' everywhere' : ''} confirm`,
    );
    return `This takes ${whole} back to generation ${generation}, as a new generation. It changes ${counted(changed.length, 'skill', 'skills')}: ${list}. To do it: ${again}`;
  }
  const result = await library.restore(generation, invocation.actorId, isIncluded);
  return `Done: ${whole} are as they were in generation ${generation}. This is generation ${result.generation}.`;
}

function differing(
  then: readonly SkillEntry[],
  now: readonly SkillEntry[],
  isIncluded: (scope: SkillScope) => boolean,
): readonly string[] {
  const keyOf = ({ scope, name }: SkillEntry): string => `${JSON.stringify(scope)} ${name}`;
  const standing = ({ version, state, maskedContexts, isPinned, isProven }: SkillEntry): string =>
    JSON.stringify([version, state, maskedContexts, isPinned, isProven]);
  const before = new Map(then.filter(({ scope }) => isIncluded(scope)).map((entry) => [keyOf(entry), entry]));
  const names = now.flatMap((entry) => {
    const old = before.get(keyOf(entry));
    if (old === undefined) return entry.state === 'retired' ? [] : [entry.name];
    return standing(old) === standing(entry) ? [] : [entry.name];
  });
  return [...new Set<string>(names)];
}

import type { Skill, SkillScope, SkillStanding } from '../domain/skill.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import { beginning } from './markdown-text.ts';

/** Whom a skill is for, to end `for …`. */
export function scopeInWords({ kind }: Pick<SkillScope, 'kind'>): string {
  switch (kind) {
    case 'global':
      return 'everybody everywhere';
    case 'space':
      return 'everybody here';
    case 'conversation':
      return 'one conversation';
    case 'user':
      return 'one person';
  }
}

/** The same of a skill that the asker sees. */
export function scopeForAsker({ kind }: Pick<SkillScope, 'kind'>): string {
  if (kind === 'user') return 'you';
  return kind === 'conversation' ? 'this conversation' : scopeInWords({ kind });
}

/** Where a skill stands, in a word or two. */
export function standingInWords({ state, isProven, isPinned }: SkillStanding): string {
  const pinned = isPinned ? ', pinned' : '';
  switch (state) {
    case 'candidate':
      return `candidate, not used${pinned}`;
    case 'canary':
      return `canary, tried in some conversations${pinned}`;
    case 'active':
      return `active, ${isProven ? 'proven' : 'unproven'}${pinned}`;
    case 'retired':
      return `retired, not used${pinned}`;
  }
}

/** A skill's text as lines that can be compared. */
export function skillLines({
  description,
  triggers,
  body,
}: Pick<DraftText, 'description' | 'triggers' | 'body'>): string {
  return [
    `When: ${description}`,
    ...(triggers.length > 0 ? [`Also found by: ${triggers.join(', ')}`] : []),
    '',
    body.trim(),
  ].join('\n');
}

/** Text of any origin in a code block that nothing in it can end; cut where it is longer than that. */
export function fenced(text: string, maxChars: number, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = '`'.repeat(longest + 1);
  const shown = text.length <= maxChars ? text : `${beginning(text, maxChars)}\n…`;
  return `${fence}${language}\n${shown}\n${fence}`;
}

/** A name as people type it: `Release Notes` is `release-notes`. */
export function typedSkillName(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replaceAll(/[_\s]+/g, '-');
}

/** Whether two audiences' skills are told apart in lists: own ones come with a word about whom they are for. */
export function isNarrow({ scope }: Pick<Skill, 'scope'>): boolean {
  return scope.kind !== 'global' && scope.kind !== 'space';
}

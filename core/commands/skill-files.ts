import { AppError } from '../domain/app-error.ts';
import { isRetrievable, isSkillName, type Skill, type SkillScope, skillScopeKey } from '../domain/skill.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import type { LoadedPack, PackedSkill } from '../ports/skill-archive.ts';
import { isSameText } from '../skills/edit-by-hand.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall, CommandDeps } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, inlineCode, literal, shortened } from './markdown-text.ts';
import { audienceOf, isConfirmed, scopeAround, skillNamed } from './skill-target.ts';
import { readWrittenSkill } from './skill-text.ts';
import { fenced } from './skill-words.ts';

const shownProblems = 10;
const shownNames = 12;
const shownFileChars = 12_000;
const decoder = new TextDecoder();

/** Skills from the operator's disk, or a SKILL.md in the message, for this place or everywhere. */
export async function runSkillImport(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const said = args['source'] ?? '';
  const [, words = '', source = ''] = /^((?:(?:everywhere|confirm)\s+)*)([\s\S]*)$/i.exec(said.trim()) ?? [];
  const isEverywhere = /everywhere/i.test(words);
  const isAgreed = /confirm/i.test(words);
  const isOperator = mayUse({ role: 'operator' }, invocation.role);
  if (isEverywhere && !isOperator) {
    throw new AppError('not_allowed', 'Only the operator may import skills for everybody everywhere.');
  }
  const scope = scopeAround(isEverywhere ? 'global' : 'space', invocation);
  if (/^(?:[`~]{3,}[^\n]*\n)?---\s*\n/.test(source)) {
    const { draft, files } = readWrittenSkill(source, undefined, deps.skillTools.archive);
    if (!isAgreed && isTaken(draft, scope, deps)) {
      const usage = typed(invocation, `skill import ${words}confirm <the same text>`);
      return `There is a skill **${literal(draft.name)}** already; it would get this text as a new version. To do it: ${usage}`;
    }
    const result = await deps.skillTools.hand.put(
      scope,
      draft,
      invocation.actorId,
      { kind: 'import' },
      files && { files },
    );
    return result.changed
      ? `**${literal(draft.name)}** is imported, as version ${result.version}.`
      : `**${literal(draft.name)}** is there already, with these very words.`;
  }
  if (!isOperator) {
    throw new AppError(
      'not_allowed',
      'Only the operator may import from the disk. Paste the whole SKILL.md after the command instead.',
    );
  }
  const last = source.split(/\s+/).at(-1) ?? '';
  const isLast = isConfirmed(last);
  const path = isLast ? source.slice(0, source.lastIndexOf(last)).trim() : source;
  return importPack(
    await deps.skillTools.archive.readPath(unquoted(path)),
    scope,
    said.trim(),
    isAgreed || isLast,
    call,
  );
}

/** Whether the name has another text there, in use or waiting. */
function isTaken(
  draft: DraftText,
  scope: SkillScope,
  { skillTools }: Pick<CommandDeps, 'skillTools'>,
): boolean {
  const there = isSkillName(draft.name) ? skillTools.library.at(scope, draft.name) : undefined;
  return there !== undefined && there.standing.state !== 'retired' && !isSameText(there, draft);
}

const unquoted = (path: string): string => /^(["'])(.*)\1$/.exec(path)?.[2] ?? path;

async function importPack(
  pack: LoadedPack,
  scope: SkillScope,
  said: string,
  confirm: boolean,
  { invocation, deps }: CommandCall,
): Promise<string> {
  const problems = pack.diagnostics.map(
    ({ source, message }) => `- ${inlineCode(shortened(source, 80))}: ${literal(message)}`,
  );
  if (pack.skills.length === 0) return told('I found no skill there that I could read.', problems);
  const taken = pack.skills.filter(({ text }) => isTaken(text, scope, deps));
  if (taken.length > 0 && !confirm) {
    const names = listed(taken.map(({ text }) => text.name));
    return told(
      `There are skills of these names already: ${names}. They would get the imported text as a new version. To do it: ${typed(invocation, `skill import ${said} confirm`)}`,
      problems,
    );
  }
  const texts = pack.skills.map(({ text, files }) => ({ draft: text, files }));
  const { changed, unchanged, findings } = await deps.skillTools.hand.putAll(
    scope,
    texts,
    invocation.actorId,
    {
      kind: 'import',
    },
  );
  problems.push(...findings.map(({ name, message }) => `- **${literal(name)}**: ${literal(message)}`));
  const title =
    changed.length === 0
      ? 'Nothing was imported.'
      : `Imported ${counted(changed.length, 'skill', 'skills')}: ${listed(changed)}.`;
  const same =
    unchanged.length === 0
      ? ''
      : ` ${counted(unchanged.length, 'skill was', 'skills were')} there already, with these very words.`;
  const crowd = changed.length === 0 ? '' : crowdNote(scope, deps);
  return told(`${title}${same}${crowd}`, problems);
}

/** A word where the scope now holds more skills made in chat than stay. */
function crowdNote(scope: SkillScope, { skillTools }: Pick<CommandDeps, 'skillTools'>): string {
  const { library, maxActive } = skillTools;
  const here = skillScopeKey(scope);
  const held = library
    .entriesOf((other) => skillScopeKey(other) === here)
    .filter((entry) => isRetrievable(entry.state))
    .filter((entry) => library.at(entry.scope, entry.name)?.origin.kind !== 'files').length;
  if (held <= maxActive) return '';
  return ` Mind: ${held} skills are active for them now, and ${maxActive} may be (\`skills.maxActive\`). In two weeks the least useful of the others are retired; \`skill pin\` keeps one, and those in the \`skills\` folder of the data folder are not counted.`;
}

/** Names of skills; of many only the first ones. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).map((name) => `**${literal(name)}**`);
  const rest = names.length - shown.length;
  return enumerated(rest > 0 ? [...shown, `${rest} more`] : shown);
}

function told(title: string, problems: readonly string[]): string {
  if (problems.length === 0) return title;
  const rest = problems.length - shownProblems;
  return [
    title,
    [
      `**${counted(problems.length, 'file or skill', 'files or skills')} with something to mend**`,
      ...problems.slice(0, shownProblems),
      ...(rest > 0 ? [`- and ${rest} more`] : []),
    ].join('\n'),
  ].join('\n\n');
}

/** A skill as its SKILL.md; or, for the operator, skills as a zip on the disk. */
export async function runSkillExport(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const wanted = args['name'];
  const isOperator = mayUse({ role: 'operator' }, invocation.role);
  if (wanted === undefined && !isOperator) {
    throw new AppError(
      'not_allowed',
      `Name the skill: ${typed(invocation, 'skill export <name>')}. Only the operator may export all of them.`,
    );
  }
  const skills =
    wanted === undefined
      ? deps.skills.list(audienceOf(invocation))
      : [skillNamed(wanted, invocation, deps, 'skill export')];
  if (skills.length === 0) return 'There is no skill to export here.';
  const packed = await Promise.all(skills.map((skill) => packedOf(skill, call)));
  const parts: string[] = [];
  if (isOperator) {
    const stem =
      wanted === undefined ? `skills-generation-${deps.skills.generation()}` : (skills[0]?.name ?? 'skill');
    const path = await deps.skillTools.saveExport(`${stem}.zip`, deps.skillTools.archive.toZip(packed));
    parts.push(`${counted(packed.length, 'skill is', 'skills are')} in ${inlineCode(path)}.`);
  }
  const [only, ...others] = packed;
  if (only !== undefined && others.length === 0) parts.push(fileText(only));
  return parts.join('\n\n');
}

function fileText({ files }: PackedSkill): string {
  const file = files.find(({ path }) => path === 'SKILL.md');
  return file === undefined ? '' : fenced(decoder.decode(file.bytes), shownFileChars, 'markdown');
}

/** Untouched ones byte for byte as they were read. */
async function packedOf(skill: Skill, { deps }: CommandCall): Promise<PackedSkill> {
  const { library, archive } = deps.skillTools;
  const files = await library.files(skill.scope, skill.name, skill.version);
  const { name, description, triggers, body, source } = skill;
  const text = { name, description, triggers, body, source };
  return { text, files: files ?? [{ path: 'SKILL.md', bytes: archive.render(text) }] };
}

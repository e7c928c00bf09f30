import { AppError } from '../domain/app-error.ts';
import type { Skill, SkillScope } from '../domain/skill.ts';
import type { LoadedPack, PackedSkill } from '../ports/skill-archive.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, inlineCode, literal, shortened } from './markdown-text.ts';
import { audienceOf, isConfirmed, scopeAround, skillNamed } from './skill-target.ts';
import { readWrittenSkill } from './skill-text.ts';
import { fenced } from './skill-words.ts';

const shownProblems = 10;
const shownFileChars = 12_000;
const decoder = new TextDecoder();

/** Skills from the operator's disk, or a SKILL.md in the message, for this place or everywhere. */
export async function runSkillImport(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const said = args['source'] ?? '';
  const [, isEverywhere, source = ''] = /^(everywhere\s+)?([\s\S]*)$/i.exec(said.trim()) ?? [];
  const isOperator = mayUse({ role: 'operator' }, invocation.role);
  if (isEverywhere !== undefined && !isOperator) {
    throw new AppError('not_allowed', 'Only the operator may import skills for everybody everywhere.');
  }
  const scope = scopeAround(isEverywhere === undefined ? 'space' : 'global', invocation);
  if (/^(?:[`~]{3,}[^\n]*\n)?---\s*\n/.test(source)) {
    const { draft, files } = readWrittenSkill(source, undefined, deps.skillTools.archive);
    const result = await deps.skillTools.hand.put(
      scope,
      draft,
      invocation.actorId,
      { kind: 'import' },
      files,
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
  const words = source.split(/\s+/);
  const confirm = isConfirmed(words.at(-1));
  const path = confirm ? source.slice(0, source.lastIndexOf(words.at(-1) ?? '')).trim() : source;
  return importPack(
    await deps.skillTools.archive.readPath(unquoted(path)),
    scope,
    said.trim(),
    confirm,
    call,
  );
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
  const { library, hand } = deps.skillTools;
  if (pack.skills.length === 0) return told('I found no skill there that I could read.', problems);
  const taken = pack.skills.filter(({ text }) => {
    const there = library.at(scope, text.name);
    return there !== undefined && there.standing.state !== 'retired' && there.body !== text.body;
  });
  if (taken.length > 0 && !confirm) {
    const names = enumerated(taken.slice(0, 10).map(({ text }) => `**${literal(text.name)}**`));
    return told(
      `There are skills of these names already: ${names}. They would get the imported text as a new version. To do it: ${typed(invocation, `skill import ${said} confirm`)}`,
      problems,
    );
  }
  const imported: string[] = [];
  for (const { text, files } of pack.skills) {
    try {
      await hand.put(scope, text, invocation.actorId, { kind: 'import' }, files);
      imported.push(`**${literal(text.name)}**`);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid_input') throw error;
      problems.push(`- **${literal(text.name)}**: ${literal(error.message)}`);
    }
  }
  const title =
    imported.length === 0
      ? 'Nothing was imported.'
      : `Imported ${counted(imported.length, 'skill', 'skills')}: ${enumerated(imported.slice(0, 20))}${imported.length > 20 ? ' and more' : ''}.`;
  return told(title, problems);
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

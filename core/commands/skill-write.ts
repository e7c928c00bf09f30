import { AppError } from '../domain/app-error.ts';
import { isSkillName, type Skill, type SkillName, type SkillScope } from '../domain/skill.ts';
import type { DraftText } from '../domain/skill-operation.ts';
import type { HandResult } from '../skills/edit-by-hand.ts';
import { mayUse } from './command-spec.ts';
import type { CommandAnswer, CommandCall, CommandInvocation } from './context.ts';
import { draftCard, draftCode, longestFormTextChars, readDraftCode, skillTextForm } from './draft-card.ts';
import { typed } from './help.ts';
import { literal, shortened } from './markdown-text.ts';
import { waitingDraft } from './skill-drafts.ts';
import { demandTheirs, scopeAround, skillNamed } from './skill-target.ts';
import { readWrittenSkill, type WrittenSkill } from './skill-text.ts';
import { scopeForAsker, typedSkillName } from './skill-words.ts';

export const ADD_FORM = 'skill.add';
export const EDIT_FORM = 'skill.edit';

/** A skill of the asker's own, active at once. Without words it asks for them. */
export async function runSkillAdd({ invocation, args, deps }: CommandCall): Promise<string | CommandAnswer> {
  const said = args['text'] ?? '';
  const [, first = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/.exec(said) ?? [];
  const isFile = /^\s*(?:[`~]{3,}[^\n]*\n)?---[ \t]*\r?\n/.test(said);
  const name = typedSkillName(first);
  if (first === '') return askForText(invocation, undefined);
  if (!isFile && !isSkillName(name)) throw badName(first);
  if (!isFile && rest.trim() === '') return askForText(invocation, name);
  const written = readWrittenSkill(isFile ? said : rest, isFile ? undefined : name, deps.skillTools.archive);
  const scope = scopeAround('user', invocation);
  const result = await deps.skillTools.hand.add(scope, written.draft, invocation.actorId, written.files);
  return addedText(written, result, invocation);
}

function badName(name: string): AppError {
  return new AppError(
    'invalid_input',
    `“${literal(shortened(name, 64))}” cannot be a skill’s name. Use 1 to 64 of a–z and 0–9 with single hyphens, such as release-notes.`,
  );
}

function askForText(invocation: CommandInvocation, name: string | undefined): CommandAnswer {
  const usage = typed(invocation, `skill add ${name ?? '<name>'} <what I shall do>`);
  const markdown = `Write it in one message: ${usage}. A whole SKILL.md will do as well.`;
  const subject = name === undefined ? 'skill.add' : `skill.add:${name}`;
  const form = skillTextForm(ADD_FORM, subject, 'A new skill', { description: '', body: '' });
  if (form === undefined) return { markdown };
  const nameField = {
    fieldId: 'name',
    label: 'Its name: a–z, 0–9 and hyphens',
    kind: 'text',
    maxChars: 64,
    placeholder: 'release-notes',
    required: true,
  } as const;
  return { markdown, form: name === undefined ? { ...form, fields: [nameField, ...form.fields] } : form };
}

function addedText({ draft }: WrittenSkill, result: HandResult, invocation: CommandInvocation): string {
  const { name } = draft;
  return [
    result.changed
      ? `**${literal(name)}** is yours now. I am given it when your words fit this: ${literal(shortened(draft.description, 120))}`
      : `**${literal(name)}** is there already, with these very words.`,
    ...warningLines(result),
    mayUse({ role: 'maintainer' }, invocation.role)
      ? `For everybody here: ${typed(invocation, `skill scope ${name} space`)}`
      : `To take it back: ${typed(invocation, `skill remove ${name}`)}`,
  ].join('\n\n');
}

function warningLines({ warnings }: HandResult): readonly string[] {
  return warnings.length === 0 ? [] : [['Mind:', ...warnings.map((line) => `- ${literal(line)}`)].join('\n')];
}

/** Another text for a skill, or for a draft that waits. Without words it opens a form with the present ones. */
export async function runSkillEdit(call: CommandCall): Promise<string | CommandAnswer> {
  const { invocation, args, deps } = call;
  const wanted = args['name'] ?? '';
  const draft = readDraftCode(wanted);
  if (draft?.hash !== undefined) return editDraft(call, wanted);
  const skill = skillNamed(wanted, invocation, deps, 'skill edit');
  const scope = editableScope(skill, invocation);
  const text = args['text'];
  if (text === undefined) return showForEditing(skill, invocation);
  const written = readWrittenSkill(text, skill.name, deps.skillTools.archive);
  const named = { ...written.draft, name: skill.name };
  if (written.draft.name !== skill.name) {
    throw new AppError(
      'invalid_input',
      `That text is called “${literal(written.draft.name)}”, and this skill “${skill.name}”. Give it the same name, or add it as another skill.`,
    );
  }
  const description = written.files === undefined ? skill.description : named.description;
  const triggers = written.files === undefined ? skill.triggers : named.triggers;
  const result = await deps.skillTools.hand.put(
    scope,
    { ...named, description, triggers },
    invocation.actorId,
    { kind: 'edit' },
    { basedOn: skill, ...(written.files && { files: written.files }) },
  );
  return editedText(skill, scope, result, invocation);
}

/** Where the asker's change of this skill goes: into its scope, or, of a wider one, into theirs, which then hides it. */
function editableScope(skill: Skill, invocation: CommandInvocation): SkillScope {
  if (skill.scope.kind === 'global' && !mayUse({ role: 'operator' }, invocation.role)) {
    const kind = mayUse({ role: 'maintainer' }, invocation.role) ? 'space' : 'user';
    return scopeAround(kind, invocation);
  }
  if (skill.scope.kind !== 'user' && !mayUse({ role: 'maintainer' }, invocation.role)) {
    return scopeAround('user', invocation);
  }
  demandTheirs(skill.scope, invocation);
  return skill.scope;
}

function showForEditing(skill: Skill, invocation: CommandInvocation): CommandAnswer {
  const usage = typed(invocation, `skill edit ${skill.name} <the whole new text>`);
  const form = skillTextForm(EDIT_FORM, `skill.edit:${skill.name}`, 'Edit this skill', skill);
  const markdown = `Send the whole new text: ${usage}. As it is now:\n\n---\n\n${skill.body}`;
  if (form !== undefined) return { markdown, form };
  return {
    markdown: `Its text is longer than the ${longestFormTextChars} characters of a form. ${markdown}`,
  };
}

function editedText(
  skill: Skill,
  scope: SkillScope,
  result: HandResult,
  invocation: CommandInvocation,
): string {
  const name = literal(skill.name);
  if (!result.changed) return `**${name}** says that already.`;
  const isOverride = scope.kind !== skill.scope.kind;
  const whom = scopeForAsker(scope);
  return [
    isOverride
      ? `**${name}** now has a version of its own for ${whom}; everybody else keeps the other one.`
      : `**${name}** is at version ${result.version} now, for ${whom}.`,
    ...warningLines(result),
    `What changed: ${typed(invocation, `skill diff ${skill.name}`)}`,
  ].join('\n\n');
}

async function editDraft({ invocation, args, deps }: CommandCall, code: string): Promise<string> {
  if (!mayUse({ role: 'maintainer' }, invocation.role)) {
    throw new AppError('not_allowed', 'Only the people who run me here may change a draft.');
  }
  const { proposal, hash } = await waitingDraft(code, invocation, deps);
  const text = args['text'];
  if (text === undefined) {
    const usage = typed(invocation, `skill edit ${draftCode(proposal)} <the whole new text>`);
    return `Send the whole new text: ${usage}`;
  }
  const old =
    proposal.operation.op === 'retire' || proposal.operation.op === 'split'
      ? undefined
      : proposal.operation.draft;
  if (old === undefined)
    throw new AppError('invalid_input', 'That draft has no single text to edit. Approve or reject it.');
  const written = readWrittenSkill(text, old.name, deps.skillTools.archive);
  const draft: DraftText =
    written.files === undefined ? { ...old, body: written.draft.body } : { ...written.draft, name: old.name };
  const edited = await deps.skillTools.decide.edit(proposal.number, hash, draft, {
    personId: invocation.actorId,
    role: invocation.role,
  });
  await deps.skillTools.draftChanged(edited);
  const before = (name: SkillName): Skill | undefined => deps.skillTools.library.at(edited.scope, name);
  return draftCard(edited, { before, maxTextChars: 1_500 });
}

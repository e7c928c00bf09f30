import type { FormSubmitted } from '../domain/inbound-event.ts';
import { DRAFT_FORM } from './draft-card.ts';
import { ADD_FORM, EDIT_FORM } from './skill-write.ts';

const forms: readonly string[] = [ADD_FORM, EDIT_FORM, DRAFT_FORM];

/** Whether a form is one of a command's. */
export function isCommandForm(formId: string): boolean {
  return forms.includes(formId);
}

/**
 * The command that a sent form stands for, so that it is stored, checked and run like one that was typed. `undefined` for
 * other forms, and where a needed field is missing.
 */
export function commandOfForm({
  formId,
  subject,
  values,
}: Pick<FormSubmitted, 'formId' | 'subject' | 'values'>): string | undefined {
  const [, about = ''] = /^[a-z.]+(?::(.*))?$/.exec(subject ?? '') ?? [];
  const { description = '', body = '' } = values;
  if (!isCommandForm(formId) || body.trim() === '') return undefined;
  if (formId === ADD_FORM) {
    const name = about === '' ? (values['name'] ?? '').trim() : about;
    if (name === '') return undefined;
    // A name that cannot be one is told by the command, as if it had been typed.
    return isPlain(name)
      ? `skill add ${skillFile(name, description, body)}`
      : `skill add ${name} ${body.trim()}`;
  }
  if (about === '') return undefined;
  // The name inside the text of a draft is set aside there: the draft has its own.
  const name = formId === EDIT_FORM ? about : 'draft';
  return `skill edit ${about} ${skillFile(name, description, body)}`;
}

const isPlain = (name: string): boolean => /^[a-z0-9-]{1,64}$/i.test(name);

/** A SKILL.md; JSON strings are YAML too, so any words stand in them. */
function skillFile(name: string, description: string, body: string): string {
  const line = description.replaceAll(/\s+/g, ' ').trim();
  return `---\nname: ${name.toLowerCase()}\ndescription: ${JSON.stringify(line)}\n---\n\n${body.trim()}`;
}

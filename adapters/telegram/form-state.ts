import type { Form, FormField } from '../../core/ports/channel.ts';
import type { FormPress } from './callback-data.ts';
import type { HandlePerson } from './interaction-handle.ts';

/** A form on its way: what was asked, whom, and what came back so far. */
export interface OpenForm {
  readonly form: Form;
  readonly asker: HandlePerson;
  readonly place: FormPlace;
  /** By field id. */
  readonly values: Readonly<Record<string, string>>;
  /** The event that ended it; nothing is taken any more. */
  readonly endedBy?: string;
}

export interface FormPlace {
  readonly chatId: string;
  readonly threadId?: string;
  readonly audience: 'direct' | 'group';
}

export type FormStep =
  | { readonly kind: 'changed'; readonly state: OpenForm }
  | { readonly kind: 'submitted'; readonly state: OpenForm }
  | { readonly kind: 'closed' }
  /** Nothing changes; the words are for the person. */
  | { readonly kind: 'refused'; readonly words: string };

/** Whether the form is nothing but a question that words answer: then it needs no buttons. */
export function soleQuestion(form: Form): FormField | undefined {
  const [field, ...more] = form.fields;
  return field !== undefined && more.length === 0 && field.kind === 'text' && field.required
    ? field
    : undefined;
}

export function nextField({ form, values }: OpenForm): FormField | undefined {
  return form.fields.find(({ fieldId }) => values[fieldId] === undefined);
}

function withValue(state: OpenForm, fieldId: string, value: string): FormStep {
  const changed = { ...state, values: { ...state.values, [fieldId]: value } };
  return { kind: nextField(changed) === undefined ? 'submitted' : 'changed', state: changed };
}

/** What a press of a button of the form does. */
export function pressed(state: OpenForm, press: FormPress): FormStep {
  if (press.kind === 'close') return { kind: 'closed' };
  if (press.kind === 'submit') {
    const missing = state.form.fields.find(
      ({ required, fieldId }) => required && state.values[fieldId] === undefined,
    );
    return missing === undefined
      ? { kind: 'submitted', state }
      : { kind: 'refused', words: `Please answer first: ${missing.label}` };
  }
  const field = state.form.fields[press.field];
  const choice = field?.choices?.[press.choice];
  if (field === undefined || choice === undefined) {
    return { kind: 'refused', words: 'That button belongs to another form.' };
  }
  return withValue(state, field.fieldId, choice.value);
}

/** What words in answer to a question do. */
export function answered(state: OpenForm, fieldId: string, words: string): FormStep {
  const maxChars = state.form.fields.find((field) => field.fieldId === fieldId)?.maxChars;
  if (words.trim() === '') return { kind: 'refused', words: 'Please answer the question in words.' };
  if (maxChars !== undefined && words.length > maxChars) {
    return {
      kind: 'refused',
      words: `That has ${words.length} characters, and ${maxChars} can be taken. Please answer the question once more, shorter.`,
    };
  }
  return withValue(state, fieldId, words);
}

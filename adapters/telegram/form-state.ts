import type { Form, FormField } from '../../core/ports/channel.ts';
import type { FormPress } from './callback-data.ts';
import type { HandlePerson } from './interaction-handle.ts';

/** A form on its way: what was asked, whom, and what came back so far. */
export interface OpenForm {
  readonly form: Form;
  readonly asker: HandlePerson;
  readonly place: FormPlace;
  /** By field id; empty for a field that was skipped. */
  readonly values: Readonly<Record<string, string>>;
  /** From then on nothing is taken any more, epoch milliseconds. */
  readonly expiresAt: number;
  /** The messages whose words were taken for one of the values. */
  readonly takenFrom?: readonly string[];
  /** The update that ended it, as the id of its event; nothing is taken any more. */
  readonly endedBy?: string;
}

/** Whether nothing is taken any more of what was said at that time, epoch milliseconds. */
export const isOver = ({ endedBy, expiresAt }: OpenForm, saidAt: number): boolean =>
  endedBy !== undefined || saidAt >= expiresAt;

export interface FormPlace {
  readonly chatId: string;
  readonly threadId?: string;
  readonly audience: 'direct' | 'group';
  /** The message whose button, or whose words, it was opened by. */
  readonly openedFrom?: string;
}

export type FormStep =
  | { readonly kind: 'changed'; readonly state: OpenForm }
  | { readonly kind: 'submitted'; readonly state: OpenForm }
  | { readonly kind: 'closed'; readonly state: OpenForm }
  /** Nothing changes; the words are for the person. */
  | { readonly kind: 'refused'; readonly words: string };

/** The question that the form is nothing but, if only words answer it: then there is nothing to send or to choose. */
export function soleQuestion(form: Form): FormField | undefined {
  const [field, ...more] = form.fields;
  return field !== undefined && more.length === 0 && asksForWords(field) ? field : undefined;
}

const isOpen =
  ({ values }: OpenForm) =>
  ({ fieldId }: FormField): boolean =>
    values[fieldId] === undefined;

export function nextField(state: OpenForm): FormField | undefined {
  return state.form.fields.find(isOpen(state));
}

/** The field that words in reply to the form itself are for. */
export function nextWords(state: OpenForm): FormField | undefined {
  return state.form.fields.filter(({ kind }) => kind === 'text').find(isOpen(state));
}

/** Whether a field says something as long as nobody answers it. */
export const hasValue = ({ value }: FormField): boolean => value !== undefined && value !== '';

/** Whether a form can be sent without an answer to this field. */
const isDispensable = (field: FormField): boolean => !field.required || hasValue(field);

/** Whether it is asked for with a message of its own. */
export const asksForWords = (field: FormField): boolean => field.kind === 'text' && !isDispensable(field);

/**
 * The next field if it may be passed over and others come after it, which leaves it out or keeps what it says: doing so
 * with the last one is sending the form.
 */
export function nextToSkip(state: OpenForm): FormField | undefined {
  const [next, ...more] = state.form.fields.filter(isOpen(state));
  return next !== undefined && isDispensable(next) && more.length > 0 ? next : undefined;
}

/** What was answered, by field id, and what stood in the fields that nobody answered. */
export function saidValues({ form, values }: OpenForm): Readonly<Record<string, string>> {
  const kept = form.fields.flatMap(({ fieldId, value }) => (value === undefined ? [] : [[fieldId, value]]));
  const all: Readonly<Record<string, string>> = { ...Object.fromEntries(kept), ...values };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

function withValue(state: OpenForm, fieldId: string, value: string): FormStep {
  const changed = { ...state, values: { ...state.values, [fieldId]: value } };
  return { kind: nextField(changed) === undefined ? 'submitted' : 'changed', state: changed };
}

/** What a press of a button of the form does. */
export function pressed(state: OpenForm, press: FormPress): FormStep {
  if (press.kind === 'close') return { kind: 'closed', state };
  if (press.kind === 'submit') {
    const missing = state.form.fields.find(
      (field) => !isDispensable(field) && state.values[field.fieldId] === undefined,
    );
    return missing === undefined
      ? { kind: 'submitted', state }
      : { kind: 'refused', words: `Please answer first: ${missing.label}` };
  }
  const field = state.form.fields[press.field];
  if (press.kind === 'skip' && field !== undefined && isDispensable(field)) {
    const { fieldId, value = '' } = field;
    return isOpen(state)(field) ? withValue(state, fieldId, value) : { kind: 'changed', state };
  }
  const choice = press.kind === 'choose' ? field?.choices?.[press.choice] : undefined;
  if (field === undefined || choice === undefined) {
    return { kind: 'refused', words: 'That button belongs to another form.' };
  }
  return withValue(state, field.fieldId, choice.value);
}

/** What words in answer to a question do; without a field, to the form when it wants none any more. */
export function answered(state: OpenForm, fieldId: string | undefined, words: string): FormStep {
  if (fieldId === undefined) return { kind: 'refused', words: 'Please use the buttons of the question.' };
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

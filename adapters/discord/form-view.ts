import { AppError } from '../../core/domain/app-error.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import type { Form, FormField } from '../../core/ports/channel.ts';
import { codePoints } from './code-points.ts';
import { customId } from './custom-id.ts';

/** https://docs.discord.com/developers/components/reference: label, text input, string select. */
const LABEL = 18;
const TEXT_INPUT = 4;
const STRING_SELECT = 3;
const PARAGRAPH = 2;
const maxFields = 5;
const maxIdChars = 100;
const maxTitleChars = 45;
const maxLabelChars = 45;
const maxTextChars = 4_000;
const maxPlaceholderChars = 100;
const maxChoices = 25;
const maxChoiceChars = 100;

export interface TextInput {
  readonly type: typeof TEXT_INPUT;
  readonly custom_id: string;
  readonly style: typeof PARAGRAPH;
  readonly required: boolean;
  readonly max_length: number;
  readonly placeholder?: string;
  readonly value?: string;
}

export interface StringSelect {
  readonly type: typeof STRING_SELECT;
  readonly custom_id: string;
  readonly required: boolean;
  readonly placeholder?: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export interface Labelled {
  readonly type: typeof LABEL;
  readonly label: string;
  readonly component: TextInput | StringSelect;
}

export interface Modal {
  readonly custom_id: string;
  readonly title: string;
  readonly components: readonly Labelled[];
}

function problem(message: string): AppError {
  return new AppError('invalid_input', message);
}

/**
 * A form as a modal; its id and what it is about are in its `custom_id`, the inputs have the fields' ids. Discord names
 * the button itself. Throws `invalid_input` for what Discord would refuse.
 */
export function formView({ formId, about, subject, title, fields }: Form): Modal {
  const id = customId({
    name: formId,
    ...(about === undefined ? {} : { about }),
    ...(subject === undefined ? {} : { subject }),
  });
  if (id === undefined || (about === undefined && subject === undefined)) {
    throw problem(
      'A Discord form needs an id of a–z and ".", at most 32, and either a message or a subject of at most 80.',
    );
  }
  if (fields.length === 0 || fields.length > maxFields) {
    throw problem(`A Discord form may have 1 to ${maxFields} fields.`);
  }
  if (new Set(fields.map(({ fieldId }) => fieldId)).size < fields.length) {
    throw problem('Two fields of a form have the same id.');
  }
  return {
    custom_id: id,
    title: plain(title, maxTitleChars, "A form's title"),
    components: fields.map(labelled),
  };
}

function plain(text: string, maxChars: number, what: string): string {
  const clean = cleanText(text).trim();
  if (clean === '' || codePoints(clean) > maxChars) {
    throw problem(`${what} may have 1 to ${maxChars} characters in Discord.`);
  }
  return clean;
}

function labelled(field: FormField): Labelled {
  if (field.fieldId === '' || field.fieldId.length > maxIdChars) {
    throw problem(`A field's id may have 1 to ${maxIdChars} characters.`);
  }
  return {
    type: LABEL,
    label: plain(field.label, maxLabelChars, "A field's label"),
    component: field.kind === 'text' ? textInput(field) : stringSelect(field),
  };
}

const placeholderOf = ({ placeholder }: FormField): { readonly placeholder?: string } =>
  placeholder === undefined || placeholder.trim() === ''
    ? {}
    : { placeholder: plain(placeholder, maxPlaceholderChars, "A field's placeholder") };

function textInput(field: FormField): TextInput {
  const { fieldId, required, maxChars = maxTextChars, value = '' } = field;
  if (!Number.isInteger(maxChars) || maxChars < 1 || maxChars > maxTextChars) {
    throw problem(`A field may take 1 to ${maxTextChars} characters in Discord.`);
  }
  if (value.length > maxChars) throw problem('What a field begins with is longer than the field takes.');
  return {
    type: TEXT_INPUT,
    custom_id: fieldId,
    style: PARAGRAPH,
    required,
    max_length: maxChars,
    ...placeholderOf(field),
    ...(value === '' ? {} : { value }),
  };
}

function stringSelect(field: FormField): StringSelect {
  const { fieldId, required, choices = [] } = field;
  if (choices.length < 2 || choices.length > maxChoices) {
    throw problem(`A choice needs 2 to ${maxChoices} answers in Discord.`);
  }
  if (new Set(choices.map(({ value }) => value)).size < choices.length) {
    throw problem('Two answers of a choice have the same value.');
  }
  return {
    type: STRING_SELECT,
    custom_id: fieldId,
    required,
    ...placeholderOf(field),
    options: choices.map(({ value, label }) => {
      if (value === '' || codePoints(value) > maxChoiceChars) {
        throw problem(`A choice's value may have 1 to ${maxChoiceChars} characters.`);
      }
      return { value, label: plain(label, maxChoiceChars, "A choice's label") };
    }),
  };
}

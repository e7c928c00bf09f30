import { AppError } from '../../core/domain/app-error.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import type { Form, FormField } from '../../core/ports/channel.ts';
import type { InputBlock, ModalView, PlainTextElement } from './client.ts';

/** https://docs.slack.dev/reference/views/modal-views and …/block-kit/blocks/input-block */
const maxTitleChars = 24;
const maxFields = 100;
const maxIdChars = 255;
const maxLabelChars = 2_000;
const maxPlaceholderChars = 150;
const maxTextChars = 3_000;
const maxMetadataChars = 3_000;
const maxChoices = 10;
const maxChoiceLabelChars = 75;
const maxChoiceValueChars = 150;

/**
 * A form as a modal: `callback_id` is its id, `private_metadata` what it is about and the handle of what it was opened
 * by, block and action ids are the fields' ids. Throws `invalid_input` for what Slack would refuse.
 */
export function formView(form: Form, openedBy: string): ModalView {
  if (form.formId === '' || form.formId.length > maxIdChars) {
    throw new AppError('invalid_input', `A form's id may have 1 to ${maxIdChars} characters.`);
  }
  if (form.fields.length === 0 || form.fields.length > maxFields) {
    throw new AppError('invalid_input', `A form may have 1 to ${maxFields} fields.`);
  }
  if (new Set(form.fields.map(({ fieldId }) => fieldId)).size < form.fields.length) {
    throw new AppError('invalid_input', 'Two fields of a form have the same id.');
  }
  const { about, subject } = form;
  if (about === undefined && subject === undefined) {
    throw new AppError('invalid_input', 'A form needs a message or a subject that it is about.');
  }
  const metadata = JSON.stringify({ ...about, ...(subject === undefined ? {} : { subject }), openedBy });
  if (metadata.length > maxMetadataChars) {
    throw new AppError('invalid_input', `What a form is about may have ${maxMetadataChars} characters.`);
  }
  return {
    type: 'modal',
    callback_id: form.formId,
    private_metadata: metadata,
    title: plain(form.title, maxTitleChars, "A form's title"),
    submit: plain(form.submitLabel, maxTitleChars, "The label of a form's button"),
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: form.fields.map(inputOf),
  };
}

function plain(text: string, maxChars: number, what: string): PlainTextElement {
  const clean = cleanText(text).trim();
  if (clean === '' || clean.length > maxChars) {
    throw new AppError('invalid_input', `${what} may have 1 to ${maxChars} characters in Slack.`);
  }
  return { type: 'plain_text', text: clean };
}

function inputOf(field: FormField): InputBlock {
  if (field.fieldId === '' || field.fieldId.length > maxIdChars) {
    throw new AppError('invalid_input', `A field's id may have 1 to ${maxIdChars} characters.`);
  }
  return {
    type: 'input',
    block_id: field.fieldId,
    label: plain(field.label, maxLabelChars, "A field's label"),
    optional: !field.required,
    element: field.kind === 'text' ? textInput(field) : choiceInput(field),
  };
}

function textInput({ fieldId, maxChars, placeholder, value = '' }: FormField): InputBlock['element'] {
  const limit = maxChars ?? maxTextChars;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxTextChars) {
    throw new AppError('invalid_input', `A field may take 1 to ${maxTextChars} characters in Slack.`);
  }
  if (value.length > limit) {
    throw new AppError('invalid_input', 'What a field begins with is longer than the field takes.');
  }
  return {
    type: 'plain_text_input',
    action_id: fieldId,
    multiline: true,
    max_length: limit,
    ...(placeholder === undefined || placeholder.trim() === ''
      ? {}
      : { placeholder: plain(placeholder, maxPlaceholderChars, "A field's placeholder") }),
    ...(value === '' ? {} : { initial_value: value }),
  };
}

function choiceInput({ fieldId, choices = [] }: FormField): InputBlock['element'] {
  if (choices.length < 2 || choices.length > maxChoices) {
    throw new AppError('invalid_input', `A choice needs 2 to ${maxChoices} answers.`);
  }
  return {
    type: 'radio_buttons',
    action_id: fieldId,
    options: choices.map(({ value, label }) => {
      if (value === '' || value.length > maxChoiceValueChars) {
        throw new AppError(
          'invalid_input',
          `A choice's value may have 1 to ${maxChoiceValueChars} characters.`,
        );
      }
      return {
        value,
        text: { ...plain(label, maxChoiceLabelChars, "A choice's label"), type: 'plain_text' },
      };
    }),
  };
}

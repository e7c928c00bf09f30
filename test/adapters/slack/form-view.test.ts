import { describe, expect, test } from 'vitest';
import { formView } from '../../../adapters/slack/form-view.ts';
import type { Form, FormField } from '../../../core/ports/channel.ts';
import { callSchemas } from '../../fakes/slack/call-schemas.ts';

const about = { platform: 'slack', channelId: 'C012AB3CD', messageId: '1712345678.000100' };
const reason: FormField = {
  fieldId: 'reason',
  label: 'What was wrong?',
  kind: 'choice',
  choices: [
    { value: 'wrong', label: 'It is wrong' },
    { value: 'unwelcome', label: 'Tone or length' },
  ],
  required: true,
};
const words: FormField = {
  fieldId: 'words',
  label: 'In your words',
  kind: 'text',
  maxChars: 500,
  required: false,
};
const form: Form = {
  formId: 'feedback.why',
  title: 'Tell me more',
  about,
  submitLabel: 'Send',
  fields: [reason, words],
};

const check = (view: unknown) =>
  callSchemas['views.open'].safeParse({ view, trigger_id: '1.2.a' }).error?.issues;

describe('a form as a modal', () => {
  test('names itself, what it is about, and its fields', () => {
    const view = formView(form, 'handle');
    expect(check(view)).toBeUndefined();
    expect(view).toEqual({
      type: 'modal',
      callback_id: 'feedback.why',
      private_metadata: JSON.stringify({ ...about, openedBy: 'handle' }),
      title: { type: 'plain_text', text: 'Tell me more' },
      submit: { type: 'plain_text', text: 'Send' },
      close: { type: 'plain_text', text: 'Cancel' },
      blocks: [
        {
          type: 'input',
          block_id: 'reason',
          label: { type: 'plain_text', text: 'What was wrong?' },
          optional: false,
          element: {
            type: 'radio_buttons',
            action_id: 'reason',
            options: [
              { value: 'wrong', text: { type: 'plain_text', text: 'It is wrong' } },
              { value: 'unwelcome', text: { type: 'plain_text', text: 'Tone or length' } },
            ],
          },
        },
        {
          type: 'input',
          block_id: 'words',
          label: { type: 'plain_text', text: 'In your words' },
          optional: true,
          element: { type: 'plain_text_input', action_id: 'words', multiline: true, max_length: 500 },
        },
      ],
    });
  });

  test('a text takes 3,000 characters where nothing else is said, and may have a placeholder', () => {
    const { maxChars: _, ...free } = words;
    const view = formView({ ...form, fields: [{ ...free, placeholder: 'It should have said …' }] }, '');
    expect(view.blocks).toHaveProperty('0.element.max_length', 3_000);
    expect(view.blocks).toHaveProperty('0.element.placeholder.text', 'It should have said …');
    expect(formView({ ...form, fields: [{ ...free, placeholder: ' ' }] }, '').blocks).not.toHaveProperty(
      '0.element.placeholder',
    );
  });

  test('about no message says what it is about, and a text may begin with words', () => {
    const { about: _, ...rest } = form;
    const fields = [
      { ...words, value: 'x'.repeat(500) },
      { ...words, fieldId: 'more', value: '' },
    ];
    const view = formView({ ...rest, subject: 'skill.add', fields }, 'handle');
    expect(check(view)).toBeUndefined();
    expect(view.private_metadata).toBe(JSON.stringify({ subject: 'skill.add', openedBy: 'handle' }));
    expect(view.blocks).toHaveProperty('0.element.initial_value', 'x'.repeat(500));
    expect(view.blocks).not.toHaveProperty('1.element.initial_value');
    expect(() => formView(rest, '')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  test.each<[string, Partial<Form>, boolean]>([
    ['a title at the limit', { title: 'x'.repeat(24) }, true],
    ['a title over the limit', { title: 'x'.repeat(25) }, false],
    ['no title', { title: '\u0000' }, false],
    ['a button over the limit', { submitLabel: 'x'.repeat(25) }, false],
    ['no id', { formId: '' }, false],
    ['an id over the limit', { formId: 'x'.repeat(256) }, false],
    ['no fields', { fields: [] }, false],
    ['two fields of one id', { fields: [words, { ...reason, fieldId: 'words' }] }, false],
    [
      '101 fields',
      { fields: Array.from({ length: 101 }, (_, index) => ({ ...words, fieldId: `f${index}` })) },
      false,
    ],
    ['a field without an id', { fields: [{ ...words, fieldId: '' }] }, false],
    ['a label over the limit', { fields: [{ ...words, label: 'x'.repeat(2_001) }] }, false],
    ['a text over the limit', { fields: [{ ...words, maxChars: 3_001 }] }, false],
    ['a text of no length', { fields: [{ ...words, maxChars: 0 }] }, false],
    ['words to begin with over the limit', { fields: [{ ...words, value: 'x'.repeat(501) }] }, false],
    ['a placeholder at the limit', { fields: [{ ...words, placeholder: 'x'.repeat(150) }] }, true],
    ['a placeholder over the limit', { fields: [{ ...words, placeholder: 'x'.repeat(151) }] }, false],
    ['one choice', { fields: [{ ...reason, choices: reason.choices?.slice(1) ?? [] }] }, false],
    [
      'a choice with a long label',
      {
        fields: [
          {
            ...reason,
            choices: [
              { value: 'a', label: 'x'.repeat(76) },
              { value: 'b', label: 'b' },
            ],
          },
        ],
      },
      false,
    ],
    [
      'a choice with a long value',
      {
        fields: [
          {
            ...reason,
            choices: [
              { value: 'x'.repeat(151), label: 'a' },
              { value: 'b', label: 'b' },
            ],
          },
        ],
      },
      false,
    ],
    [
      'eleven choices',
      {
        fields: [
          {
            ...reason,
            choices: Array.from({ length: 11 }, (_, index) => ({ value: `${index}`, label: `${index}` })),
          },
        ],
      },
      false,
    ],
    ['a message with a long name', { about: { ...about, messageId: 'x'.repeat(3_000) } }, false],
  ])('%s', (_, change, isAccepted) => {
    const build = () => formView({ ...form, ...change }, '');
    if (isAccepted) expect(check(build())).toBeUndefined();
    else
      expect(build).toThrow(
        expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(/\.$/) }),
      );
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CommandSchema } from '../../../adapters/discord/command-schema.ts';
import { parseCustomId } from '../../../adapters/discord/custom-id.ts';
import { formView } from '../../../adapters/discord/form-view.ts';
import { MAX_TEXT_CHARS } from '../../../adapters/discord/measure-document.ts';
import {
  answerPayload,
  choicesPayload,
  createPayload,
  discordCapabilities,
  editPayload,
} from '../../../adapters/discord/outbound.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import type { OutboundMessage } from '../../../core/domain/outbound-message.ts';
import { CORRECTION_FORM, REASON_FORM } from '../../../core/domain/outbound-message.ts';
import { feedbackForm } from '../../../core/feedback/feedback-forms.ts';
import type { Form } from '../../../core/ports/channel.ts';
import { apiDescription } from '../../fakes/discord/openapi-check.ts';
import { says } from '../nasty-documents.ts';
import { APP, BOT_MESSAGE, CHANNEL, DM, GUILD, MESSAGE, TOKEN } from './inbound-payloads.ts';

const target: ConversationAddress = {
  platform: 'discord',
  spaceId: spaceId('discord', GUILD),
  audience: 'group',
  channelId: CHANNEL,
};
const ref: MessageRef = { platform: 'discord', channelId: CHANNEL, messageId: BOT_MESSAGE };
const saying = (words: string, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  body: says(words),
  sendKey: 'key',
  ...more,
});
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const create = (message: OutboundMessage) => createPayload(target, message, digest);
const feedback = [
  [
    { actionId: 'feedback.good', label: 'Good' },
    { actionId: 'feedback.bad', label: 'Bad' },
  ],
];
const callsNobody = { parse: [], replied_user: false };

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'invalid_input') return thrown.message;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('a message', () => {
  test('whole', () => {
    const payload = create(saying('*Hello*', { actions: feedback, replyTo: { ...ref, messageId: MESSAGE } }));
    expect(payload).toEqual({
      content: '\\*Hello\\*',
      nonce: digest('key').slice(0, 25),
      enforce_nonce: true,
      allowed_mentions: callsNobody,
      flags: 4,
      message_reference: { message_id: MESSAGE, channel_id: CHANNEL, fail_if_not_exists: false },
      components: [
        {
          type: 1,
          components: [
            { type: 2, style: 2, custom_id: 'feedback.good', emoji: { name: '👍' } },
            { type: 2, style: 2, custom_id: 'feedback.bad', emoji: { name: '👎' } },
          ],
        },
      ],
    });
  });

  test('has the same nonce for the same send, and another for another', () => {
    const nonce = (sendKey: string) => create(saying('x', { sendKey })).nonce;
    expect(nonce('a'.repeat(300))).toBe(nonce('a'.repeat(300)));
    expect(nonce('a'.repeat(300))).toHaveLength(25);
    expect(nonce('a')).not.toBe(nonce('b'));
  });

  test('does not reply to what stands elsewhere', () => {
    expect(create(saying('x', { replyTo: { ...ref, channelId: DM } }))).not.toHaveProperty(
      'message_reference',
    );
  });

  test('is edited with all its buttons or none, and calls nobody then either', () => {
    expect(editPayload(saying('x'))).toEqual({
      content: 'x',
      components: [],
      allowed_mentions: callsNobody,
      flags: 4,
    });
  });

  test('is refused when it is empty or too long, and never cut', () => {
    for (const build of [create, editPayload, (message: OutboundMessage) => answerPayload(message, true)]) {
      expect(refusal(() => build(saying(' ')))).toContain('empty');
      expect(refusal(() => build(saying('x'.repeat(MAX_TEXT_CHARS + 1))))).toContain('2001');
      expect(() => build(saying('x'.repeat(MAX_TEXT_CHARS)))).not.toThrow();
    }
  });
});

describe('buttons', () => {
  const row = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => ({
      actionId: `a.${from + index}`,
      label: `A ${from + index}`,
    }));
  const ids = (actions: OutboundMessage['actions']) =>
    editPayload(saying('x', actions === undefined ? {} : { actions })).components.map(({ components }) =>
      components.map((button) => button.custom_id),
    );

  test('stand in rows of five, and each once', () => {
    expect(ids([row(6), [{ actionId: 'a.0', label: 'again' }, ...row(1, 9)], []])).toEqual([
      ['a.0', 'a.1', 'a.2', 'a.3', 'a.4'],
      ['a.5'],
      ['a.9'],
    ]);
  });

  test('name the message that they are about', () => {
    const about = { ...ref, channelId: '9'.repeat(20), messageId: '8'.repeat(20) };
    const [[id = ''] = []] = ids([[{ actionId: 'x'.repeat(32), label: 'Tell', about }]]);
    expect(id.length).toBeLessThanOrEqual(100);
    expect(parseCustomId(id)).toEqual({ name: 'x'.repeat(32), about });
    // A thumb about something else needs words.
    const [tell] = editPayload(
      saying('x', { actions: [[{ actionId: 'feedback.bad', label: 'Bad', about }]] }),
    ).components;
    expect(tell?.components[0]).toMatchObject({ label: 'Bad' });
  });

  test.each<[string, OutboundMessage['actions'], string]>([
    ['too many', [row(26)], '5 rows'],
    ['no label', [[{ actionId: 'a', label: ' ' }]], '80'],
    ['a long label', [[{ actionId: 'a', label: 'x'.repeat(81) }]], '80'],
    ['a bad action', [[{ actionId: 'No Spaces', label: 'x' }]], 'a–z'],
    ['a bad message', [[{ actionId: 'a', label: 'x', about: { ...ref, messageId: 'x' } }]], 'a–z'],
  ])('are refused for %s', (_, actions, words) => {
    expect(refusal(() => ids(actions))).toContain(words);
  });

  test('are read only as they are written', () => {
    for (const id of [
      '',
      'A',
      'a b',
      'a|',
      'a|1',
      'a|1/',
      'a|1/2/3',
      'a|x/2',
      `${'a'.repeat(33)}`,
      'a|1/2\n',
    ]) {
      expect(parseCustomId(id)).toBeUndefined();
    }
    expect(parseCustomId('a.b_1')).toEqual({ name: 'a.b_1' });
  });
});

describe('answers to interactions', () => {
  test('are for everybody or for the asker', () => {
    expect(answerPayload(saying('x'), false)).toMatchObject({ content: 'x', flags: 4 });
    expect(answerPayload(saying('x'), true)).toMatchObject({ flags: 68, allowed_mentions: callsNobody });
  });

  test('complete an option with what comes behind the line before it', () => {
    const choice = (value: string, label = 'L', hint = 'h') => ({ value, label, hint });
    const given = [
      choice('skill show pdf ', 'pdf', 'x'.repeat(200)),
      choice('skill show pdf', 'pdf', ''),
      choice('skill list'),
      choice('skill show '),
      choice(`skill show ${'y'.repeat(101)}`),
      ...Array.from({ length: 40 }, (_, index) => choice(`skill show n${index}`)),
    ];
    const { choices } = choicesPayload(given, 'skill show ');
    expect(choices.slice(0, 2)).toEqual([
      { name: 'pdf', value: 'pdf' },
      { name: 'L – h', value: 'n0' },
    ]);
    expect(choices).toHaveLength(25);
    const long = choicesPayload([choice('help x', 'x', 'y'.repeat(200))], 'help ');
    expect(long.choices.map(({ name }) => [name.length, name.at(-1)])).toEqual([[100, '…']]);
    expect(choicesPayload([], 'x ')).toEqual({ choices: [] });
  });
});

describe('a form', () => {
  const form: Form = {
    formId: 'feedback.reason',
    title: 'What was wrong?',
    about: ref,
    submitLabel: 'Send',
    fields: [
      {
        fieldId: 'reason',
        label: 'Which?',
        kind: 'choice',
        choices: [
          { value: 'a', label: 'A' },
          { value: 'b', label: 'B' },
        ],
        required: true,
      },
      {
        fieldId: 'words',
        label: 'In words',
        kind: 'text',
        maxChars: 1_000,
        placeholder: 'So',
        required: false,
      },
    ],
  };

  test('whole', () => {
    expect(formView(form)).toEqual({
      custom_id: `feedback.reason|${CHANNEL}/${BOT_MESSAGE}`,
      title: 'What was wrong?',
      components: [
        {
          type: 18,
          label: 'Which?',
          component: {
            type: 3,
            custom_id: 'reason',
            required: true,
            options: [
              { value: 'a', label: 'A' },
              { value: 'b', label: 'B' },
            ],
          },
        },
        {
          type: 18,
          label: 'In words',
          component: {
            type: 4,
            custom_id: 'words',
            style: 2,
            required: false,
            max_length: 1_000,
            placeholder: 'So',
          },
        },
      ],
    });
  });

  const [choice, words] = form.fields;
  const changed = (more: object): Form => ({ ...form, fields: [{ ...words!, ...more }] });
  test.each<[string, Form, string]>([
    ['an id', { ...form, formId: 'Not An Id' }, 'a–z'],
    ['no fields', { ...form, fields: [] }, '1 to 5'],
    ['six fields', { ...form, fields: [...'abcdef'].map((fieldId) => ({ ...words!, fieldId })) }, '1 to 5'],
    ['two fields of one id', { ...form, fields: [words!, words!] }, 'same id'],
    ['a title', { ...form, title: 'x'.repeat(46) }, '45'],
    ['a label', changed({ label: 'x'.repeat(46) }), '45'],
    ['no label', changed({ label: ' ' }), '45'],
    ['a placeholder', changed({ placeholder: 'x'.repeat(101) }), '100'],
    ['more text than fits', changed({ maxChars: 4_001 }), '4000'],
    ['a field id', changed({ fieldId: '' }), '1 to 100'],
    ['one choice', { ...form, fields: [{ ...choice!, choices: [{ value: 'a', label: 'A' }] }] }, '2 to 25'],
    [
      'two choices of one value',
      {
        ...form,
        fields: [
          {
            ...choice!,
            choices: [
              { value: 'a', label: 'A' },
              { value: 'a', label: 'B' },
            ],
          },
        ],
      },
      'same value',
    ],
  ])('is refused for %s', (_, given, sentence) => {
    expect(refusal(() => formView(given))).toContain(sentence);
  });

  test('of core’s fits', () => {
    for (const id of [REASON_FORM, CORRECTION_FORM]) {
      expect(() => formView(feedbackForm(id, ref)!)).not.toThrow();
    }
  });
});

test.skipIf(apiDescription === undefined)(
  'fits Discord’s own description (skipped without ../shared/data)',
  () => {
    const check = (method: string, path: string, body: unknown): void =>
      apiDescription?.check({ method, path, query: new URLSearchParams(), body });
    const message = saying('x', { actions: feedback, replyTo: ref });
    const callback = `/interactions/${MESSAGE}/${TOKEN}/callback`;
    check('POST', `/channels/${CHANNEL}/messages`, create(message));
    check('PATCH', `/channels/${CHANNEL}/messages/${BOT_MESSAGE}`, editPayload(message));
    check('POST', `/webhooks/${APP}/${TOKEN}`, answerPayload(message, true));
    for (const answer of [
      { type: 4, data: answerPayload(message, true) },
      { type: 8, data: choicesPayload([{ value: 'help x', label: 'x', hint: 'y' }], 'help ') },
      { type: 9, data: formView(feedbackForm(REASON_FORM, ref)!) },
      { type: 9, data: formView(feedbackForm(CORRECTION_FORM, ref)!) },
    ]) {
      check('POST', callback, answer);
    }
    expect(() => check('POST', callback, { type: 9, data: { title: 'no id' } })).toThrow();
  },
);

test('capabilities', () => {
  const { canOpenForms, canRegisterCommands, hasSendKeys, canStreamNatively, maxTextChars } =
    discordCapabilities;
  expect([canOpenForms, canRegisterCommands, hasSendKeys, canStreamNatively]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(maxTextChars).toBe(2_000);
  const prefixed: Pick<CommandSchema, 'name'> = { name: discordCapabilities.commandPrefix.slice(1).trim() };
  expect(prefixed.name).toBe('metaclaw');
});

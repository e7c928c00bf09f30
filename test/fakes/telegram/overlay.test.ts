import { describe, expect, test } from 'vitest';
import { type BotApiSpec, botApiOverlay, type OverlayEntry, overlaid, superfluous } from './overlay.ts';
import { botApiSpec, checkCall, checkCallBy, updateTypes } from './spec-check.ts';

const small: BotApiSpec = {
  version: 'Bot API 1.0',
  methods: {
    send: {
      fields: [
        { name: 'to', types: ['Integer'], required: true, description: '' },
        { name: 'text', types: ['String'], required: false, description: '' },
      ],
    },
  },
  types: {},
};
const changelog = 'https://core.telegram.org/bots/api-changelog#july-14-2026';
const flag = { name: 'flag', types: ['Boolean'], required: false, description: '' };
const entry = (
  of: string,
  change: OverlayEntry['change'],
  fields: OverlayEntry['fields'] = [],
): OverlayEntry => ({ changelog, in: 'methods', of, change, fields });

describe('the overlay', () => {
  test('every entry names the changelog that told of it', () => {
    for (const { changelog: address } of botApiOverlay)
      expect(address).toMatch(/^https:\/\/core\.telegram\.org\/bots\/api-changelog#[a-z]+-\d{1,2}-20\d\d$/);
  });

  test.skipIf(botApiSpec === undefined)(
    'holds nothing that the description has (needs ../shared/data)',
    () => {
      expect(botApiSpec === undefined ? [] : superfluous(botApiSpec, botApiOverlay)).toEqual([]);
    },
  );

  test('an entry that the description has already is superfluous, one without a place too', () => {
    expect(superfluous(small, [entry('sendMore', 'new'), entry('send', 'more fields', [flag])])).toEqual([]);
    const to = { ...flag, name: 'to' };
    const text = { ...flag, name: 'text' };
    expect(superfluous(small, [entry('send', 'no longer required', [to])])).toEqual([]);
    expect(
      superfluous(small, [
        entry('send', 'new'),
        entry('send', 'more fields', [flag, text]),
        entry('send', 'no longer required', [text]),
        entry('gone', 'more fields', [flag]),
      ]),
    ).toEqual([
      'send is in Bot API 1.0 already',
      'send.text is in Bot API 1.0 already',
      'send.text is not required in Bot API 1.0',
      'gone is not in Bot API 1.0',
    ]);
  });

  test('adds what is new, loosens what was required, and leaves the rest as it was', () => {
    const to = { name: 'to', types: ['Integer'], required: false, description: '' };
    const merged = overlaid(small, [
      entry('sendMore', 'new', [flag]),
      entry('send', 'more fields', [flag]),
      entry('send', 'no longer required', [to]),
    ]);
    expect(checkCallBy(small, 'send', { flag: true })).toEqual([
      'send.to is required',
      'send.flag is no parameter',
    ]);
    expect(checkCallBy(merged, 'send', { flag: true, text: 'x' })).toEqual([]);
    expect(checkCallBy(merged, 'send', { flag: 'yes', more: 1 })).toEqual([
      'send.flag must be a boolean',
      'send.more is no parameter',
    ]);
    expect(checkCallBy(merged, 'sendMore', { flag: false })).toEqual([]);
    expect(checkCallBy(small, 'sendMore', {})).toEqual(['sendMore is no method']);
  });

  test.skipIf(botApiSpec === undefined)('is what calls are held against (needs ../shared/data)', () => {
    const calls: readonly (readonly [string, Record<string, unknown>])[] = [
      ['sendMessageDraft', { chat_id: 1, draft_id: 1, text: 'x', can_stop: true, keep_on_stop: false }],
      [
        'sendMessage',
        {
          chat_id: 1,
          text: 'x',
          ephemeral_message_parameters: { receiver_user_id: 1, callback_query_id: 'q' },
        },
      ],
      ['sendMessage', { chat_id: 1, text: 'x', reply_parameters: { ephemeral_message_id: 1 } }],
      ['deleteEphemeralMessage', { chat_id: 1, receiver_user_id: 2, ephemeral_message_id: 3 }],
      ['setMyCommands', { commands: [{ command: 'help', description: 'Help', is_ephemeral: true }] }],
    ];
    for (const [method, payload] of calls) {
      expect([method, checkCall(method, payload)]).toEqual([method, []]);
      if (botApiSpec !== undefined) expect(checkCallBy(botApiSpec, method, payload)).not.toEqual([]);
    }
    expect(
      checkCall('sendMessage', {
        chat_id: 1,
        text: 'x',
        ephemeral_message_parameters: { callback_query_id: 'q' },
      }),
    ).toEqual(['sendMessage.ephemeral_message_parameters.receiver_user_id is required']);
    expect(updateTypes).toContain('stopped_message_generation');
  });
});

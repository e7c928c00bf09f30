import { describe, expect, test } from 'vitest';
import { type SeenActivity, withActivity } from '../../config/with-activity.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import type { InboundEvent } from '../../core/domain/inbound-event.ts';
import type { Receipt } from '../../core/domain/receipt.ts';
import {
  sampleAction,
  sampleCommand,
  sampleConversation,
  sampleMessage,
  sampleRef,
} from '../contract/store-samples.ts';

const message = sampleMessage('m');
const { eventId, platform, occurredAt, admission } = message;
const here = spaceId('web', 'team');
const base = { eventId, platform, spaceId: here, occurredAt };
const ann = personId('web', 'ann');
const actor = { personId: ann, displayName: 'Ann', isBot: false };
const interaction = { handle: 'h' };
const conversation = sampleConversation;
const mark = { kind: 'reaction', name: '👍' } as const;
const target = sampleRef('reply');

/** One of each kind that there is. */
const events: { readonly [Type in InboundEvent['type']]: Extract<InboundEvent, { readonly type: Type }> } = {
  message_received: message,
  message_edited: {
    ...base,
    type: 'message_edited',
    ...{ conversation, admission, ref: target, author: actor, text: 'other words' },
  },
  message_deleted: { ...base, type: 'message_deleted', conversation, ref: target },
  command_invoked: sampleCommand('c'),
  action_invoked: sampleAction('a'),
  completion_requested: {
    ...base,
    type: 'completion_requested',
    ...{ conversation, admission, actor, line: 'sta', interaction },
  },
  signal_given: { ...base, type: 'signal_given', admission, actor, target, mark },
  signal_withdrawn: { ...base, type: 'signal_withdrawn', admission, actor, target, mark },
  signals_cleared: { ...base, type: 'signals_cleared', target },
  form_submitted: {
    ...base,
    type: 'form_submitted',
    ...{ admission, actor, formId: 'why', conversation, interaction, values: {} },
  },
  home_opened: { ...base, type: 'home_opened', admission, actor },
};

/** What activity was told of one event, and what its channel was told. */
async function toldOf(
  event: InboundEvent,
  receipt: Receipt = 'stored',
): Promise<{ readonly seen: readonly SeenActivity[]; readonly given: Receipt }> {
  const seen: SeenActivity[] = [];
  const passed: InboundEvent[] = [];
  const { sink } = withActivity(
    {
      async sink(given: InboundEvent) {
        // Nobody is told of what is not on disk yet.
        expect(seen).toEqual([]);
        passed.push(given);
        return receipt;
      },
    },
    (activity) => void seen.push(activity),
  );
  const given = await sink(event);
  expect(passed).toEqual([event]);
  return { seen, given };
}

const inGroup = { spaceId: here, isWholeSpace: false };

describe('activity', () => {
  test.each([
    ['message_received', { ...inGroup, kind: 'message' }],
    ['message_edited', { ...inGroup, kind: 'message' }],
    ['message_deleted', { ...inGroup, kind: 'message' }],
    ['command_invoked', { ...inGroup, kind: 'presence' }],
    ['action_invoked', { ...inGroup, kind: 'message' }],
    ['form_submitted', { ...inGroup, kind: 'message' }],
    ['signal_given', { spaceId: here, kind: 'message' }],
    ['signal_withdrawn', { spaceId: here, kind: 'message' }],
    ['signals_cleared', { spaceId: here, kind: 'message' }],
  ] as const)('is %s, once stored', async (type, expected) => {
    expect(await toldOf(events[type])).toEqual({ seen: [expected], given: 'stored' });
  });

  test.each(['completion_requested', 'home_opened'] as const)(
    'is not %s, which nothing waits for',
    async (type) => {
      expect(await toldOf(events[type])).toEqual({ seen: [], given: 'stored' });
    },
  );

  test.each(['duplicate', 'refused', 'unavailable'] as const)('is nothing that is %s', async (receipt) => {
    for (const event of Object.values(events)) {
      expect(await toldOf(event, receipt)).toEqual({ seen: [], given: receipt });
    }
  });

  test.each<[string, boolean, { audience?: 'group'; channelId?: string }]>([
    ['that is the whole space', true, {}],
    ['of a workspace', false, { channelId: 'elsewhere' }],
    ['that is a group', false, { audience: 'group' }],
  ])('in a chat %s is told as such: %s', async (_, isWholeSpace, changes) => {
    const direct = { ...conversation, audience: 'direct' as const, channelId: 'team', ...changes };
    const said = { ...message, conversation: direct };
    expect((await toldOf(said)).seen).toEqual([{ spaceId: here, isWholeSpace, kind: 'message' }]);
  });
});

describe('a command', () => {
  const kindOf = async (event: InboundEvent): Promise<string | undefined> =>
    (await toldOf(event)).seen[0]?.kind;

  test.each([
    ['schedule window', 'steering'],
    ['  Schedule  sleep 23-7', 'steering'],
    ['TRAIN now', 'steering'],
    ['policy list', 'steering'],
    ['policies', 'steering'],
    ['status', 'steering'],
    ['schedules', 'presence'],
    ['skill policy', 'presence'],
    ['help train', 'presence'],
    ['', 'presence'],
  ])('“%s” is %s', async (line, kind) => {
    expect(await kindOf({ ...events.command_invoked, line })).toBe(kind);
  });

  test('that is written as a message is one too, where the platform has none of its own', async () => {
    const written = (text: string): InboundEvent => ({
      ...message,
      addressing: 'mention',
      text,
      interaction,
    });
    expect(await kindOf(written('train now'))).toBe('steering');
    expect(await kindOf(written('/status'))).toBe('steering');
    expect(await kindOf(written('/help'))).toBe('presence');
    expect(await kindOf(written('train a model for me please'))).toBe('message');
    expect(await kindOf({ ...message, addressing: 'mention', text: 'train now' })).toBe('message');
  });
});

test('the rest of the bot is as it was', () => {
  const bot = { sink: async () => 'stored' as const, start: () => 7 };
  expect(withActivity(bot, () => {}).start()).toBe(7);
});

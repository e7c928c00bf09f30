import { describe, expect, test } from 'vitest';
import { withActivity } from '../../config/with-activity.ts';
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
const base = { eventId, platform, spaceId: spaceId('web', 'team'), occurredAt };
const actor = { personId: personId('web', 'ann'), displayName: 'Ann', isBot: false };
const interaction = { handle: 'h' };
const mark = { kind: 'reaction', name: '👍' } as const;
const target = sampleRef('reply');

const said: readonly InboundEvent[] = [
  message,
  sampleAction('a'),
  { ...base, type: 'signal_given', admission, actor, target, mark },
  { ...base, type: 'signal_withdrawn', admission, actor, target, mark },
];
const quiet: readonly InboundEvent[] = [
  sampleCommand('c'),
  {
    ...base,
    type: 'completion_requested',
    conversation: sampleConversation,
    admission,
    actor,
    line: 'sta',
    interaction,
  },
  { ...base, type: 'home_opened', admission, actor },
];

/** How often activity was told of one event, and what its channel was told. */
async function toldOf(event: InboundEvent, receipt: Receipt): Promise<readonly [number, Receipt]> {
  let touched = 0;
  const seen: InboundEvent[] = [];
  const { sink } = withActivity(
    {
      async sink(given: InboundEvent) {
        // Nobody is told of what is not on disk yet.
        expect(touched).toBe(0);
        seen.push(given);
        return receipt;
      },
    },
    () => {
      touched += 1;
    },
  );
  const given = await sink(event);
  expect(seen).toEqual([event]);
  return [touched, given];
}

describe('activity', () => {
  test.each(said.map((event) => [event.type, event] as const))('is %s, once stored', async (_, event) => {
    expect(await toldOf(event, 'stored')).toEqual([1, 'stored']);
  });

  test.each(quiet.map((event) => [event.type, event] as const))('is not %s', async (_, event) => {
    expect(await toldOf(event, 'stored')).toEqual([0, 'stored']);
  });

  test.each(['duplicate', 'refused', 'unavailable'] as const)('is nothing that is %s', async (receipt) => {
    expect(await toldOf(message, receipt)).toEqual([0, receipt]);
  });
});

test('the rest of the bot is as it was', () => {
  const bot = { sink: async () => 'stored' as const, start: () => 7 };
  expect(withActivity(bot, () => {}).start()).toBe(7);
});

import { describe, expect, test } from 'vitest';
import { addressOf } from '../../../adapters/web/account.ts';
import {
  type ConversationAddress,
  encodeConversationKey,
  isWholeSpace,
  isWithin,
} from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';

const at = (
  platform: string,
  space: string,
  channelId: string,
  changes: Partial<ConversationAddress> = {},
): ConversationAddress => ({
  platform,
  spaceId: spaceId(platform, space),
  audience: 'direct',
  channelId,
  ...changes,
});

describe('a conversation that is all of its space', () => {
  test.each([
    ['an account’s page', addressOf('account_1')],
    ['a chat of one person', at('telegram', '4711', '4711')],
    ['a topic in such a chat', at('telegram', '4711', '4711', { threadId: '9' })],
    ['a direct channel outside every server', at('discord', 'dm.1012345678901234567', '1012345678901234567')],
  ])('%s', (_, conversation) => {
    expect(isWholeSpace(conversation)).toBe(true);
  });

  test.each([
    ['a direct channel of a workspace', at('slack', 'T0AB', 'D0CD')],
    ['a group that is a space', at('telegram', '-100', '-100', { audience: 'group' })],
    ['a thread of a group', at('discord', '77', '88', { audience: 'group', threadId: '77' })],
    ['a channel whose id only ends alike', at('discord', 'dm.1012345678901234567', '567')],
    ['a channel whose id is longer', at('telegram', '4711', '14711')],
    ['a channel named after a workspace’s beginning', at('slack', 'T0AB.D0CD', 'T0AB')],
  ])('not %s', (_, conversation) => {
    expect(isWholeSpace(conversation)).toBe(false);
  });
});

test('a key is within its conversation and not in one that begins alike', () => {
  const channel = encodeConversationKey(at('slack', 'T', 'C1'));
  expect(isWithin(channel, channel)).toBe(true);
  expect(isWithin(encodeConversationKey(at('slack', 'T', 'C1', { threadId: 't' })), channel)).toBe(true);
  expect(isWithin(encodeConversationKey(at('slack', 'T', 'C11')), channel)).toBe(false);
});

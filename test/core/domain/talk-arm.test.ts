import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConversationAddress,
  type ConversationKey,
  encodeConversationKey,
} from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { armKeyOf, openedChannelId, openingChannelId } from '../../../core/domain/talk-arm.ts';

const opening = '0123456789abcdef'.repeat(2);
const keyOf = (channelId: string, changes: Partial<ConversationAddress> = {}): ConversationKey =>
  encodeConversationKey({
    platform: 'api',
    spaceId: spaceId('api', 'la/b%'),
    audience: 'direct',
    channelId,
    ...changes,
  });

describe('what a conversation is drawn by', () => {
  const unanswered = keyOf(openingChannelId(opening));

  test('is the opening of a talk that is known by it, the same before and after its first answer', () => {
    expect(armKeyOf(unanswered)).toBe(unanswered);
    for (const apart of ['a'.repeat(32), 't.turn_1', '.']) {
      expect(armKeyOf(keyOf(openedChannelId(opening, apart)))).toBe(unanswered);
    }
  });

  test('is another for another opening and another space', () => {
    const others = [
      keyOf(openedChannelId(opening.replace('0', 'f'), 'a')),
      keyOf(openedChannelId(opening, 'a'), { spaceId: spaceId('api', 'other') }),
    ];
    expect(new Set([unanswered, ...others.map(armKeyOf)]).size).toBe(3);
  });

  test.each<[string, ConversationKey]>([
    ['a named talk', keyOf(`n.${opening}`)],
    ['a thread', keyOf(openedChannelId(opening, 'a'), { threadId: 't' })],
    ['a channel that others read', keyOf(openedChannelId(opening, 'a'), { audience: 'group' })],
    ['an id that only begins alike', keyOf('o.brien.1')],
    ['an opening of one digit too many', keyOf(openedChannelId(`${opening}0`, 'a'))],
    ['nothing after the opening', keyOf(openedChannelId(opening, ''))],
  ])('is all of it for %s', (_, key) => {
    expect(armKeyOf(key)).toBe(key);
  });

  test('is drawn by itself, whatever conversation it is', () => {
    const ids = fc.oneof(fc.string(), fc.constant(opening), fc.constant(openedChannelId(opening, 'x')));
    fc.assert(
      fc.property(ids, fc.option(fc.string(), { nil: undefined }), (channelId, threadId) => {
        const key = armKeyOf(keyOf(channelId, threadId === undefined ? {} : { threadId }));
        expect(armKeyOf(key)).toBe(key);
      }),
    );
  });
});

import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import { createHoldOut, holdOutKey } from '../../../core/feedback/hold-out.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const ids = createSequentialIds();
const conversations = Array.from({ length: 5_000 }, (_, index) =>
  encodeConversationKey({
    platform: 'fake',
    spaceId: spaceId('fake', 's'),
    audience: 'group',
    channelId: `c${index}`,
  }),
);

describe('hold-out', () => {
  test('keeps about its share of the conversations out, the same ones each time', () => {
    const isHoldOut = createHoldOut('key', 0.1, ids);
    const out = conversations.filter(isHoldOut);
    // Five standard deviations of 5,000 draws at 10 %.
    expect(Math.abs(out.length / conversations.length - 0.1)).toBeLessThan(0.0213);
    expect(conversations.filter(createHoldOut('key', 0.1, ids))).toEqual(out);
  });

  test('talks that open alike are kept out together, as one is before it is answered', () => {
    const keysOf = (index: number) =>
      ['', '.a', '.b'].map((apart) =>
        encodeConversationKey({
          platform: 'fake',
          spaceId: spaceId('fake', 's'),
          audience: 'direct',
          channelId: `o.${ids.digest(String(index)).slice(0, 32)}${apart}`,
        }),
      );
    const isHoldOut = createHoldOut('key', 0.5, ids);
    const drawn = Array.from({ length: 50 }, (_, index) => new Set(keysOf(index).map(isHoldOut)));
    expect(drawn.every(({ size }) => size === 1)).toBe(true);
    expect(new Set(drawn.flatMap((arms) => [...arms]))).toEqual(new Set([true, false]));
  });

  test('nobody without the key can tell which', () => {
    const one = conversations.filter(createHoldOut('key', 0.1, ids));
    const other = new Set(conversations.filter(createHoldOut('other', 0.1, ids)));
    const both = one.filter((key) => other.has(key));
    expect(both.length / conversations.length).toBeLessThan(0.03);
  });

  test('none at 0, all at 1, and a larger share keeps those of a smaller one', () => {
    expect(conversations.filter(createHoldOut('key', 0, ids))).toEqual([]);
    expect(conversations.filter(createHoldOut('key', 1, ids))).toEqual(conversations);
    const larger = new Set(conversations.filter(createHoldOut('key', 0.2, ids)));
    const small = conversations.filter(createHoldOut('key', 0.1, ids));
    expect(small.every((key) => larger.has(key))).toBe(true);
    expect(larger.size).toBeGreaterThan(small.length);
  });

  test('its key is made once and kept', async () => {
    const kept = new Map<string, unknown>();
    const store = {
      get: async (scope: string, key: string) => kept.get(`${scope} ${key}`),
      set: async (scope: string, key: string, value: unknown) => {
        kept.set(`${scope} ${key}`, value);
      },
    };
    const key = await holdOutKey(store, ids);
    expect(key).toHaveLength(32);
    expect(await holdOutKey(store, ids)).toBe(key);
    expect(kept.size).toBe(1);
  });
});

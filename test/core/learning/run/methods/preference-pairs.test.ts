import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../../core/domain/conversation.ts';
import { spaceId, turnId } from '../../../../../core/domain/ids.ts';
import { isSameRequest, pairsOf } from '../../../../../core/learning/run/methods/preference-pairs.ts';
import { type PreparedChanges, prepared } from './prepared.ts';

const other = encodeConversationKey({
  platform: 'web',
  spaceId: spaceId('web', 'team'),
  audience: 'direct',
  channelId: 'elsewhere',
});
const answer = (id: string, value: number, turn: NonNullable<PreparedChanges['turn']> = {}) =>
  prepared(id, [], { value, turn: { requestText: 'again', ...turn } });
const idsOf = (batch: Parameters<typeof pairsOf<ReturnType<typeof answer>>>[0]) => {
  const { pairs, unpaired } = pairsOf(batch);
  return {
    pairs: pairs.map(({ chosen, rejected }) => [chosen.turnId, rejected.turnId]),
    unpaired: unpaired.map((one) => one.turnId),
  };
};

describe('two answers to one request', () => {
  test('are those to the same words in one conversation, or one in place of the other', () => {
    expect(isSameRequest(answer('a', 1), answer('b', 1))).toBe(true);
    expect(isSameRequest(answer('a', 1), answer('b', 1, { conversationKey: other }))).toBe(false);
    expect(isSameRequest(answer('a', 1), answer('b', 1, { requestText: 'Again' }))).toBe(false);
    const edited = answer('b', 1, { requestText: 'edited', retryOf: turnId('a') });
    expect([isSameRequest(answer('a', 1), edited), isSameRequest(edited, answer('a', 1))]).toEqual([
      true,
      true,
    ]);
    // Two pictures without a word are two requests.
    expect(isSameRequest(answer('a', 1, { requestText: ' ' }), answer('b', 1, { requestText: ' ' }))).toBe(
      false,
    );
  });

  test('make a pair where one was liked and one was not', () => {
    expect(idsOf([answer('a', -0.5), answer('b', 0.2)])).toEqual({ pairs: [['b', 'a']], unpaired: [] });
    for (const value of [1, 0]) {
      expect(idsOf([answer('a', value), answer('b', 1)]).pairs).toEqual([]);
    }
    expect(idsOf([answer('a', -1), answer('b', 1, { requestText: 'what else' })])).toEqual({
      pairs: [],
      unpaired: ['a', 'b'],
    });
  });

  test('make none where they are the same words', () => {
    const batch = [answer('a', -1, { replyText: 'yes' }), answer('b', 1, { replyText: 'yes' })];
    expect(idsOf(batch)).toEqual({ pairs: [], unpaired: ['a', 'b'] });
  });

  test('an answer is held against the one that it took the place of, before others', () => {
    const batch = [
      answer('a', -1),
      answer('b', -1),
      answer('c', 1),
      answer('d', 1, { retryOf: turnId('b') }),
    ];
    expect(idsOf(batch)).toEqual({
      pairs: [
        ['d', 'b'],
        ['c', 'a'],
      ],
      unpaired: [],
    });
  });
});

test('each answer is in one pair or in none, with a liked one against a disliked one to the same request', () => {
  const anyAnswer = fc.record({
    value: fc.constantFrom(-1, -0.5, 0, 0.5, 1),
    requestText: fc.constantFrom('one', 'two', ''),
    replyText: fc.constantFrom('x', 'y', 'z'),
    retryOf: fc.option(fc.nat(7), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 8 }), (drawn) => {
      const batch = drawn.map(({ value, retryOf, ...turn }, at) =>
        answer(String(at), value, {
          ...turn,
          ...(retryOf === undefined ? {} : { retryOf: turnId(String(retryOf)) }),
        }),
      );
      const { pairs, unpaired } = pairsOf(batch);
      const all = [...pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]), ...unpaired];
      expect(all.map((one) => one.turnId).toSorted()).toEqual(batch.map((one) => one.turnId).toSorted());
      for (const { chosen, rejected } of pairs) {
        expect(chosen.value).toBeGreaterThan(0);
        expect(rejected.value).toBeLessThan(0);
        expect(isSameRequest(chosen, rejected)).toBe(true);
        expect(chosen.turn.replyText).not.toBe(rejected.turn.replyText);
      }
      // No further pair could be made of what is left.
      expect(pairsOf(unpaired).pairs).toEqual([]);
    }),
  );
});

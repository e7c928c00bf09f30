import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnId } from '../../../../../core/domain/ids.ts';
import { pairsOf } from '../../../../../core/learning/run/methods/preference-pairs.ts';
import { requestsOf } from '../../../../../core/learning/run/same-request.ts';
import { sampleRef } from '../../../../contract/store-samples.ts';
import { type PreparedChanges, prepared } from './prepared.ts';

const answer = (id: string, value: number, turn: NonNullable<PreparedChanges['turn']> = {}) =>
  prepared(id, [], { value, turn: { requestText: 'again', requestRefs: [sampleRef('one')], ...turn } });
const idsOf = (batch: Parameters<typeof pairsOf<ReturnType<typeof answer>>>[0]) => {
  const { pairs, unpaired } = pairsOf(batch);
  return {
    pairs: pairs.map(({ chosen, rejected }) => [chosen.turnId, rejected.turnId]),
    unpaired: unpaired.map((one) => one.turnId),
  };
};

describe('two answers to one request', () => {
  test('are never those to the same words said twice', () => {
    const later = { requestRefs: [sampleRef('two')], promptHash: 'another' };
    expect(idsOf([answer('a', -1), answer('b', 1, later)])).toEqual({ pairs: [], unpaired: ['a', 'b'] });
    expect(idsOf([answer('a', -1), answer('b', 1, { ...later, retryOf: turnId('a') })]).pairs).toEqual([
      ['b', 'a'],
    ]);
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
    message: fc.constantFrom('m1', 'm2', 'm3'),
    replyText: fc.constantFrom('x', 'y', 'z'),
    retryOf: fc.option(fc.nat(7), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 8 }), (drawn) => {
      const batch = drawn.map(({ value, retryOf, message, ...turn }, at) =>
        answer(String(at), value, {
          ...turn,
          requestRefs: [sampleRef(message)],
          promptHash: '',
          ...(retryOf === undefined ? {} : { retryOf: turnId(String(retryOf)) }),
        }),
      );
      const requests = requestsOf(batch.map(({ turn }) => turn));
      const { pairs, unpaired } = pairsOf(batch);
      const all = [...pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]), ...unpaired];
      expect(all.map((one) => one.turnId).toSorted()).toEqual(batch.map((one) => one.turnId).toSorted());
      for (const { chosen, rejected } of pairs) {
        expect(chosen.value).toBeGreaterThan(0);
        expect(rejected.value).toBeLessThan(0);
        expect(requests.of(chosen.turnId)).toBe(requests.of(rejected.turnId));
        expect(chosen.turn.replyText).not.toBe(rejected.turn.replyText);
      }
      // No further pair could be made of what is left.
      expect(pairsOf(unpaired).pairs).toEqual([]);
    }),
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultMethods, methodsFor } from '../../../../core/learning/run/choose-methods.ts';
import { pairUp } from '../../../../core/learning/run/pair-samples.ts';
import { inSeededOrder } from '../../../../core/learning/run/seeded-order.ts';
import { anyGathered, crowd, gathered } from './sample-gathered.ts';

const pairsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => [
    gathered(`g${index}`, 'a', 1, { request: `r${index}` }),
    gathered(`b${index}`, 'a', -1, { request: `r${index}` }),
  ]).flat();

describe('pairs', () => {
  test('are a good and a bad answer to one request, in different words, each in one pair', () => {
    fc.assert(
      fc.property(anyGathered(), fc.integer(), (samples, shuffle) => {
        const pairs = pairUp(samples);
        for (const [good, bad] of pairs) {
          expect([good.request, good.value > 0, bad.value < 0]).toEqual([bad.request, true, true]);
          expect(good.answer).not.toBe(bad.answer);
        }
        expect(new Set(pairs.flat()).size).toBe(2 * pairs.length);
        expect(pairUp(inSeededOrder(samples, shuffle))).toEqual(pairs);
      }),
    );
  });

  test('the same words tell nothing, another answer to the request does', () => {
    const good = gathered('1', 'a', 1, { request: 'r', answer: 'same' });
    const same = gathered('2', 'b', -1, { request: 'r', answer: 'same' });
    const other = gathered('3', 'c', -1, { request: 'r', answer: 'other' });
    expect(pairUp([good, same])).toEqual([]);
    expect(pairUp([good, same, other])).toEqual([[good, other]]);
  });
});

describe('methods', () => {
  test('one by one by default, by pairs where there are enough', () => {
    expect(methodsFor(crowd(40, 5), defaultMethods)).toEqual(['kto']);
    expect(methodsFor(pairsOf(15), defaultMethods)).toEqual(['kto']);
    expect(methodsFor(pairsOf(16), defaultMethods)).toEqual(['dpo']);
    expect(methodsFor(pairsOf(16), { ...defaultMethods, stored: 'kto' })).toEqual(['kto']);
    expect(methodsFor(crowd(40, 5), { ...defaultMethods, leastPairs: 0 })).toEqual(['kto']);
  });

  test('policy gradient only where it was chosen and every ratio is known', () => {
    const chosen = { ...defaultMethods, stored: 'policy_gradient' } as const;
    const [first, ...rest] = crowd(40, 5);
    expect(methodsFor(crowd(40, 5), defaultMethods)).toEqual(['kto']);
    expect(methodsFor(crowd(40, 5), chosen)).toEqual(['policy_gradient']);
    const exact = { path: 'preference', tokens: 'exact', reason: 'no_logprobs' } as const;
    expect(first && methodsFor([{ ...first, path: exact }, ...rest], chosen)).toEqual(['kto']);
  });

  test('what is switched on comes after, hindsight where there is a hint', () => {
    const all = { ...defaultMethods, groups: true, hindsight: true, teacher: true };
    expect(methodsFor(crowd(9, 3), all)).toEqual(['kto', 'groups', 'teacher']);
    expect(
      methodsFor(
        crowd(9, 3, (index) => ({ hasHints: index === 8 })),
        all,
      ),
    ).toEqual(['kto', 'groups', 'hindsight', 'teacher']);
  });
});

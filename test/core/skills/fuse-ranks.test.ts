import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuseRanks } from '../../../core/skills/fuse-ranks.ts';

const keys = (lists: readonly (readonly string[])[], k?: number): readonly string[] =>
  fuseRanks(lists, k).map(({ key }) => key);

describe('reciprocal rank fusion', () => {
  test('each list gives one over k and the place', () => {
    expect(
      fuseRanks([
        ['a', 'b'],
        ['b', 'c', 'a'],
      ]),
    ).toEqual([
      { key: 'b', score: 1 / 61 + 1 / 62 },
      { key: 'a', score: 1 / 61 + 1 / 63 },
      { key: 'c', score: 1 / 62 },
    ]);
  });

  test('a large k favours what several lists name, a small one what one list puts first', () => {
    const lists = [
      ['first', 'x', 'y', 'both'],
      ['u', 'v', 'w', 'both'],
    ];
    expect(keys(lists)[0]).toBe('both');
    expect(keys(lists, 0)[0]).toBe('first');
  });

  test('equal scores go by key', () => {
    expect(keys([['b', 'a'], ['a', 'b'], ['c'], ['d']])).toEqual(['a', 'b', 'c', 'd']);
  });

  test('nothing gives nothing', () => {
    expect(fuseRanks([])).toEqual([]);
    expect(fuseRanks([[], []])).toEqual([]);
  });
});

const list = fc.array(fc.constantFrom(...'abcdefgh'), { maxLength: 10 });
const lists = fc.array(list, { maxLength: 5 });

describe('for any lists', () => {
  test('every key comes once, best first', () => {
    fc.assert(
      fc.property(lists, fc.nat(100), (given, k) => {
        const fused = fuseRanks(given, k);
        expect(fused.map(({ key }) => key).sort()).toEqual([...new Set(given.flat())].sort());
        const scores = fused.map(({ score }) => score);
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      }),
    );
  });

  test('the order of the lists makes no difference', () => {
    fc.assert(
      fc.property(lists, fc.nat(1_000), (given, turn) => {
        const turned = given.map((_, at) => given[(at + turn) % given.length] ?? []);
        expect(fuseRanks(turned)).toEqual(fuseRanks(given));
        expect(fuseRanks(given.toReversed())).toEqual(fuseRanks(given));
      }),
    );
  });

  test('one list stays as it is, each key at its best place', () => {
    fc.assert(
      fc.property(list, (given) => {
        expect(keys([given])).toEqual([...new Set(given)]);
      }),
    );
  });

  test('what is no worse anywhere and better somewhere comes first', () => {
    fc.assert(
      fc.property(lists, (given) => {
        const order = keys(given);
        const place = (key: string, of: readonly string[]): number =>
          of.includes(key) ? of.indexOf(key) : Number.POSITIVE_INFINITY;
        const distinct = given.map((one) => [...new Set(one)]);
        for (const [at, later] of order.entries()) {
          for (const earlier of order.slice(0, at)) {
            const dominates =
              distinct.every((one) => place(later, one) <= place(earlier, one)) &&
              distinct.some((one) => place(later, one) < place(earlier, one));
            expect(dominates).toBe(false);
          }
        }
      }),
    );
  });
});

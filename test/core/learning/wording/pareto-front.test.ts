import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frontOf, leadsOf, meanOn } from '../../../../core/learning/wording/pareto-front.ts';

const scores = (...own: readonly number[]): ReadonlyMap<string, number> =>
  new Map(own.map((score, index) => [`t${index}`, score] as const));
const contexts = new Map([
  ['t0', 'a'],
  ['t1', 'a'],
  ['t2', 'b'],
]);

describe('the front', () => {
  test('keeps who leads somewhere, and lets go who leads only where a better one does', () => {
    const front = frontOf([scores(5, 5, 5), scores(9, 5, 5), scores(9, 8, 1)], contexts);
    // In a the third leads both turns, so the second is not needed there; in b it is behind the first, an equal.
    expect(front.map(({ index, leads }) => [index, Object.fromEntries(leads)])).toEqual([
      [0, { b: 1 }],
      [2, { a: 2 }],
    ]);
  });

  test('keeps for one context whoever leads there, however bad elsewhere', () => {
    const front = frontOf([scores(9, 9, 4), scores(0, 0, 5)], contexts);
    expect(front.map(({ index }) => index)).toEqual([0, 1]);
  });

  test('each turn that anybody was tried on is led by somebody of its context', () => {
    const pool = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 6, maxLength: 6 }), {
      minLength: 1,
      maxLength: 6,
    });
    const six = new Map([0, 1, 2, 3, 4, 5].map((at) => [`t${at}`, `c${at % 2}`] as const));
    fc.assert(
      fc.property(pool, (some) => {
        const all = some.map((own) => scores(...own));
        const front = frontOf(all, six);
        for (const [turn, context] of six) {
          const top = Math.max(...all.map((own) => own.get(turn) ?? 0));
          const leaders = front.filter(
            ({ index, leads }) => all[index]?.get(turn) === top && leads.has(context),
          );
          expect(leaders.length).toBeGreaterThan(0);
        }
        expect(front.every((member) => leadsOf(member) > 0)).toBe(true);
      }),
    );
  });

  test('a mean over nothing is the lowest', () => {
    expect(meanOn(scores(1, 3), ['t0', 't1', 't9'])).toBe(2);
    expect(meanOn(scores(), ['t0'])).toBe(Number.NEGATIVE_INFINITY);
    expect(meanOn(undefined, ['t0'])).toBe(Number.NEGATIVE_INFINITY);
  });
});

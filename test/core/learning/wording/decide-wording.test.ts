import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chooseWording,
  comparePaired,
  isWorthTrying,
  pairedChance,
} from '../../../../core/learning/wording/decide-wording.ts';

const scoresOf = (scores: readonly number[]): ReadonlyMap<string, number> =>
  new Map(scores.map((score, index) => [`t${index}`, score] as const));
const inContexts = (contexts: string): ReadonlyMap<string, string> =>
  new Map([...contexts].map((context, index) => [`t${index}`, context] as const));
const limits = { alpha: 0.05, margin: 1 };

describe('the chance of a sum of differences', () => {
  test('is that of all signs counted one by one', () => {
    const differences = fc.array(fc.integer({ min: -10, max: 10 }), { maxLength: 9 });
    fc.assert(
      fc.property(differences, (some) => {
        const seen = some.reduce((sum, one) => sum + one, 0);
        let reached = 0;
        for (let signs = 0; signs < 2 ** some.length; signs += 1) {
          const sum = some.reduce((total, one, at) => total + ((signs >> at) & 1 ? one : -one), 0);
          if (sum >= seen) reached += 1;
        }
        expect(pairedChance(some)).toBeCloseTo(reached / 2 ** some.length, 12);
      }),
    );
  });

  test('needs five wins of five to be one in twenty, and knows nothing of ties', () => {
    expect(pairedChance([1, 1, 1, 1])).toBe(1 / 16);
    expect(pairedChance([9, 9, 9, 9, 9, 0, 0])).toBe(1 / 32);
    expect(pairedChance([])).toBe(1);
  });
});

describe('the choice of a wording', () => {
  const present = scoresOf([4, 4, 4, 4, 4, 4, 8, 8, 8]);
  const contexts = inContexts('aaaaaabbb');

  test('takes one that wins clearly and harms nowhere', () => {
    expect(chooseWording([scoresOf([8, 8, 8, 8, 8, 8, 8, 8, 7])], present, contexts, limits)).toBe(0);
    expect(chooseWording([scoresOf([8, 8, 8, 8, 4, 4, 8, 8, 8])], present, contexts, limits)).toBeUndefined();
  });

  test('takes none that pays with one context for another', () => {
    const bought = scoresOf([10, 10, 10, 10, 10, 10, 6, 6, 6]);
    expect(comparePaired(bought, present, contexts)).toMatchObject({ wins: 6, losses: 3, worst: -2 });
    expect(chooseWording([bought], present, contexts, limits)).toBeUndefined();
    expect(chooseWording([bought], present, contexts, { alpha: 0.2, margin: 2 })).toBe(0);
  });

  test('holds each of several to its share of the level, and takes the best that is sure', () => {
    const good = scoresOf([8, 8, 8, 8, 8, 4, 8, 8, 8]);
    const same = present;
    expect(chooseWording([good], present, contexts, limits)).toBe(0);
    expect(chooseWording([good, same], present, contexts, limits)).toBeUndefined();
    const better = scoresOf([9, 9, 9, 9, 9, 9, 8, 8, 8]);
    expect(chooseWording([scoresOf([8, 8, 8, 8, 8, 8, 8, 8, 8]), better], present, contexts, limits)).toBe(1);
  });

  test('tells rare contexts together, and weighs a single turn as one of three', () => {
    expect(comparePaired(scoresOf([4, 1]), scoresOf([4, 4]), inContexts('ab'))?.worst).toBe(-1);
    expect(comparePaired(scoresOf([1, 1, 1]), scoresOf([4, 4, 4]), inContexts('abc'))?.worst).toBe(-3);
  });

  test('compares what both were tried on alone', () => {
    expect(comparePaired(new Map(), present, contexts)).toBeUndefined();
    expect(comparePaired(new Map([['t1', 5]]), present, contexts)).toMatchObject({ wins: 1, ties: 0 });
    expect(isWorthTrying(undefined, 1)).toBe(false);
  });

  test('one huge win does not outvote many losses', () => {
    const spike = scoresOf([10, 3, 3, 4, 4, 4, 8, 8, 8]);
    expect(chooseWording([spike], present, contexts, { alpha: 1, margin: 10 })).toBeUndefined();
  });
});

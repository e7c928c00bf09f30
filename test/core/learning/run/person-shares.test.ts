import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unknownAuthor } from '../../../../core/domain/ids.ts';
import type { GatheredSample } from '../../../../core/learning/run/gathered-sample.ts';
import { isCountable, ratersOf, withinShares } from '../../../../core/learning/run/person-shares.ts';
import { anyGathered, crowd, gathered, isWithinShare, loadsOf, person, voice } from './sample-gathered.ts';

const noYield = async (): Promise<void> => {};
const within = (samples: readonly GatheredSample[], share: number, most: number) =>
  withinShares(samples, ratersOf, { share, most }, noYield);

const anyShare = fc.constantFrom(0.1, 0.2, 0.25, 1 / 3, 0.5, 1);
const anyMost = fc.integer({ min: 0, max: 150 });

describe('who rated', () => {
  test('is whoever spoke, and the asker where only a judge did', () => {
    const mixed = gathered('t', 'asker', 1, {
      voices: [voice('ann', 1), voice(undefined, 1), voice('ben', 1)],
    });
    expect(ratersOf(mixed)).toEqual([person('ann'), person('ben')]);
    expect(ratersOf({ ...mixed, voices: [voice(undefined, 1)] })).toEqual([person('asker')]);
  });

  test('is nobody where the platform names nobody', () => {
    const unnamed = {
      ...gathered('t', 'asker', 1),
      askerId: unknownAuthor('web'),
      voices: [voice(undefined, 1)],
    };
    expect(ratersOf(unnamed).filter(isCountable)).toEqual([]);
    expect(ratersOf(gathered('u', 'ann', 1)).filter(isCountable)).toHaveLength(1);
  });
});

describe('shares', () => {
  test('one person with too much keeps as much as the smaller whole allows', async () => {
    const samples = [
      ...crowd(40, 8),
      ...crowd(200, 1).map((own, index) => ({
        ...own,
        turnId: gathered(`x${index}`, 'z', 1).turnId,
        voices: [voice('z', own.value)],
      })),
    ];
    const kept = await within(samples, 0.2, samples.length);
    // 40 are the others' four fifths.
    expect(kept).toHaveLength(50);
    expect(loadsOf(kept).get(person('z'))).toBe(10);
  });

  test('the earlier ones stay', async () => {
    const samples = [
      ...crowd(16, 4),
      ...Array.from({ length: 9 }, (_, index) => gathered(`x${index}`, 'z', 1)),
    ];
    expect((await within(samples, 0.25, 99)).slice(16).map(({ turnId }) => turnId)).toEqual([
      'x0',
      'x1',
      'x2',
      'x3',
      'x4',
    ]);
  });

  test('a part that is a share but for rounding is none too many', async () => {
    // 0.29 · 100 is 28.999999999999996.
    const samples = [
      ...crowd(71, 71),
      ...Array.from({ length: 29 }, (_, index) => gathered(`x${index}`, 'z', 1)),
    ];
    expect(await within(samples, 0.29, 100)).toHaveLength(100);
  });

  test('what a smaller whole has room for comes in again', async () => {
    const samples = [['c'], ['c', 'e'], ['b', 'd', 'a'], ['c', 'b']].map((names, index) =>
      gathered(`t${index}`, 'x', 1, { voices: names.map((name) => voice(name, 1)) }),
    );
    // Of four c has too much, and with two there is room for a third.
    expect(await within(samples, 1 / 3, 4)).toEqual(samples.slice(1));
  });

  test('fewer people than shares make a whole leave nothing', async () => {
    expect(await within(crowd(100, 4), 0.2, 100)).toEqual([]);
    expect(await within(crowd(100, 5), 0.2, 100)).toHaveLength(100);
  });

  test('a whole that shrinks a little at a time takes few looks at all of it', async () => {
    // Nine have all but a thousandth, or half of nearly all: each smaller whole is a hundredth smaller.
    const of = (others: (index: number) => readonly string[]) =>
      Array.from({ length: 8_000 }, (_, index) => {
        const names = index % 1_000 === 0 ? [`light${index}`] : [`p${index % 9}`, ...others(index)];
        return gathered(`t${index}`, 'x', 1, { voices: names.map((name) => voice(name, 1)) });
      });
    for (const [samples, share, mostLooks] of [
      [of(() => []), 0.11, 10],
      [of((index) => [`other${index}`]), 0.055, 200],
    ] as const) {
      let looks = 0;
      const look = async (): Promise<void> => {
        looks += 1;
      };
      const kept = await withinShares(samples, ratersOf, { share, most: samples.length }, look);
      expect(isWithinShare(kept, share)).toBe(true);
      // Of any size nine may have 0.99; the other hundredth are the eight of others.
      expect(kept.length).toBe(800);
      expect(looks).toBeLessThan(mostLooks);
    }
  });

  test('nobody is above the share, and nothing left out could be added', async () => {
    await fc.assert(
      fc.asyncProperty(anyGathered(), anyShare, anyMost, async (samples, share, most) => {
        const kept = await within(samples, share, most);
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(isWithinShare(kept, share)).toBe(true);
        expect(kept).toEqual(samples.filter((sample) => kept.includes(sample)));
        if (kept.length === most) return;
        for (const sample of samples) {
          if (!kept.includes(sample)) expect(isWithinShare([...kept, sample], share)).toBe(false);
        }
      }),
    );
  });

  test('with one rater each no larger set is possible', async () => {
    await fc.assert(
      fc.asyncProperty(anyGathered({ mostRaters: 1 }), anyShare, anyMost, async (samples, share, most) => {
        const loads = [...loadsOf(samples).values()];
        const isPossible = (size: number): boolean =>
          loads.reduce((sum, load) => sum + Math.min(load, Math.floor(share * size + 1e-6)), 0) >= size;
        const sizes = Array.from({ length: Math.min(most, samples.length) + 1 }, (_, size) => size);
        expect(await within(samples, share, most)).toHaveLength(Math.max(...sizes.filter(isPossible)));
      }),
    );
  });
});

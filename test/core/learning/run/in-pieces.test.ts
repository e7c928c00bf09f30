import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachInPieces, setInPieces, sortedInPieces } from '../../../../core/learning/run/in-pieces.ts';

function createTurns() {
  let turns = 0;
  return {
    count: () => turns,
    yieldNow: async () => {
      turns += 1;
    },
  };
}

test('each is visited once, in order, with a turn for others after every so many', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), async (items, size) => {
      const { count, yieldNow } = createTurns();
      const seen: (readonly [number, number])[] = [];
      await eachInPieces(items, size, yieldNow, (item, at) => seen.push([at, item]));
      expect(seen).toEqual([...items.entries()]);
      expect(count()).toBe(Math.floor(items.length / size));
      expect(await setInPieces(items, size, yieldNow)).toEqual(new Set(items));
    }),
  );
});

test('sorting gives what toSorted gives, equals in their order, and lets others have turns all along', async () => {
  for (const length of [0, 1, 1_999, 2_000, 2_001, 4_000, 9_001]) {
    const items = Array.from({ length }, (_, at) => ({ at, key: (at * 7_919) % 97 }));
    const order = (a: { readonly key: number }, b: { readonly key: number }): number => a.key - b.key;
    const { count, yieldNow } = createTurns();
    expect(await sortedInPieces(items, order, yieldNow)).toEqual(items.toSorted(order));
    // As often as there are pieces to sort, and again for every 4,000 that are merged.
    if (length > 4_000) expect(count()).toBeGreaterThan(length / 2_000 + length / 4_000);
    else if (length <= 2_000) expect(count()).toBe(0);
  }
});

test('what is refused ends the work', async () => {
  const stopped = new Error('stopped');
  const refuse = () => Promise.reject(stopped);
  const items = Array.from({ length: 5_000 }, (_, at) => at);
  await expect(sortedInPieces(items, (a, b) => b - a, refuse)).rejects.toBe(stopped);
  const seen: number[] = [];
  await expect(eachInPieces(items, 10, refuse, (item) => seen.push(item))).rejects.toBe(stopped);
  expect(seen).toHaveLength(10);
});

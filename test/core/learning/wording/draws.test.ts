import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draw, drawIndex, seedOf, shuffled } from '../../../../core/learning/wording/draws.ts';

const states = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('draws', () => {
  test('the same state gives the same, and its successor lies in the same range', () => {
    fc.assert(
      fc.property(states, (from) => {
        const { value, state } = draw(from);
        expect(draw(from)).toEqual({ value, state });
        expect(value >= 0 && value < 1).toBe(true);
        expect(Number.isInteger(state) && state >= 0 && state < 2 ** 32).toBe(true);
      }),
    );
    expect(seedOf('ffffffff00')).toBe(2 ** 32 - 1);
  });

  test('indexes come in proportion to their weights, never one without weight', () => {
    const counts = [0, 0, 0, 0];
    let state = 7;
    for (let round = 0; round < 6_000; round += 1) {
      const drawn = drawIndex([1, 0, 2, 3], state);
      state = drawn.state;
      const at = drawn.value ?? -1;
      counts[at] = (counts[at] ?? 0) + 1;
    }
    const [one = 0, none = 0, two = 0, three = 0] = counts;
    expect(none).toBe(0);
    expect(two / one).toBeCloseTo(2, 0);
    expect(three / one).toBeCloseTo(3, 0);
    expect(drawIndex([0, 0], 1).value).toBeUndefined();
    expect(drawIndex([], 1).value).toBeUndefined();
  });

  test('a shuffle loses nothing and moves something', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), states, (items, from) => {
        expect(shuffled(items, from).value.toSorted()).toEqual(items.toSorted());
      }),
    );
    const line = Array.from({ length: 20 }, (_, index) => index);
    expect(shuffled(line, 1).value).not.toEqual(line);
    expect(shuffled(line, 1).value).not.toEqual(shuffled(line, 2).value);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPairLists, type PairLists } from '../../../core/skills/pair-lists.ts';

function read(lists: PairLists, list: number): [number, number][] {
  const { ids, weights, start, end } = lists.view(list);
  const pairs: [number, number][] = [];
  for (let at = start; at < end; at++) pairs.push([ids[at] ?? -1, weights[at] ?? -1]);
  return pairs.sort(([a, x], [b, y]) => a - b || x - y);
}

describe('pair lists', () => {
  test('hold what a map of arrays holds, whatever happens to them', () => {
    const step = fc.record({
      what: fc.constantFrom('append', 'append', 'append', 'remove', 'clear'),
      list: fc.nat(70),
      id: fc.nat(8),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const lists = createPairLists();
        const model = new Map<number, number[]>();
        for (const { what, list, id } of steps) {
          const known = model.get(list) ?? [];
          model.set(list, known);
          if (what === 'append' && !known.includes(id)) {
            lists.append(list, id, id / 4);
            known.push(id);
          } else if (what === 'remove') {
            expect(lists.remove(list, id)).toBe(known.includes(id));
            model.set(
              list,
              known.filter((other) => other !== id),
            );
          } else if (what === 'clear') {
            lists.clear(list);
            model.set(list, []);
          }
        }
        for (const [list, ids] of model) {
          expect(lists.length(list)).toBe(ids.length);
          expect(read(lists, list)).toEqual(ids.toSorted((a, b) => a - b).map((id) => [id, id / 4]));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('an unknown list is empty', () => {
    const lists = createPairLists();
    expect(lists.length(999)).toBe(0);
    expect(read(lists, 999)).toEqual([]);
    expect(lists.remove(999, 1)).toBe(false);
    lists.clear(999);
  });

  test('room that was given back is used again', () => {
    const lists = createPairLists();
    for (let round = 0; round < 2_000; round++) {
      for (let id = 0; id < 100; id++) lists.append(round % 7, id, 1);
      lists.clear(round % 7);
    }
    lists.append(0, 5, 1);
    expect(lists.view(0).ids.length).toBeLessThan(4_096);
  });

  test('grow far', () => {
    const lists = createPairLists();
    for (let id = 0; id < 50_000; id++) lists.append(3, id, 0.5);
    for (let list = 10; list < 5_000; list++) lists.append(list, list, 0.25);
    expect(lists.length(3)).toBe(50_000);
    expect(read(lists, 3).at(-1)).toEqual([49_999, 0.5]);
    expect(read(lists, 4_999)).toEqual([[4_999, 0.25]]);
  });
});

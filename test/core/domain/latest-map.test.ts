import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLatestMap } from '../../../core/domain/latest-map.ts';

test('forgets what was set least lately, and says what', () => {
  const map = createLatestMap<string, number>(2);
  expect([map.set('a', 1), map.set('b', 2)]).toEqual([undefined, undefined]);
  expect(map.set('a', 3)).toBeUndefined();
  expect(map.get('b')).toBe(2);
  expect(map.set('c', 4)).toBe('b');
  expect([map.has('b'), map.get('a'), map.get('c')]).toEqual([false, 3, 4]);
  expect(map.keys()).toEqual(['a', 'c']);
});

test('what is deleted makes room', () => {
  const map = createLatestMap<string, number | undefined>(1);
  map.set('a', undefined);
  expect([map.has('a'), map.get('a')]).toEqual([true, undefined]);
  map.delete('a');
  expect(map.set('b', 1)).toBeUndefined();
  expect(map.keys()).toEqual(['b']);
});

test('is a list of entries in the order in which they were last set, cut at its front', () => {
  const key = fc.integer({ min: 0, max: 6 });
  const step = fc.record({ kind: fc.constantFrom('set', 'set', 'delete'), key });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (most, steps) => {
      const map = createLatestMap<number, number>(most);
      let model: readonly (readonly [number, number])[] = [];
      for (const [value, { kind, key: changed }] of steps.entries()) {
        const others = model.filter(([known]) => known !== changed);
        if (kind === 'delete') {
          map.delete(changed);
          model = others;
        } else {
          const all = [...others, [changed, value] as const];
          expect(map.set(changed, value)).toBe(all.length > most ? all[0]?.[0] : undefined);
          model = all.slice(-most);
        }
        expect(map.keys()).toEqual(model.map(([known]) => known));
        for (const [known, stored] of model) expect(map.get(known)).toBe(stored);
      }
    }),
  );
});

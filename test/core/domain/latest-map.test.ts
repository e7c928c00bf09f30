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

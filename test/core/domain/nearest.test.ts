import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../../core/domain/nearest.ts';

const words = ['berlin', 'bern', 'new-york', 'rome'] as const;

describe('nearest', () => {
  test.each([
    ['a letter too many', 'berrlin', 'berlin'],
    ['a letter too few', 'berin', 'berlin'],
    ['another letter', 'barlin', 'berlin'],
    ['two neighbours that swapped places', 'ebrlin', 'berlin'],
    ['two slips of six letters', 'brelim', 'berlin'],
    ['another case', 'BERN', 'bern'],
    ['blanks and underscores', ' New_York ', 'new-york'],
    ['a swap in a short word, which is one edit', 'rmoe', 'rome'],
  ])('forgives %s', (_, typed, meant) => {
    expect(nearest(typed, words)).toBe(meant);
  });

  test.each([
    ['nothing', ''],
    ['nothing but what does not count', ' -_ '],
    ['more than a third of the word', 'bxxxin'],
    ['two edits of a word of four letters', 'rxxe'],
    ['what is far too long', `berlin${'n'.repeat(80)}`],
  ])('finds nothing for %s', (_, typed) => {
    expect(nearest(typed, [...words, 'a'])).toBeUndefined();
    expect(nearest('berlin', [])).toBeUndefined();
  });

  test('forgives one edit in the shortest words too', () => {
    expect(nearest('ux', ['up'])).toBe('up');
    expect(nearest('xy', ['up'])).toBeUndefined();
  });

  test('takes the one with the fewest edits, and the first of equals', () => {
    expect(nearest('stat', ['start', 'stat', 'state'])).toBe('stat');
    expect(nearest('stat', ['state', 'start'])).toBe('state');
    expect(nearest('stat', ['start', 'state'])).toBe('start');
  });

  test('of a text as long as is compared at all it says what it says of a short one', () => {
    const long = 'abcdefgh'.repeat(8);
    expect(nearest(long, [`${long}x`])).toBe(`${long}x`);
    expect(nearest(`${long}x`, [long])).toBeUndefined();
  });
});

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 7 });

/** Edits between two texts, by trying all of them. */
function fewestEdits(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const isSwap = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  return Math.min(
    fewestEdits(a.slice(1), b) + 1,
    fewestEdits(a, b.slice(1)) + 1,
    fewestEdits(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
    ...(isSwap ? [fewestEdits(a.slice(2), b.slice(2)) + 1] : []),
  );
}

test('finds exactly what takes no more than a third of its length, whatever the words', () => {
  fc.assert(
    fc.property(letters, fc.array(letters, { maxLength: 4 }), (typed, candidates) => {
      const near = candidates
        .map((candidate) => ({ candidate, edits: fewestEdits(typed, candidate) }))
        .filter(({ candidate, edits }) => edits <= Math.max(1, Math.floor(candidate.length / 3)));
      const fewest = Math.min(...near.map(({ edits }) => edits));
      expect(nearest(typed, candidates)).toBe(near.find(({ edits }) => edits === fewest)?.candidate);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prefixHits } from '../../../bench/lib/proxy/shared-prefix.ts';

const block = 512;
const text = (length: number, letter = 'a'): string => letter.repeat(length);

test('the first prompt of a talk has nothing in the cache', () => {
  expect(prefixHits([text(2_000)])).toEqual({ hit: 0, all: 2_000 });
});

test('whole blocks of what an earlier prompt begins with are hits', () => {
  const first = text(block * 2 + 100);
  expect(prefixHits([first, `${first}${text(50, 'b')}`])).toEqual({
    hit: block * 2,
    all: block * 4 + 250,
  });
});

test('what differs at its beginning hits nothing, however much follows', () => {
  expect(prefixHits([text(5_000), `b${text(5_000)}`]).hit).toBe(0);
});

test('any earlier prompt counts, not the last alone', () => {
  const first = text(block * 3);
  expect(prefixHits([first, text(block, 'b'), `${first}c`]).hit).toBe(block * 3);
});

test('a talk that only grows misses no more than what is new and one block each time', () => {
  const pieces = fc.array(fc.string({ minLength: 1, maxLength: 900 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pieces, (parts) => {
      const prompts = parts.map((_, at) => parts.slice(0, at + 1).join(''));
      const { hit, all } = prefixHits(prompts);
      const longest = prompts.at(-1)?.length ?? 0;
      expect(all - hit).toBeGreaterThanOrEqual(longest);
      expect(all - hit).toBeLessThan(longest + block * prompts.length);
    }),
  );
});

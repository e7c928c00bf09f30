import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownText } from '../../../core/domain/own-text.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heapBytes(): number {
  if (typeof collect === 'function') collect();
  return memoryUsage().heapUsed;
}

test('is the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(40), (text, cut) => {
      expect(ownText(text)).toBe(text);
      // Also with half a character at its beginning.
      expect(ownText(text.slice(cut))).toBe(text.slice(cut));
    }),
  );
});

test('of a part does not keep the whole in memory', () => {
  const before = heapBytes();
  const kept = Array.from({ length: 40 }, (_, place) =>
    ownText(`${place} ${'lorem ipsum '.repeat(80_000)}`.split('').join('').slice(5, 105)),
  );
  expect(heapBytes() - before).toBeLessThan(10_000_000);
  expect(kept).toHaveLength(40);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coverKey, createKeyCover } from '../../../adapters/upstream/key-cover.ts';

/** The text cut at these places. */
function cut(text: string, places: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const whole = (key: string, pieces: readonly Uint8Array[]): Buffer => {
  const { push, end } = createKeyCover(key);
  return Buffer.concat([...pieces.map((piece) => push(piece)), end()]);
};

/** Few characters, so that much of a text is a key, nearly one, or two that overlap. */
const keyText = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 5 });
const places = fc.array(fc.nat(200), { maxLength: 12 });
const answers = keyText.chain((key) =>
  fc.record({
    key: fc.constant(key),
    text: fc.string({
      unit: fc.constantFrom(key, key.slice(0, -1), 'a', 'b', '*', 'ü', '\n'),
      maxLength: 30,
    }),
    places,
  }),
);

describe('a key in an answer', () => {
  test('is overwritten wherever the answer is cut, and nothing else is', () => {
    fc.assert(
      fc.property(answers, ({ key, text, places }) => {
        const expected = text.replaceAll(key, '*'.repeat(key.length));
        expect(whole(key, cut(text, places)).toString()).toBe(expected);
        expect(coverKey(text, key)).toBe(expected);
      }),
    );
  });

  test('costs no byte, also in what is no text', () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), (pieces) => {
        expect(whole('key', pieces)).toHaveLength(Buffer.concat(pieces).length);
      }),
    );
    const odd = Buffer.from([0xff, 0xfe, ...Buffer.from('a-key'), 0x80]);
    expect(whole('a-key', [odd])).toEqual(Buffer.from([0xff, 0xfe, ...Buffer.from('*****'), 0x80]));
  });

  test('keeps back less than a key, and that only where one may have begun', () => {
    fc.assert(
      fc.property(answers, ({ key, text, places }) => {
        const { push } = createKeyCover(key);
        let waiting = '';
        for (const piece of cut(text, places)) {
          const before = waiting.length + piece.length;
          const shown = push(piece);
          waiting = Buffer.concat([Buffer.from(waiting), piece])
            .subarray(shown.length)
            .toString();
          expect(shown.length + waiting.length).toBe(before);
          expect(waiting.length).toBeLessThan(key.length);
          expect(key.startsWith(waiting)).toBe(true);
        }
      }),
    );
  });

  test('leaves the pieces as they came', () => {
    const piece = Buffer.from('say sk-123 again');
    expect(whole('sk-123', [piece]).toString()).toBe('say ****** again');
    expect(piece.toString()).toBe('say sk-123 again');
  });
});

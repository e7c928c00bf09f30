import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenReader } from '../../../bench/lib/proxy/token-reader.ts';

const event = (content: string): string =>
  `data: {"id":"x","choices":[{"index":0,"delta":{"content":"${content} "},"finish_reason":null}]}\n\n`;
const ending = `data: {"id":"x","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

function readIn(pieces: readonly Buffer[]): readonly number[] {
  const found: number[] = [];
  const read = createTokenReader((writtenUs) => found.push(writtenUs));
  for (const piece of pieces) read(piece);
  return found;
}

test('each token is told once and in order, wherever the stream is cut', () => {
  const times = fc.array(fc.integer({ min: 0, max: 1e15 }), { maxLength: 20 });
  const cuts = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 40 });
  fc.assert(
    fc.property(times, cuts, (written, at) => {
      const bytes = Buffer.from(`${written.map((time) => event(String(time))).join('')}${ending}`);
      const places = [...at.filter((place) => place < bytes.length), 0, bytes.length].sort((a, b) => a - b);
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(readIn(pieces)).toEqual(written);
    }),
  );
});

test('a token that has not come whole is not told', () => {
  const whole = Buffer.from(event('123'));
  expect(readIn([whole.subarray(0, whole.indexOf('123') + 2)])).toEqual([]);
});

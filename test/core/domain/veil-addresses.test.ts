import fc from 'fast-check';
import { expect, test } from 'vitest';
import { veilAddresses } from '../../../core/domain/veil-addresses.ts';

test.each([
  [
    '/schedule calendar connect https://cal.example/private-01/basic.ics for space',
    '/schedule calendar connect https://cal.example/… for space',
  ],
  [
    'webcal://cal.example/x and WEBCALS://b.example?key=y',
    'webcal://cal.example/… and WEBCALS://b.example/…',
  ],
  ['<https://cal.example/x|https://cal.example/x>', '<https://cal.example/…'],
  ['https://user:password@cal.example', 'https://cal.example/…'],
  ['(http://127.0.0.1:8787/calendar/callback?state=s&code=c)', '(http://127.0.0.1:8787/…'],
  ['https://cal.example#key', 'https://cal.example/…'],
  ['https://cal.example\\secret', 'https://cal.example/…'],
  ['https://cal.example', 'https://cal.example'],
  ['https://', 'https://'],
  ['room@example.org and/or 3', 'room@example.org and/or 3'],
])('%s', (text, veiled) => {
  expect(veilAddresses(text)).toBe(veiled);
  expect(veilAddresses(veiled)).toBe(veiled);
});

test('nothing of a path, a query, a fragment or a name before the host is left, wherever the address stands', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const tail = fc.tuple(
    fc.constantFrom('/', '?', '#', '|', '\\'),
    fc.constantFrom('SECRET', 'a/SECRET', '@SECRET'),
  );
  const address = fc.oneof(
    fc.tuple(word, tail).map(([host, [mark, rest]]) => `https://${host}.example${mark}${rest}`),
    word.map((host) => `https://SECRET:SECRET@${host}.example`),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, address)), fc.constantFrom(' ', '\n', '\u00a0'), (parts, space) => {
      expect(veilAddresses(parts.join(space))).not.toContain('SECRET');
    }),
  );
});

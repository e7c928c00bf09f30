import fc from 'fast-check';
import { expect, test } from 'vitest';
import { feedAddress } from '../../../adapters/ics-calendar/feed-address.ts';
import { AppError } from '../../../core/domain/app-error.ts';

test.each([
  ['https://example.org/a.ics', 'https://example.org/a.ics'],
  ['  webcal://example.org/a.ics?token=1#top \n', 'https://example.org/a.ics?token=1'],
  ['WEBCALS://Example.org/a', 'https://example.org/a'],
  ['<https://example.org/a.ics>', 'https://example.org/a.ics'],
  ['<https://example.org/a.ics|example.org/a.ics>', 'https://example.org/a.ics'],
  ['"https://example.org:443/a|b.ics"', 'https://example.org/a|b.ics'],
  ['`https://example.org/a.ics`', 'https://example.org/a.ics'],
  ['https://ann:p%40ss@cloud.example.org/dav/', 'https://ann:p%40ss@cloud.example.org/dav/'],
  ['https://8.8.8.8/a.ics', 'https://8.8.8.8/a.ics'],
  ['https://134744072/a.ics', 'https://8.8.8.8/a.ics'],
  [
    'https://calendar.google.com/calendar/ical/a%40example.org/private-0f/basic.ics',
    'https://calendar.google.com/calendar/ical/a%40example.org/private-0f/basic.ics',
  ],
])('%s', (pasted, address) => {
  expect(feedAddress(pasted)).toBe(address);
});

test.each([
  ['', /no address/],
  ['primary', /no address/],
  ['https://', /no address/],
  ['https://example.org/a b', /no address/],
  [`https://example.org/${'a'.repeat(2_001)}`, /no address/],
  ['http://example.org/secret.ics', /https only/],
  ['file:///etc/secret', /https only/],
  ['ftp://example.org/secret', /https only/],
  ['https://example.org:8443/secret', /usual port/],
  ['https://localhost/secret', /private network/],
  ['https://printer.local/secret', /private network/],
  ['https://metadata.google.internal/secret', /private network/],
  ['https://intranet/secret', /private network/],
  ['https://127.0.0.1/secret', /private network/],
  ['https://2130706433/secret', /private network/],
  ['https://0x7f.1/secret', /private network/],
  ['https://0177.0.0.1/secret', /private network/],
  ['https://169.254.169.254/secret', /private network/],
  ['https://[::1]/secret', /private network/],
  ['https://[::ffff:10.0.0.1]/secret', /private network/],
  ['https://calendar.google.com/calendar/u/0?cid=secret', /Secret address/],
])('is refused: %s', (pasted, why) => {
  expect(() => feedAddress(pasted)).toThrow(why);
  expect(() => feedAddress(pasted)).not.toThrow(/secret\.ics|\/secret|cid=/);
});

test('whatever is pasted gives an https address without a port, which gives itself, or is invalid input', () => {
  const pasted = fc.oneof(
    fc.string(),
    fc.webUrl({ validSchemes: ['http', 'https', 'webcal'], withFragments: true, withQueryParameters: true }),
    fc.ipV4().map((ip) => `https://${ip}/`),
  );
  fc.assert(
    fc.property(pasted, (text) => {
      let address: string;
      try {
        address = feedAddress(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(AppError);
        expect(thrown).toMatchObject({ code: 'invalid_input' });
        return;
      }
      expect(address).toMatch(/^https:\/\/[^:/]+(\/|$)/);
      expect(feedAddress(address)).toBe(address);
    }),
    { numRuns: 500 },
  );
});

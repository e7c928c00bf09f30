import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { promptBytes } from '../../../../adapters/proxy/dialects/prompt-bytes.ts';
import { requestsOf } from './requests.ts';
import { bytesOf } from './subjects.ts';

const base64 = (chars: number): string => 'iVBORw0KGgo/AAA+'.repeat(chars / 16);
const url = (chars: number): string => `data:image/png;base64,${base64(chars)}`;
const countOf = (part: unknown): number =>
  promptBytes(bytesOf(JSON.stringify({ messages: [{ content: [part] }] })));

/** Of one picture, file or sound, whatever its size. */
const one = 6_400;

describe('what is written out counts alike, however large it is', () => {
  test.each([
    ['a picture of a chat', (n: number) => ({ type: 'image_url', image_url: { url: url(n) } })],
    ['a picture of a response', (n: number) => ({ type: 'input_image', image_url: url(n) })],
    ['a picture of Anthropic’s', (n: number) => ({ source: { type: 'base64', data: base64(n) } })],
    ['a file', (n: number) => ({ type: 'file', file: { filename: 'a.pdf', file_data: url(n) } })],
    ['sound', (n: number) => ({ input_audio: { format: 'wav', data: base64(n) } })],
    ['a picture that was drawn', (n: number) => ({ type: 'image_generation_call', result: base64(n) })],
  ])('%s', (_, part) => {
    const small = countOf(part(4_096));
    expect(countOf(part(4_096_000))).toBe(small);
    expect(small).toBeGreaterThanOrEqual(one);
    expect(small).toBeLessThan(one + 200);
  });

  test('each of several', () => {
    const many = Array.from({ length: 5 }, () => ({ image_url: { url: url(32_000) } }));
    expect(countOf(many)).toBeGreaterThanOrEqual(5 * one);
    expect(countOf(many)).toBeLessThan(5 * one + 300);
  });

  test('also with slashes behind backslashes and space around the colon', () => {
    const written = JSON.stringify({ a: { url: url(320_000) } });
    const escaped = written.replaceAll('/', '\\/').replaceAll(':{', ' : {').replace('"url":', '"url" : ');
    expect(promptBytes(bytesOf(escaped))).toBeLessThan(one + 100);
  });
});

test('a request of nothing but keys is not looked at without end', () => {
  const keys = Array.from({ length: 10_000 }, () => ({ url: 'a' }));
  const body = bytesOf(JSON.stringify([...keys, { url: url(320_000) }]));
  expect(promptBytes(body)).toBe(body.length);
  expect(promptBytes(bytesOf(JSON.stringify([...keys.slice(1), { url: url(320_000) }])))).toBeLessThan(
    200_000,
  );
});

describe('what models read as text counts whole', () => {
  const words = 'a few words, then more. '.repeat(2_000);

  test.each([
    ['words', { type: 'text', text: words }],
    ['one long word', { type: 'text', text: base64(32_000) }],
    ['a document of text', { source: { type: 'text', data: words } }],
    ['an address', { image_url: { url: `https://example.com/${words.replaceAll(' ', '%20')}` } }],
    ['a picture too small to matter', { image_url: { url: url(1_024) } }],
    ['what a tool was called with', { arguments: JSON.stringify({ data: base64(32_000) }) }],
    ['a key’s name as a value', ['url', base64(32_000)]],
    ['fields of an object', { data: { text: base64(32_000) } }],
  ])('%s', (_, part) => {
    expect(countOf(part)).toBe(JSON.stringify({ messages: [{ content: [part] }] }).length);
  });

  test.each(['openai-chat', 'openai-responses', 'anthropic'] as const)('any request of %s', (dialect) => {
    fc.assert(
      fc.property(requestsOf(dialect), fc.nat(3_000), (body, spaces) => {
        const bytes = bytesOf(body + ' '.repeat(spaces));
        expect(promptBytes(bytes)).toBe(bytes.length);
      }),
    );
  });
});

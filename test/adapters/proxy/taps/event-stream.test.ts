import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStream } from '../../../../adapters/proxy/taps/event-stream.ts';
import { chunksOf } from './written-answers.ts';

interface Heard {
  readonly kind: 'event' | 'shortened';
  readonly data: string;
}

function heardOf(chunks: readonly Uint8Array[], maxChars?: number): readonly Heard[] {
  const heard: Heard[] = [];
  const stream = createEventStream(
    {
      event: (data) => heard.push({ kind: 'event', data }),
      shortened: (data) => heard.push({ kind: 'shortened', data }),
    },
    maxChars,
  );
  for (const chunk of chunks) stream.push(chunk);
  stream.end();
  return heard;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an event stream', () => {
  it('gives the data of each event, one that lacks its blank line too', () => {
    const text = ': hello\n\ndata: a\ndata: b\n\nevent: x\ndata:c\r\n\r\nid: 1\n\ndata: d\rdata: e';
    expect(heardOf([bytesOf(text)])).toEqual([
      { kind: 'event', data: 'a\nb' },
      { kind: 'event', data: 'c' },
      { kind: 'event', data: 'd\ne' },
    ]);
  });

  it('leaves out a byte order mark', () => {
    expect(heardOf(chunksOf(bytesOf('\uFEFFdata: a\n\n'), [1]))).toEqual([{ kind: 'event', data: 'a' }]);
  });

  it('gives the beginning of an event whose line is too long, and goes on after it', () => {
    const text = `data: {"type":"x"${' '.repeat(1_000_000)}}\n\ndata: after\n\n`;
    for (const lengths of [[text.length], [1_000], [65_536]]) {
      const heard = heardOf(chunksOf(bytesOf(text), lengths));
      expect(heard).toEqual([
        { kind: 'shortened', data: expect.stringMatching(/^\{"type":"x" {300,400}$/) },
        { kind: 'event', data: 'after' },
      ]);
    }
  });

  it('takes a line at the bound, and none above it', () => {
    const data = 'x'.repeat(994);
    expect(heardOf([bytesOf(`data: ${data}\n\n`)], 1_000)).toEqual([{ kind: 'event', data }]);
    expect(heardOf([bytesOf(`data: x${data}\n\n`)], 1_000)).toEqual([
      { kind: 'shortened', data: expect.stringMatching(/^x{390,400}$/) },
    ]);
  });

  it('does not give an event that is cut off in a line too long', () => {
    expect(heardOf([bytesOf(`data: ${'x'.repeat(2_000)}`)], 1_000)).toEqual([]);
  });

  it('passes over a line too long that is no data, and gives its event', () => {
    const long = 'x'.repeat(3_000);
    expect(heardOf([bytesOf(`: ${long}\nid: ${long}\ndata: a\n\ndata: b\n\n`)], 1_000)).toEqual([
      { kind: 'event', data: 'a' },
      { kind: 'event', data: 'b' },
    ]);
  });

  it('reads nothing more once the lines of one event are too long together', () => {
    const text = `data: first\n\n${`data: ${'x'.repeat(100)}\n`.repeat(20)}\ndata: last\n\n`;
    for (const lengths of [[text.length], [7]]) {
      expect(heardOf(chunksOf(bytesOf(text), lengths), 1_000)).toEqual([{ kind: 'event', data: 'first' }]);
    }
  });

  it('gives the same however the bytes are cut, around its bounds too', () => {
    const line = fc.oneof(
      fc.constantFrom('', 'data', ': c', 'event: x', 'id: é', 'data: 🌧️'),
      fc.integer({ min: 20, max: 60 }).map((length) => `data: ${'é'.repeat(length)}`),
      fc.integer({ min: 20, max: 60 }).map((length) => `: ${'x'.repeat(length)}`),
      fc.integer({ min: 20, max: 60 }).map((length) => `id:${'x'.repeat(length)}`),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n');
    const text = fc.array(fc.tuple(line, end), { maxLength: 20 }).map((lines) => lines.flat().join(''));
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(text, cuts, fc.integer({ min: 30, max: 50 }), (written, lengths, maxChars) => {
        const bytes = bytesOf(written);
        expect(heardOf(chunksOf(bytes, lengths), maxChars)).toEqual(heardOf([bytes], maxChars));
      }),
      { numRuns: 1_000 },
    );
  });
});

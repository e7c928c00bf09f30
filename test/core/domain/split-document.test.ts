import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import { splitDocument } from '../../../core/domain/split-document.ts';
import { visibleText } from '../../contract/visible-text.ts';
import { anyDocument } from './document-arbitrary.ts';

const text = (value: string): Inline => ({ type: 'text', text: value });
const paragraph = (value: string): Block => ({ type: 'paragraph', children: [text(value)] });
const heading = (value: string): Block => ({ type: 'heading', depth: 2, children: [text(value)] });
const code = (value: string): Block => ({ type: 'code_block', language: 'ts', text: value });
const list = (start: number, ...items: readonly string[]): Block => ({
  type: 'list',
  ordered: true,
  start,
  items: items.map((item) => ({ blocks: [paragraph(item)] })),
});
const measure = (body: Document): number => plainText(body).length;
const split = (maxChars: number, ...blocks: readonly Block[]): readonly (readonly Block[])[] =>
  splitDocument({ blocks }, maxChars, measure).map((piece) => piece.blocks);
const squeezed = (value: string): string => value.replaceAll(/\s+/g, '');
const paragraphsOf = (pieces: readonly (readonly Block[])[]): readonly string[] =>
  pieces.map((blocks) => plainText({ blocks }));

describe('whole blocks', () => {
  test('nothing gives no message', () => {
    expect(split(10)).toEqual([]);
    expect(split(10, paragraph('   '), code('\n'), { type: 'quote', blocks: [paragraph(' ')] })).toEqual([]);
  });

  test('what fits is one message, as it is', () => {
    const blocks = [heading('a'), paragraph('b'), code('c'), list(3, 'd', 'e')];
    expect(split(1000, ...blocks)).toEqual([blocks]);
    expect(split(measure({ blocks }), ...blocks)).toEqual([blocks]);
  });

  test('a message is filled with blocks until the next one does not fit', () => {
    const [a, b, c] = [paragraph('a'.repeat(10)), paragraph('b'.repeat(10)), paragraph('c'.repeat(10))];
    expect(split(22, a, b, c)).toEqual([[a, b], [c]]);
    expect(split(21, a, b, c)).toEqual([[a], [b], [c]]);
  });

  test('a block that fits a message of its own is not cut', () => {
    const blocks = [paragraph('intro'), code('x\n'.repeat(10).trim())];
    expect(split(30, ...blocks)).toEqual([[blocks[0]], [blocks[1]]]);
  });

  test('headings go with what they introduce', () => {
    const [a, b] = [paragraph('a'.repeat(20)), paragraph('b'.repeat(20))];
    expect(split(30, a, heading('h'), b)).toEqual([[a], [heading('h'), b]]);
    expect(split(30, a, heading('h'), heading('i'), b)).toEqual([[a], [heading('h'), heading('i'), b]]);
    const cut = split(24, a, heading('head'), paragraph('bbb '.repeat(5).trim()));
    expect(paragraphsOf(cut)).toEqual(['a'.repeat(20), 'head\n\nbbb bbb bbb bbb', 'bbb']);
    // The last one has nothing to go with.
    expect(split(24, a, heading('h'))).toEqual([[a, heading('h')]]);
  });
});

describe('inside long blocks', () => {
  test('code is cut after lines and keeps its language', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index};`);
    const pieces = split(50, code(lines.join('\n')));
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.every((blocks) => blocks.length === 1 && blocks[0]?.type === 'code_block')).toBe(true);
    expect(pieces.map(([block]) => block)).toMatchObject(pieces.map(() => ({ language: 'ts' })));
    const texts = pieces.map(([block]) => (block?.type === 'code_block' ? block.text : ''));
    expect(texts.join('\n')).toBe(lines.join('\n'));
  });

  test('a line of code that is too long is cut inside, between graphemes', () => {
    const texts = split(20, code('👍🏽'.repeat(10))).map(([block]) =>
      block?.type === 'code_block' ? block.text : '',
    );
    expect(texts.join('')).toBe('👍🏽'.repeat(10));
    expect(texts.every((part) => /^(?:👍🏽)+$/u.test(part))).toBe(true);
  });

  test('lists are cut after items and numbers go on', () => {
    expect(split(20, list(8, 'aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'))).toEqual([
      [list(8, 'aaaa', 'bbbb')],
      [list(10, 'cccc', 'dddd')],
      [list(12, 'eeee')],
    ]);
  });

  test('an item that is too long goes on without a second number', () => {
    const pieces = split(20, list(1, 'one two three four five six', 'next'), paragraph('end'));
    expect(paragraphsOf(pieces)).toEqual(['1. one two three', 'four five six', '2. next\n\nend']);
    expect(squeezed(paragraphsOf(pieces).join(''))).toBe('1.onetwothreefourfivesix2.nextend');
    expect(
      pieces
        .flat()
        .filter((block) => block.type === 'list')
        .map((block) => block.start),
    ).toEqual([1, 2]);
  });

  test('tables are cut after rows and repeat their header', () => {
    const row = (name: string): readonly (readonly Inline[])[] => [[text(name)], [text('value')]];
    const table = (...rows: readonly string[]): Block => ({
      type: 'table',
      align: ['left', 'right'],
      rows: [row('head'), ...rows.map(row)],
    });
    expect(split(52, table('a', 'b', 'c', 'd', 'e'))).toEqual([
      [table('a', 'b')],
      [table('c', 'd')],
      [table('e')],
    ]);
  });

  test('a row that is too long becomes lines under the names of its columns', () => {
    const table: Block = {
      type: 'table',
      align: ['none', 'none'],
      rows: [
        [[text('name')], [text('what')]],
        [[text('short')], [text('x '.repeat(30).trim())]],
        [[text('b')], [text('c')]],
      ],
    };
    const pieces = paragraphsOf(split(40, table));
    expect(pieces[0]).toMatch(/^name: short\nwhat: x x/);
    expect(pieces.at(-1)).toContain('name | what\n-----+-----\nb    | c');
  });

  test('quotes are cut like documents', () => {
    const quote = (...values: readonly string[]): Block => ({ type: 'quote', blocks: values.map(paragraph) });
    expect(split(20, quote('aaaaaaaa', 'bbbbbbbb', 'cccccccc'))).toEqual([
      [quote('aaaaaaaa')],
      [quote('bbbbbbbb')],
      [quote('cccccccc')],
    ]);
  });

  test('text is cut after sentences, then between words, then between graphemes', () => {
    expect(paragraphsOf(split(30, paragraph('A first sentence here. And a second one.')))).toEqual([
      'A first sentence here.',
      'And a second one.',
    ]);
    expect(paragraphsOf(split(12, paragraph('only some words without an end')))).toEqual([
      'only some',
      'words',
      'without an',
      'end',
    ]);
    expect(paragraphsOf(split(5, paragraph('x'.repeat(12))))).toEqual(['xxxxx', 'xxxxx', 'xx']);
    expect(paragraphsOf(split(10, paragraph('我们今天去哪里？明天再说吧，好。')))).toEqual([
      '我们今天去哪里？',
      '明天再说吧，好。',
    ]);
    expect(paragraphsOf(split(8, paragraph('👩‍👩‍👧👍🏽👍🏽')))).toEqual(['👩‍👩‍👧', '👍🏽👍🏽']);
  });

  test('marks and links go on after the cut', () => {
    const link: Inline = { type: 'link', url: 'https://x.org/', children: [text('a b')] };
    const pieces = splitDocument(
      { blocks: [{ type: 'paragraph', children: [{ type: 'strong', children: [link] }] }] },
      1,
      (body) => visibleText(body).length,
    );
    const half = (value: string): Document => ({
      blocks: [
        {
          type: 'paragraph',
          children: [{ type: 'strong', children: [{ ...link, children: [text(value)] }] }],
        },
      ],
    });
    expect(pieces).toEqual([half('a'), half('b')]);
  });

  test('where a frame leaves no room the words go on without it', () => {
    const deep: Block = { type: 'quote', blocks: [{ type: 'quote', blocks: [list(1, 'word')] }] };
    expect(squeezed(paragraphsOf(split(4, deep, { type: 'rule' })).join(''))).toContain('word');
    for (const maxChars of [0, 1, 2, 3, Number.NaN, -5]) {
      const pieces = split(maxChars, deep, heading('👍🏽'), code('ab\ncd'));
      expect(squeezed(pieces.map((blocks) => visibleText({ blocks })).join(''))).toBe('word👍🏽abcd');
      expect(pieces.every((blocks) => blocks.length > 0)).toBe(true);
    }
  });
});

describe('any document', () => {
  /** Counts as platforms do that escape markup: some characters cost more. */
  const escaping = (body: Document): number => plainText(body).replaceAll(/[<>&]/g, '&amp;').length;
  const bytes = (body: Document): number => new TextEncoder().encode(visibleText(body)).length;
  const measures = fc.constantFrom(measure, escaping, bytes);

  test('fits, loses nothing, keeps order, has no empty message', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyDocument, fc.integer({ min: 40, max: 400 }), measures, (document, maxChars, count) => {
        const pieces = splitDocument(document, maxChars, count);
        for (const piece of pieces) {
          expect(count(piece)).toBeLessThanOrEqual(maxChars);
          expect(piece.blocks.length).toBeGreaterThan(0);
        }
        expect(withoutHeaders(pieces.map(visibleText).join(''), document)).toBe(
          withoutHeaders(visibleText(document), document),
        );
      }),
      { numRuns: 1_500 },
    );
  });

  test('ends however little room there is', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(anyDocument, fc.integer({ min: -1, max: 12 }), (document, maxChars) => {
        const pieces = splitDocument(document, maxChars, measure);
        expect(pieces.every((piece) => piece.blocks.length > 0)).toBe(true);
        // Where there is no room for a link, its address is written out.
        const shown = withoutHeaders(pieces.map(visibleText).join(''), document);
        expect(shown.replaceAll('(https://x.org/)', '')).toBe(
          withoutHeaders(visibleText(document), document),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('half of a pair stands in no message', { timeout: 120_000 }, () => {
    const emoji: fc.Arbitrary<Document> = fc
      .array(fc.constantFrom('👍', '👩‍👩‍👧', 'a', ' ', '你', '🇩🇪'), { minLength: 1, maxLength: 60 })
      .map((parts) => ({ blocks: [paragraph(parts.join('')), code(parts.join(''))] }));
    fc.assert(
      fc.property(emoji, fc.integer({ min: 1, max: 30 }), (document, maxChars) => {
        for (const piece of splitDocument(document, maxChars, measure))
          expect(visibleText(piece).isWellFormed()).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  /** Tables repeat their headers, so texts are compared as what stands outside tables. */
  function withoutHeaders(value: string, document: Document): string {
    const hasTable = JSON.stringify(document).includes('"type":"table"');
    return hasTable ? '' : squeezed(value);
  }
});

describe('cost', () => {
  test('a long answer is not measured again and again', () => {
    const blocks: Block[] = Array.from({ length: 400 }, (_, index) =>
      index % 4 === 0
        ? code('const a = 1;\n'.repeat(20))
        : paragraph(`Sentence number ${index} of a long answer. `.repeat(6)),
    );
    blocks.push(code('const b = 2;\n'.repeat(8_000)), paragraph('Long text without end. '.repeat(5_000)));
    blocks.push(list(1, ...Array.from({ length: 3_000 }, (_, index) => `item ${index} of the list`)));
    for (const maxChars of [100, 2_000, 4_096]) {
      let measured = 0;
      let total = 0;
      const pieces = splitDocument({ blocks }, maxChars, (body) => {
        const chars = measure(body);
        measured += chars;
        return chars;
      });
      for (const piece of pieces) total += measure(piece);
      expect(measured).toBeLessThan(40 * total);
    }
  });
});

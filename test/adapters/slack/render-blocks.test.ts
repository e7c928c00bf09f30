import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_TEXT_CHARS,
  MAX_WORD_BLOCKS,
  measureDocument,
} from '../../../adapters/slack/measure-document.ts';
import { renderBlocks } from '../../../adapters/slack/render-blocks.ts';
import { cleanText } from '../../../core/domain/clean-text.ts';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';
import { splitDocument } from '../../../core/domain/split-document.ts';
import { nastyTexts } from '../../contract/channel/nasty-texts.ts';
import { checkHonestLinks } from '../../contract/link-spoofing.ts';
import { checkSplits } from '../../contract/splits.ts';
import { anyDocument } from '../../core/domain/document-arbitrary.ts';
import {
  holdsInOrder,
  nastyDocument,
  nastyInline,
  nastyWords,
  nodesOf,
  paragraph,
  says,
  text,
  wordsOf,
} from '../nasty-documents.ts';
import { checkedBlocks, readBlocks } from './read-blocks.ts';

const section = (...elements: object[]) => ({ type: 'rich_text_section', elements });
const plain = (value: string, style?: object) => ({
  type: 'text',
  text: value,
  ...(style === undefined ? {} : { style }),
});
const rich = (...elements: object[]) => [{ type: 'rich_text', elements }];
const item = (...blocks: Block[]) => ({ blocks });
const list = (...items: { blocks: Block[]; checked?: boolean }[]): Block => ({
  type: 'list',
  ordered: false,
  start: 1,
  items,
});
const ordered = (start: number, ...items: { blocks: Block[] }[]): Block => ({
  type: 'list',
  ordered: true,
  start,
  items,
});
const cells = (...words: string[]): Inline[][] => words.map((word) => (word === '' ? [] : [text(word)]));
const table = (...rows: Inline[][][]): Block => ({
  type: 'table',
  align: rows[0]?.map(() => 'none') ?? [],
  rows,
});

describe('rendering', () => {
  test.each<[string, Block[], object[]]>([
    [
      'paragraphs and a heading in one section',
      [
        { type: 'heading', depth: 1, children: [text('Title')] },
        paragraph(text('one')),
        paragraph(text('two')),
      ],
      rich(section(plain('Title', { bold: true }), plain('\n\none\n\ntwo'))),
    ],
    [
      'styles, nested and side by side',
      [
        paragraph(
          { type: 'strong', children: [text('b'), { type: 'emphasis', children: [text('i')] }] },
          { type: 'strikethrough', children: [text('s')] },
          { type: 'break' },
          { type: 'code', text: '<c>' },
        ),
      ],
      rich(
        section(
          plain('b', { bold: true }),
          plain('i', { bold: true, italic: true }),
          plain('s', { strike: true }),
          plain('\n'),
          plain('<c>', { code: true }),
        ),
      ),
    ],
    [
      'code with tabs, whatever its language',
      [{ type: 'code_block', language: '"><b>', text: 'a <!here>\n\tb\n' }],
      rich({ type: 'rich_text_preformatted', elements: [plain('a <!here>\n    b')] }),
    ],
    [
      'numbers that Slack would not count are written out',
      [
        ordered(
          3,
          item(paragraph(text('three')), list(item(paragraph(text('sub'))))),
          item(paragraph(text('four')), { type: 'code_block', text: 'x' }),
          item(paragraph(text('five'))),
        ),
        paragraph(text('after')),
      ],
      rich(
        section(plain('3. three')),
        { type: 'rich_text_list', style: 'bullet', indent: 1, elements: [section(plain('sub'))] },
        section(plain('4. four')),
        { type: 'rich_text_preformatted', elements: [plain('x')] },
        section(plain('5. five')),
        section(plain('\nafter')),
      ),
    ],
    [
      'numbers that Slack counts itself, the last item with more below',
      [
        ordered(
          1,
          item(paragraph(text('one'))),
          item(paragraph(text('two')), ordered(7, item(paragraph(text('x'))))),
        ),
        ordered(1, item(paragraph(text('again')))),
      ],
      rich(
        {
          type: 'rich_text_list',
          style: 'ordered',
          elements: [section(plain('one')), section(plain('two'))],
        },
        section(plain('    7. x')),
        { type: 'rich_text_list', style: 'ordered', elements: [section(plain('again'))] },
      ),
    ],
    [
      'tasks, and an item without words',
      [list({ checked: true, blocks: [paragraph(text('done'))] }, { checked: false, blocks: [] }, item())],
      rich({
        type: 'rich_text_list',
        style: 'bullet',
        elements: [section(plain('☑ done')), section(plain('☐ ')), section(plain(' '))],
      }),
    ],
    [
      'a quote with a quote, a list and code in it',
      [
        {
          type: 'quote',
          blocks: [
            paragraph(text('a')),
            { type: 'quote', blocks: [paragraph(text('b\nc'))] },
            list(item(paragraph(text('x')))),
            { type: 'code_block', text: 'y' },
          ],
        },
        { type: 'quote', blocks: [paragraph(text('another'))] },
      ],
      rich(
        { type: 'rich_text_quote', elements: [plain('a\n\n> b\n> c')] },
        { type: 'rich_text_list', style: 'bullet', border: 1, elements: [section(plain('x'))] },
        { type: 'rich_text_preformatted', border: 1, elements: [plain('y')] },
        { type: 'rich_text_quote', elements: [plain('another')] },
      ),
    ],
    [
      'links: of the web, of mail, of neither, without words, over two styles',
      [
        paragraph(
          { type: 'link', url: 'https://x.example/?a=1&b="2"', children: [text('web')] },
          { type: 'link', url: 'mailto:ada@x.example', children: [text('mail')] },
          { type: 'link', url: 'slack://user?id=U1', children: [text('no')] },
          { type: 'link', url: 'https://x.example/', children: [] },
          {
            type: 'link',
            url: 'https://y.example/',
            children: [text('a'), { type: 'strong', children: [text('b')] }],
          },
        ),
      ],
      rich(
        section(
          { type: 'link', url: 'https://x.example/?a=1&b=%222%22', text: 'web' },
          { type: 'link', url: 'mailto:ada@x.example', text: 'mail' },
          plain('no'),
          { type: 'link', url: 'https://x.example/' },
          { type: 'link', url: 'https://y.example/', text: 'a' },
          { type: 'link', url: 'https://y.example/', text: 'b', style: { bold: true } },
        ),
      ),
    ],
    [
      'a rule between words',
      [paragraph(text('a')), { type: 'rule' }, paragraph(text('b'))],
      [...rich(section(plain('a'))), { type: 'divider' }, ...rich(section(plain('b')))],
    ],
    [
      'the first table as one, the second as code',
      [table(cells('A', ''), [[{ type: 'code', text: 'c' }], [text('1')]]), table(cells('B'), cells('2'))],
      [
        {
          type: 'table',
          rows: [
            [
              { type: 'raw_text', text: 'A' },
              { type: 'raw_text', text: ' ' },
            ],
            [{ ...rich(section(plain('c', { code: true })))[0] }, { type: 'raw_text', text: '1' }],
          ],
          column_settings: [{ is_wrapped: true }, { is_wrapped: true }],
        },
        ...rich({ type: 'rich_text_preformatted', elements: [plain('B\n-\n2')] }),
      ],
    ],
    [
      'nothing',
      [paragraph(text(' \n ')), { type: 'code_block', text: '\n' }, { type: 'quote', blocks: [] }],
      [],
    ],
  ])('%s', (_, blocks, expected) => {
    const rendered = renderBlocks({ blocks });
    expect(rendered).toEqual(expected);
    checkedBlocks(rendered);
  });

  test('a table beyond what Slack takes is aligned code, as is every table in a view', () => {
    const kinds = (block: Block, surface?: 'view') =>
      renderBlocks({ blocks: [block] }, surface).map(({ type }) => type);
    const rows = (count: number, columns: number, word = 'x') =>
      Array.from({ length: count }, () => cells(...Array.from({ length: columns }, () => word)));
    expect(kinds(table(...rows(100, 20)))).toEqual(['table']);
    expect(kinds(table(...rows(101, 1)))).toEqual(['rich_text']);
    expect(kinds(table(...rows(1, 21)))).toEqual(['rich_text']);
    expect(kinds(table(...rows(2, 2, 'x'.repeat(2_400))))).toEqual(['table']);
    expect(kinds(table(...rows(2, 2, 'x'.repeat(2_500))))).toEqual(['rich_text']);
    expect(kinds(table(...rows(2, 2)), 'view')).toEqual(['rich_text']);
    expect(kinds({ type: 'quote', blocks: [table(...rows(2, 2))] })).toEqual(['rich_text']);
    expect(kinds(table())).toEqual([]);
  });

  test('lists nest five deep and stay there', () => {
    const deep = (levels: number): Block =>
      list(item(paragraph(text(`level ${levels}`)), ...(levels > 1 ? [deep(levels - 1)] : [])));
    const [block] = checkedBlocks(renderBlocks({ blocks: [deep(8)] }));
    const parts = block?.type === 'rich_text' ? block.elements : [];
    expect(parts.map((part) => (part.type === 'rich_text_list' ? (part.indent ?? 0) : -1))).toEqual([
      0, 1, 2, 3, 4,
    ]);
    expect(readBlocks([block]).text).toContain('• level 1');
  });

  test.each(nastyTexts)('literally: %j', (nasty) => {
    const read = readBlocks(renderBlocks(says(nasty)));
    expect(read).toEqual({ text: `${cleanText(nasty)}\n`, links: [], markup: [] });
  });
});

describe('anything at all', () => {
  const kindOf: Readonly<Record<string, readonly string[]>> = {
    bold: ['strong', 'heading'],
    italic: ['emphasis'],
    strike: ['strikethrough'],
    code: ['code'],
    link: ['link'],
    list: ['list'],
    quote: ['quote'],
    preformatted: ['code_block', 'table'],
    table: ['table'],
    divider: ['rule'],
  };

  test('any tree gives blocks that Slack takes, with all its words and no markup of its own', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), (document) => {
        const blocks = renderBlocks(document);
        const read = readBlocks(blocks);
        expect(holdsInOrder(read.text, wordsOf(document)), read.text).toBe(true);
        const types = new Set(nodesOf(document).map(({ type }) => type));
        for (const markup of read.markup) {
          expect(
            kindOf[markup]?.some((type) => types.has(type as Block['type'])),
            markup,
          ).toBe(true);
        }
        for (const { url } of read.links) expect(url).toMatch(/^(?:https?:\/\/|mailto:)\S+$/i);
        expect(blocks.filter(({ type }) => type === 'table').length).toBeLessThanOrEqual(1);
        checkedBlocks(renderBlocks(document, 'view'));
        expect(renderBlocks(document, 'view').every(({ type }) => type !== 'table')).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  test('any words of a plain paragraph arrive as they are', () => {
    fc.assert(
      fc.property(fc.array(nastyWords, { maxLength: 6 }), (parts) => {
        const whole = parts.join('');
        const read = readBlocks(renderBlocks(says(whole)));
        const shown = cleanText(whole);
        expect(read).toEqual({ text: shown.trim() === '' ? '' : `${shown}\n`, links: [], markup: [] });
      }),
      { numRuns: 10_000 },
    );
  });

  test('a split breaks no fence, table or word', () => {
    const read = (piece: Document): string => readBlocks(renderBlocks(piece)).text;
    checkSplits({ measure: measureDocument, read, leastTableChars: 600 });
  });

  test('no link hides where it leads', () => {
    checkHonestLinks((document) => readBlocks(renderBlocks(document)));
  });
});

describe('the measure', () => {
  test('is the number of characters for plain text that is not short, and counts escapes', () => {
    expect(measureDocument({ blocks: [] })).toBe(0);
    expect(measureDocument(says('x'.repeat(MAX_TEXT_CHARS)))).toBe(MAX_TEXT_CHARS);
    expect(measureDocument(says('&'.repeat(1_000)))).toBe(5_000);
    expect(measureDocument(says('日'.repeat(4_000)))).toBeGreaterThan(MAX_TEXT_CHARS);
    expect(measureDocument(says('日'.repeat(3_900)))).toBeLessThanOrEqual(MAX_TEXT_CHARS);
  });

  test('counts blocks', () => {
    const rules = (count: number): Document => ({
      blocks: Array.from({ length: count }, () => ({ type: 'rule' })),
    });
    expect(measureDocument(rules(MAX_WORD_BLOCKS))).toBe(MAX_TEXT_CHARS);
    expect(measureDocument(rules(MAX_WORD_BLOCKS + 1))).toBeGreaterThan(MAX_TEXT_CHARS);
  });

  test('never shrinks when something is added at the end', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), nastyInline, (document, added) => {
        const whole = measureDocument(document);
        const last = document.blocks.at(-1);
        const shorter = { blocks: document.blocks.slice(0, -1) };
        expect(measureDocument(shorter)).toBeLessThanOrEqual(whole);
        const grown = (block: Block): Document => ({ blocks: [...shorter.blocks, block] });
        if (last?.type === 'paragraph') {
          const longer = grown({ ...last, children: [...last.children, added] });
          expect(measureDocument(longer)).toBeGreaterThanOrEqual(whole);
        }
        if (last?.type === 'table') {
          const longer = grown({ ...last, rows: [...last.rows, [[added]]] });
          expect(measureDocument(longer)).toBeGreaterThanOrEqual(whole);
        }
        if (last?.type === 'list') {
          const longer = grown({ ...last, items: [...last.items, { blocks: [paragraph(added)] }] });
          expect(measureDocument(longer)).toBeGreaterThanOrEqual(whole);
        }
        if (last?.type === 'quote' || last?.type === 'code_block') {
          const longer =
            last.type === 'quote'
              ? grown({ ...last, blocks: [...last.blocks, paragraph(added)] })
              : grown({ ...last, text: `${last.text}x` });
          expect(measureDocument(longer)).toBeGreaterThanOrEqual(whole);
        }
      }),
      { numRuns: 4_000 },
    );
  });

  test('tables that grow past what Slack takes as a table still measure more', () => {
    let last = 0;
    for (const count of [1, 50, 99, 100, 101, 150]) {
      const rows = Array.from({ length: count }, () => cells('word', 'another'));
      const measured = measureDocument({ blocks: [table(...rows), paragraph(text('end'))] });
      expect(measured).toBeGreaterThan(last);
      last = measured;
    }
  });

  test('what a split leaves fits what Slack takes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(nastyDocument, anyDocument), { maxLength: 12 }), (documents) => {
        const body = { blocks: documents.flatMap(({ blocks }) => blocks) };
        for (const piece of splitDocument(body, MAX_TEXT_CHARS, measureDocument)) {
          const blocks = renderBlocks(piece);
          expect(blocks.length).toBeLessThanOrEqual(MAX_WORD_BLOCKS);
          expect(Buffer.byteLength(JSON.stringify(blocks))).toBeLessThanOrEqual(12_000);
        }
      }),
      { numRuns: 500 },
    );
  });
});

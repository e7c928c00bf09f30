import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codePoints } from '../../../adapters/discord/code-points.ts';
import { MAX_TEXT_CHARS, measureDocument } from '../../../adapters/discord/measure-document.ts';
import { renderMarkdown } from '../../../adapters/discord/render-markdown.ts';
import { cleanText } from '../../../core/domain/clean-text.ts';
import type { Block, Inline } from '../../../core/domain/document.ts';
import { nastyTexts } from '../../contract/channel/nasty-texts.ts';
import { checkHonestLinks } from '../../contract/link-spoofing.ts';
import { checkSplits } from '../../contract/splits.ts';
import { anyDocument } from '../../core/domain/document-arbitrary.ts';
import {
  holdsInOrder,
  nastyDocument,
  nastyWords,
  nodesOf,
  paragraph,
  says,
  text,
  wordsOf,
} from '../nasty-documents.ts';
import { readMarkdown, withoutJoiners } from './read-markdown.ts';

const render = (...blocks: Block[]): string => renderMarkdown({ blocks });
const strong = (...children: Inline[]): Inline => ({ type: 'strong', children });
const emphasis = (...children: Inline[]): Inline => ({ type: 'emphasis', children });
const struck = (...children: Inline[]): Inline => ({ type: 'strikethrough', children });
const code = (value: string): Inline => ({ type: 'code', text: value });
const link = (url: string, ...children: Inline[]): Inline => ({ type: 'link', url, children });
const list = (ordered: boolean, start: number, ...items: Block[][]): Block => ({
  type: 'list',
  ordered,
  start,
  items: items.map((blocks) => ({ blocks })),
});

describe('rendering', () => {
  test.each<[string, Block[], string]>([
    [
      'marks',
      [
        paragraph(
          strong(text('b '), emphasis(text('i'))),
          text(' '),
          struck(text('s')),
          text(' '),
          code('c*'),
        ),
      ],
      '**b *i*** ~~s~~ `c*`',
    ],
    ['marks inside of words', [paragraph(text('un'), strong(text('frig')), text('gin'))], 'un**frig**gin'],
    [
      'marks that meet',
      [paragraph(strong(text('a')), emphasis(text('b')), emphasis(text('c')), strong(text('d')))],
      '**a**\u2060*bc*\u2060**d**',
    ],
    ['blanks stand outside of marks', [paragraph(strong(text(' a ')), text('b'))], ' **a** b'.trim()],
    [
      'marks over two lines are marks on each',
      [paragraph(strong(text('a'), { type: 'break' }, text('b')))],
      '**a**\n**b**',
    ],
    ['a mark that ends in its own sign', [paragraph(struck(text('a~')))], '~~a\\~\u2060~~'],
    ['code with marks in it has none around', [paragraph(strong(code('2**3')))], '`2**3`'],
    [
      'code with backticks',
      [paragraph(code('a`b'), text(' '), code('`'), code('c'), text(' '), code('a``b`c'))],
      '``a`b`` `` ` ``\u2060`c` ``a`\u2060`b`c``',
    ],
    [
      'what would be markup',
      [
        paragraph(
          text(
            '*a* _b_ ~~c~~ `d` ||e|| [f](g) <@1> <#2> <:e:3> @everyone @here :smile: https://x.org a < b: c',
          ),
        ),
      ],
      '\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\| \\[f](g) \\<@1> \\<#2> \\<\\:e\\:3> \\@everyone \\@here \\:smile: https\\://x.org a < b: c',
    ],
    [
      'starts of lines',
      [paragraph(text('# a\n## b\n-# c\n- d\n* e\n1. f\n> g\n >>> h\n#i -j 1.k'))],
      '\\# a\n\\## b\n\\-# c\n\\- d\n\\* e\n1\\. f\n\\> g\n \\>>> h\n#i -j 1.k',
    ],
    [
      'links',
      [
        paragraph(
          link('https://x.org/a_(b)', text('the words')),
          text(' '),
          link('https://x.org/', text('https://x.org/')),
          text(' '),
          link('https://x.org/', text('x.org')),
          text(' '),
          link('https://x.org/', text('*stars*')),
          text(' '),
          link('https://x.org/', text('party 🎉')),
          text(' '),
          link('mailto:a@x.org', text('write')),
          text(' '),
          link('mailto:a@x.org?subject=x', text('a@x.org')),
          text(' '),
          link('javascript:alert(1)', text('no')),
        ),
      ],
      '[the words](<https://x.org/a_%28b%29>) <https://x.org/> <https://x.org/> \\*stars\\* (<https://x.org/>) party 🎉 (<https://x.org/>) write (a@x.org) a@x.org no',
    ],
    [
      'headings',
      [
        { type: 'heading', depth: 1, children: [text('C#')] },
        paragraph(text('a')),
        { type: 'heading', depth: 3, children: [text('b'), { type: 'break' }, text('c')] },
        { type: 'heading', depth: 4, children: [text('d')] },
      ],
      '# C#\u2060\na\n\n### b c\n**d**',
    ],
    [
      'lists',
      [
        list(
          true,
          9,
          [paragraph(text('one')), list(false, 1, [paragraph(text('x\ny'))], [])],
          [{ type: 'code_block', language: 'ts', text: 'if (a) {\n\n}' }],
          [{ type: 'quote', blocks: [paragraph(text('q'))] }],
          [{ type: 'heading', depth: 1, children: [text('h')] }],
        ),
        {
          type: 'list',
          ordered: false,
          start: 1,
          items: [
            { checked: true, blocks: [paragraph(text('done'))] },
            { checked: false, blocks: [{ type: 'quote', blocks: [paragraph(text('todo'))] }] },
          ],
        },
      ],
      '9. one\n   - x\n     y\n   -\n10. ```ts\n    if (a) {\n    \n    }\n    ```\n11. > q\n12. **h**\n\n- ☑ done\n- ☐\n  > todo',
    ],
    [
      'quotes in quotes',
      [
        {
          type: 'quote',
          blocks: [
            paragraph(text('a')),
            { type: 'quote', blocks: [paragraph(text('b')), { type: 'code_block', text: '*c*' }] },
          ],
        },
      ],
      '> a\n> \n> \\> b\n> \\> \n> \\> \\*c\\*',
    ],
    [
      'code that holds a fence',
      [{ type: 'code_block', language: 'not a language', text: '\n````\n\tx\n' }],
      '```\n``\u2060``\n    x\n```',
    ],
    [
      'a table',
      [
        {
          type: 'table',
          align: ['none', 'right'],
          rows: [
            [[text('Name')], [text('N')]],
            [[strong(text('a|b'))], [text('12')]],
          ],
        },
      ],
      '```\nName |  N\n-----+---\na|b  | 12\n```',
    ],
    [
      'nothing',
      [paragraph(text(' ')), { type: 'quote', blocks: [] }, { type: 'table', align: [], rows: [] }],
      '',
    ],
  ])('%s', (_, blocks, expected) => {
    expect(render(...blocks)).toBe(expected);
  });

  test.each(nastyTexts)('literally: %j', (nasty) => {
    const { text: seen, links, markup } = readMarkdown(renderMarkdown(says(nasty)));
    expect({ seen, links, markup }).toEqual({ seen: cleanText(nasty), links: [], markup: [] });
  });
});

describe('the reader finds what it is meant to find', () => {
  test.each<[string, readonly string[], string]>([
    [
      '**b** *i* _i_ __u__ ~~s~~ ||x|| `c`',
      ['bold', 'code', 'italic', 'spoiler', 'strike', 'underline'],
      'b i i u s x c',
    ],
    ['***a** b* c', ['bold', 'italic'], 'a b c'],
    ['**foo *bar** baz*', ['bold'], 'foo *bar baz*'],
    ['snake_case_ x', ['italic'], 'snakecase x'],
    ['\\*a\\* \\@everyone \\a', [], '*a* @everyone \\a'],
    ['<@1> <@&2> <#3> @everyone </x:1>', ['mention'], '<@1> <@&2> <#3> @everyone </x:1>'],
    ['<:a:1> :smile: <t:1:R>', ['emoji', 'time'], '<:a:1> :smile: <t:1:R>'],
    ['https://x.org <https://y.org> [z](<https://z.org>)', ['link'], 'https://x.org https://y.org z'],
    ['[🎉](https://z.org)', [], '[🎉](https://z.org)'],
    ['[\\*a](https://z.org)', ['link'], '\\*a'],
    ['# h\n-# s\n> q\nx', ['heading', 'quote', 'subtext'], 'h\nsq\nx'],
    ['a\n # no heading', [], 'a\n # no heading'],
    ['- # a\n  - b\n1. c', ['list'], '• # a\n• b\n\n1. c\n'],
    ['> > a', ['quote'], '> a\n'],
    ['> ```\n> a\n> ```', ['fence', 'quote'], 'a\n'],
    ['# C#', ['heading'], 'C\n'],
    ['```ts\n*a*\n```', ['fence'], '*a*'],
    ['discord.gg/abc', ['link'], 'discord.gg/abc'],
  ])('%s', (source, markup, seen) => {
    const read = readMarkdown(source);
    expect([read.markup, read.text]).toEqual([markup, seen]);
  });
});

describe('anything at all', () => {
  const kindOf: Readonly<Record<string, readonly string[]>> = {
    bold: ['strong', 'heading'],
    italic: ['emphasis'],
    strike: ['strikethrough'],
    code: ['code'],
    link: ['link'],
    fence: ['code_block', 'table'],
    quote: ['quote'],
    list: ['list'],
    heading: ['heading'],
  };

  test('any tree has all its words, and no markup but its own', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), (document) => {
        const rendered = renderMarkdown(document);
        expect(rendered.isWellFormed()).toBe(true);
        expect(measureDocument(document)).toBeGreaterThanOrEqual(codePoints(rendered));
        const read = readMarkdown(rendered);
        const types = new Set<string>(nodesOf(document).map(({ type }) => type));
        for (const markup of read.markup) {
          expect(
            kindOf[markup]?.some((type) => types.has(type)),
            `${markup} in ${rendered}`,
          ).toBe(true);
        }
        for (const { url } of read.links) expect(url).toMatch(/^https?:\/\/\S+$/i);
        const shown = withoutJoiners(read.text);
        expect(
          holdsInOrder(shown, withoutJoiners(wordsOf(document))),
          JSON.stringify([rendered, shown]),
        ).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  test('any words of a plain paragraph stay words', () => {
    fc.assert(
      fc.property(fc.array(nastyWords, { maxLength: 6 }), (parts) => {
        const whole = parts.join('');
        const { text: seen, links, markup } = readMarkdown(renderMarkdown(says(whole)));
        const shown = cleanText(whole)
          .trim()
          .replaceAll(/ +(?=\n)/g, '');
        expect({ seen, links, markup }).toEqual({ seen: shown, links: [], markup: [] });
      }),
      { numRuns: 10_000 },
    );
  });

  test('marks are read exactly where the tree has them', () => {
    const names: Readonly<Record<string, string>> = {
      strong: 'bold',
      emphasis: 'italic',
      strikethrough: 'strike',
    };
    const words = fc.oneof(
      fc.constantFrom(
        'a',
        'b ',
        ' c',
        '*',
        '~',
        '_',
        '`',
        '\\',
        '**',
        'x*',
        '1.',
        '- ',
        '#',
        '@here',
        '.',
        '(',
        '!',
      ),
      fc.lorem({ maxCount: 2, mode: 'words' }),
    );
    const { node } = fc.letrec<{ node: Inline }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        words.map(text),
        words.map((value) => code(value.replaceAll(/[*~]/g, 'y'))),
        fc.record({
          type: fc.constantFrom('strong' as const, 'emphasis' as const, 'strikethrough' as const),
          children: fc.array(tie('node'), { maxLength: 3 }),
        }),
      ),
    }));
    const seen = (chars: readonly (readonly [string, string])[]): string[] =>
      chars.filter(([char]) => !/[\s\u2060]/.test(char)).map(([char, styles]) => `${char} ${styles}`);
    const expected = (nodes: readonly Inline[], styles: readonly string[]): (readonly [string, string])[] =>
      nodes.flatMap((one): (readonly [string, string])[] => {
        if (one.type === 'break' || one.type === 'link') return [];
        if ('children' in one) return expected(one.children, [...styles, names[one.type] ?? '']);
        const own = one.type === 'code' && one.text.trim() !== '' ? [...styles, 'code'] : styles;
        return [...one.text].map((char) => [char, [...new Set(own)].sort().join()] as const);
      });
    fc.assert(
      fc.property(fc.array(node, { maxLength: 5 }), (nodes) => {
        const source = render(paragraph(...nodes));
        const found = readMarkdown(source).spans.flatMap((span) =>
          [...span.text].map((char) => [char, [...new Set(span.styles)].sort().join()] as const),
        );
        expect(seen(found), source).toEqual(seen(expected(nodes, [])));
      }),
      { numRuns: 10_000 },
    );
  });

  test('no link hides where it leads', () => {
    checkHonestLinks((document) => readMarkdown(renderMarkdown(document)));
  });

  test('a split breaks nothing', () => {
    checkSplits({
      measure: measureDocument,
      read: (piece) => withoutJoiners(readMarkdown(renderMarkdown(piece)).text),
    });
  });
});

describe('measuring', () => {
  test.each<[string, number]>([
    ['x'.repeat(MAX_TEXT_CHARS), MAX_TEXT_CHARS],
    ['x'.repeat(MAX_TEXT_CHARS + 1), MAX_TEXT_CHARS + 1],
    // Code points, not the units of UTF-16.
    ['👍'.repeat(MAX_TEXT_CHARS), MAX_TEXT_CHARS],
    ['*', 2],
  ])('%#', (words, measured) => {
    expect(measureDocument(says(words))).toBe(measured);
    expect(codePoints(renderMarkdown(says(words)))).toBe(measured);
  });

  test('what is added never makes a text shorter', () => {
    fc.assert(
      fc.property(nastyWords, nastyWords, fc.boolean(), (before, after, isStrong) => {
        const around = (value: string) => ({
          blocks: [paragraph(isStrong ? strong(text(value)) : text(value))],
        });
        // Half of a sign is another sign.
        fc.pre(before.isWellFormed() && after.isWellFormed());
        expect(measureDocument(around(before + after))).toBeGreaterThanOrEqual(
          measureDocument(around(before)),
        );
      }),
      { numRuns: 5_000 },
    );
  });

  test('an address that no message could hold is left out', () => {
    const url = `https://x.org/${'y'.repeat(1_500)}`;
    expect(render(paragraph(link(url, text('here'))))).toBe('here');
    expect(measureDocument({ blocks: [paragraph(link(url, text('here')))] })).toBe(4);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Document, Inline } from '../../core/domain/document.ts';
import type { MarkdownPort } from '../../core/ports/markdown.ts';
import { assertDocument } from './assert-document.ts';
import { markdownish } from './markdownish.ts';
import { visibleText } from './visible-text.ts';

const text = (value: string): Inline => ({ type: 'text', text: value });
const paragraph = (...children: readonly Inline[]): Document['blocks'][number] => ({
  type: 'paragraph',
  children,
});
const squeezed = (value: string): string => value.replaceAll(/\s+/g, '');

/** What every implementation of `MarkdownPort` promises. */
export function markdownContract(name: string, create: () => MarkdownPort): void {
  describe(`MarkdownPort: ${name}`, () => {
    const markdown = create();
    const blocks = (source: string): Document['blocks'] => markdown.parse(source).blocks;

    test('nothing gives nothing', () => {
      for (const source of ['', ' ', '\n\n\t\n', '\uFEFF', '```\n```', '#', '>', '- ', '&nbsp;'])
        expect(blocks(source), JSON.stringify(source)).toEqual([]);
    });

    test('a line ending in a paragraph is a break, a blank line begins a paragraph', () => {
      const broken = paragraph(text('one'), { type: 'break' }, text('two'));
      for (const source of ['one\ntwo', 'one\r\ntwo', 'one\rtwo', 'one  \ntwo', 'one\\\ntwo'])
        expect(blocks(source), JSON.stringify(source)).toEqual([broken]);
      expect(blocks('one\n\ntwo')).toEqual([paragraph(text('one')), paragraph(text('two'))]);
    });

    test('inline marks', () => {
      expect(blocks('a **b _c_** ~~d~~ `e  f` ~g~')).toEqual([
        paragraph(
          text('a '),
          { type: 'strong', children: [text('b '), { type: 'emphasis', children: [text('c')] }] },
          text(' '),
          { type: 'strikethrough', children: [text('d')] },
          text(' '),
          { type: 'code', text: 'e  f' },
          text(' ~g~'),
        ),
      ]);
    });

    test('headings, rules and quotes', () => {
      expect(blocks('### Title *here*\n\n---\n> said\n> > before\n\nUnder\n=====')).toEqual([
        {
          type: 'heading',
          depth: 3,
          children: [text('Title '), { type: 'emphasis', children: [text('here')] }],
        },
        { type: 'rule' },
        {
          type: 'quote',
          blocks: [paragraph(text('said')), { type: 'quote', blocks: [paragraph(text('before'))] }],
        },
        { type: 'heading', depth: 1, children: [text('Under')] },
      ]);
    });

    test('code keeps its text and its language', () => {
      expect(blocks('```ts title\nconst a = `<b>`;\n\n  *x*\n```\n\n    indented\n')).toEqual([
        { type: 'code_block', language: 'ts', text: 'const a = `<b>`;\n\n  *x*' },
        { type: 'code_block', text: 'indented' },
      ]);
      expect(blocks('~~~\n```\n~~~')).toEqual([{ type: 'code_block', text: '```' }]);
    });

    test('lists: numbers, nesting, tasks', () => {
      expect(blocks('7. a\n8. b\n   - c\n   - [x] d\n   - [ ] e\n\n- ')).toEqual([
        {
          type: 'list',
          ordered: true,
          start: 7,
          items: [
            { blocks: [paragraph(text('a'))] },
            {
              blocks: [
                paragraph(text('b')),
                {
                  type: 'list',
                  ordered: false,
                  start: 1,
                  items: [
                    { blocks: [paragraph(text('c'))] },
                    { checked: true, blocks: [paragraph(text('d'))] },
                    { checked: false, blocks: [paragraph(text('e'))] },
                  ],
                },
              ],
            },
          ],
        },
      ]);
      expect(blocks('0. zero')).toMatchObject([{ ordered: true, start: 0 }]);
    });

    test('tables have as many cells in each row as in their header', () => {
      expect(blocks('| a | b |\n| :- | -: |\n| `c` |\n| d | e | f |')).toEqual([
        {
          type: 'table',
          align: ['left', 'right'],
          rows: [
            [[text('a')], [text('b')]],
            [[{ type: 'code', text: 'c' }], []],
            [[text('d')], [text('e')]],
          ],
        },
      ]);
      expect(blocks('|a|b|\n|:-:|-|\n|x \\| y|z|')).toMatchObject([
        { align: ['center', 'none'], rows: [{}, [[text('x | y')], [text('z')]]] },
      ]);
    });

    test('links lead to http, https and mailto only', () => {
      const link = (url: string, label: string): Inline => ({ type: 'link', url, children: [text(label)] });
      expect(blocks('[a](https://x.org/ä%20b "t")')).toEqual([
        paragraph(link('https://x.org/%C3%A4%20b', 'a')),
      ]);
      expect(blocks('<mailto:a@b.org>')).toEqual([paragraph(link('mailto:a@b.org', 'mailto:a@b.org'))]);
      expect(blocks('see www.x.org.')).toEqual([
        paragraph(text('see '), link('http://www.x.org/', 'www.x.org'), text('.')),
      ]);
      expect(blocks('HTTPS://X.org/A')).toEqual([paragraph(link('https://x.org/A', 'HTTPS://X.org/A'))]);
      for (const url of [
        'javascript:alert(1)',
        'JavaScript&colon;alert(1)',
        'java&#10;script:alert(1)',
        'data:text/html,x',
        'tg://user?id=1',
        'file:///etc/passwd',
        '/relative',
        '//x.org',
        '#top',
        'http://',
        '',
      ])
        expect(blocks(`[label](<${url}>)`), url).toEqual([paragraph(text('label'))]);
    });

    test('link definitions are resolved, wherever they stand, and the first one counts', () => {
      expect(
        blocks('[A][x] and [x]\n\ntext\n\n> [X]: https://one.org\n\n[x]: https://two.org'),
      ).toMatchObject([
        {
          children: [
            { type: 'link', url: 'https://one.org/', children: [text('A')] },
            text(' and '),
            { type: 'link', url: 'https://one.org/', children: [text('x')] },
          ],
        },
        paragraph(text('text')),
      ]);
      expect(blocks('[gone][nowhere]')).toEqual([paragraph(text('[gone][nowhere]'))]);
    });

    test('images are links that say what the image shows', () => {
      expect(blocks('![a *cat*](https://x.org/c.png) ![](https://x.org/d.png) ![e](f.png)')).toEqual([
        paragraph(
          { type: 'link', url: 'https://x.org/c.png', children: [text('a cat')] },
          text(' '),
          { type: 'link', url: 'https://x.org/d.png', children: [text('https://x.org/d.png')] },
          text(' e'),
        ),
      ]);
      expect(blocks('[![badge](https://x.org/b.png)](https://y.org)')).toEqual([
        paragraph({ type: 'link', url: 'https://y.org/', children: [text('badge')] }),
      ]);
    });

    test('raw HTML and entities arrive as literal text', () => {
      expect(blocks('a <b onclick="x">c</b> &lt;d&gt; &amp;')).toEqual([
        paragraph(text('a <b onclick="x">c</b> <d> &')),
      ]);
      expect(blocks('<script>\nalert(1)\n\n</script>')).toEqual([
        paragraph(
          text('<script>'),
          { type: 'break' },
          text('alert(1)'),
          { type: 'break' },
          { type: 'break' },
          text('</script>'),
        ),
      ]);
      expect(blocks('<!-- note -->')).toEqual([paragraph(text('<!-- note -->'))]);
    });

    test('footnotes stay where they were written', () => {
      const shown = visibleText(markdown.parse('Claim[^1] and [^2].\n\n[^1]: Source **here**\n\n    more'));
      expect(squeezed(shown)).toBe('Claim[^1]and[^2].[^1]:Sourceheremore');
      expect(squeezed(visibleText(markdown.parse('[^n]: https://x.org\n\nSee[^n].')))).toBe(
        '[^n]:https://x.orgSee[^n].',
      );
    });

    test('half-written Markdown gives what it says so far', () => {
      expect(blocks('Look:\n\n```py\nprint(')).toEqual([
        paragraph(text('Look:')),
        { type: 'code_block', language: 'py', text: 'print(' },
      ]);
      expect(blocks('a **b')).toEqual([paragraph(text('a **b'))]);
      expect(blocks('[a](https://x')).toMatchObject([{ type: 'paragraph' }]);
    });

    test('an answer means the same after another one, and is not changed by it', () => {
      const first = markdown.parse('- a\n- b\n\n[x]');
      const kept = structuredClone(first);
      markdown.parse('- a\n- b\n\n[x]\n\n[x]: https://x.org');
      expect(first).toEqual(kept);
      expect(markdown.parse('- a\n- b\n\n[x]')).toEqual(kept);
    });

    test('any string gives a sound document', { timeout: 120_000 }, () => {
      const anything = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc
          .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
          .map((units) => String.fromCharCode(...units)),
      );
      fc.assert(
        fc.property(anything, (source) => assertDocument(markdown.parse(source))),
        { numRuns: 10_000 },
      );
    });

    test('anything that looks like Markdown gives a sound document', { timeout: 120_000 }, () => {
      fc.assert(
        fc.property(markdownish, (source) => assertDocument(markdown.parse(source))),
        { numRuns: 10_000 },
      );
    });

    test('words without markup are kept to the letter', { timeout: 120_000 }, () => {
      const word = fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
        .map((value) => value.replaceAll(/[\p{P}\p{S}\p{Cc}\p{Zs}\p{Zl}\p{Zp}\d\uFEFF\uFDD0]/gu, 'x'));
      const lines = fc.array(fc.array(word, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(lines, (content) => {
          const source = content.map((words) => words.join(' ')).join('\n');
          expect(squeezed(visibleText(markdown.parse(source)))).toBe(squeezed(source));
        }),
        { numRuns: 10_000 },
      );
    });

    test('escaped punctuation is kept to the letter', { timeout: 120_000 }, () => {
      const characters = fc.array(fc.constantFrom(...'*_~`[]()<>#+-.!|\\&"\'{}=:;@$%^?/,ab1 '), {
        maxLength: 40,
      });
      fc.assert(
        fc.property(characters, (chars) => {
          const source = chars.map((char) => (/[a-z0-9 ]/.test(char) ? char : `\\${char}`)).join('');
          expect(squeezed(visibleText(markdown.parse(source)))).toBe(squeezed(chars.join('')));
        }),
        { numRuns: 10_000 },
      );
    });

    describe('hostile input is bounded', () => {
      const hostile: Readonly<Record<string, string>> = {
        quotes: `${'>'.repeat(20_000)} deep`,
        'quotes and lists': `${'> - '.repeat(10_000)}deep\n${'lazy\n'.repeat(100)}`,
        'lists on one line': `${'- '.repeat(10_000)}deep`,
        'lists by indentation': Array.from(
          { length: 220 },
          (_, depth) => `${'  '.repeat(depth)}- level`,
        ).join('\n'),
        emphasis: `${'*a _b '.repeat(5_000)}end`,
        'emphasis closed': `${'**a '.repeat(5_000)}${' b**'.repeat(5_000)}`,
        'stars around': `${'*'.repeat(5_000)}a${'*'.repeat(5_000)}`,
        brackets: `${'[a'.repeat(10_000)}${']'.repeat(10_000)}`,
        'link starts': '[a]('.repeat(8_000),
        images: `${'!['.repeat(5_000)}x${'](https://x.org)'.repeat(5_000)}`,
        'angle brackets': 'a<?'.repeat(8_000),
        'underlined headings': 'a\n=\n'.repeat(6_000),
        backticks: Array.from({ length: 200 }, (_, length) => `e${'`'.repeat(length)}`).join(''),
        'table header': `${'|a'.repeat(3_000)}|\n${'|-'.repeat(3_000)}|\n|`,
        footnotes: '[^a]'.repeat(5_000),
        definitions: `${'[a]: b "\n'.repeat(3_000)}\n\nend`,
      };
      for (const [what, source] of Object.entries(hostile)) {
        test(what, () => {
          const parsed = markdown.parse(source);
          assertDocument(parsed);
          expect(visibleText(parsed)).not.toBe('');
        });
      }

      test('what is too deep is still said, and code is not touched by it', () => {
        const arrows = '> '.repeat(150);
        expect(squeezed(visibleText(markdown.parse(`${arrows}deep`)))).toBe(`${'>'.repeat(50)}deep`);
        expect(blocks(`\`\`\`\n${arrows}deep\n\`\`\``)).toEqual([
          { type: 'code_block', text: `${arrows}deep` },
        ]);
      });
    });
  });
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mrkdwnBound, renderMrkdwn } from '../../../adapters/slack/render-mrkdwn.ts';
import { cleanText } from '../../../core/domain/clean-text.ts';
import type { Block, Inline } from '../../../core/domain/document.ts';
import { nastyTexts } from '../../contract/channel/nasty-texts.ts';
import { checkHonestLinks } from '../../contract/link-spoofing.ts';
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
import { readMrkdwn, withoutLookAlikes } from './read-mrkdwn.ts';

const render = (...blocks: Block[]): string => renderMrkdwn({ blocks });
const strong = (...children: Inline[]): Inline => ({ type: 'strong', children });
const emphasis = (...children: Inline[]): Inline => ({ type: 'emphasis', children });

describe('rendering', () => {
  test.each<[string, Block[], string]>([
    [
      'escapes',
      [paragraph(text('a < b && c > "d" <!channel> <@U1>'))],
      'a &lt; b &amp;&amp; c &gt; "d" &lt;!channel&gt; &lt;@U1&gt;',
    ],
    [
      'marks between blanks and signs',
      [
        paragraph(strong(text('b')), text(' ('), emphasis(text('i')), text('), '), {
          type: 'code',
          text: '<c>',
        }),
      ],
      '*b* (_i_), `&lt;c&gt;`',
    ],
    ['marks in marks', [paragraph(strong(text('b '), emphasis(text('i')), text(' b')))], '*b _i_ b*'],
    [
      'marks inside of words leave their words',
      [paragraph(text('un'), strong(text('frigging')), text('believable'), { type: 'code', text: 'x' })],
      'unfriggingbelievablex',
    ],
    ['marks that begin or end in blanks leave their words', [paragraph(strong(text(' a ')))], ' a '],
    [
      'marks over two lines leave their words',
      [paragraph(strong(text('a'), { type: 'break' }, text('b')))],
      'a\nb',
    ],
    [
      'literal signs that would be marks',
      [paragraph(text('*a* _b_ ~c~ `d` 2 * 3 * 4 snake_case_name 2*3*4'))],
      '∗a∗ ˍbˍ ∼c∼ ˋdˋ 2 * 3 * 4 snake_case_name 2*3*4',
    ],
    ['a literal quote', [paragraph(text('> a\n >> b'))], '\u200b&gt; a\n \u200b&gt;&gt; b'],
    [
      'links',
      [
        paragraph(
          { type: 'link', url: 'https://x.example/?a=1&b=<|>', children: [text('*here* | <there>')] },
          text(' '),
          { type: 'link', url: 'https://x.example/', children: [text('https://x.example/')] },
          text(' '),
          { type: 'link', url: 'https://x.example/', children: [] },
          text(' '),
          { type: 'link', url: 'javascript:alert(1)', children: [text('no')] },
        ),
      ],
      '<https://x.example/?a=1&amp;b=%3C%7C%3E|∗here∗ ∣ &lt;there&gt;> <https://x.example/> <https://x.example/> no',
    ],
    [
      'blocks',
      [
        { type: 'heading', depth: 2, children: [text('Title')] },
        { type: 'quote', blocks: [paragraph(text('a')), { type: 'quote', blocks: [paragraph(text('b'))] }] },
        { type: 'code_block', text: 'if (a < b) {\n  ```\n}', language: 'ts' },
        { type: 'rule' },
      ],
      '*Title*\n\n> a\n> \n> &gt; b\n\n```\nif (a &lt; b) {\n  ˋˋˋ\n}\n```\n\n———',
    ],
    [
      'lists',
      [
        {
          type: 'list',
          ordered: true,
          start: 9,
          items: [
            {
              blocks: [
                paragraph(text('one')),
                {
                  type: 'list',
                  ordered: false,
                  start: 1,
                  items: [
                    { checked: true, blocks: [paragraph(text('x'))] },
                    { checked: false, blocks: [] },
                  ],
                },
              ],
            },
            { blocks: [{ type: 'code_block', text: '*two*' }] },
          ],
        },
      ],
      '9. one\n    • ☑ x\n    • ☐ \n10. ∗two∗',
    ],
    [
      'a table',
      [
        {
          type: 'table',
          align: ['none', 'right'],
          rows: [
            [[text('Name')], [text('N')]],
            [[strong(text('a&b'))], [text('12')]],
          ],
        },
      ],
      '```\nName |  N\n-----+---\na&amp;b  | 12\n```',
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
    const read = readMrkdwn(renderMrkdwn(says(nasty)));
    expect({ ...read, text: withoutLookAlikes(read.text) }).toEqual({
      text: withoutLookAlikes(cleanText(nasty)),
      links: [],
      markup: [],
    });
  });
});

describe('the reader finds what it is meant to find', () => {
  test.each<[string, readonly string[]]>([
    ['*b* _i_ ~s~ `c`', ['bold', 'code', 'italic', 'strike']],
    ['<!channel>', ['control']],
    ['<@U1> <#C1|x>', ['control']],
    ['<https://x.example|*a*>', ['link']],
    ['a\n> b', ['quote']],
    ['a\n &gt; b', ['quote']],
    ['```\n*x*\n```', ['fence']],
    ['2*3*4 snake_case_x 2 * 3 * 4 &lt;!here&gt;', []],
  ])('%s', (source, markup) => {
    expect(readMrkdwn(source).markup).toEqual(markup);
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
  };

  test('any tree has all its words, and no markup but its own', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), (document) => {
        const rendered = renderMrkdwn(document);
        expect(rendered.isWellFormed()).toBe(true);
        expect(mrkdwnBound(document)).toBeGreaterThanOrEqual(rendered.length);
        const read = readMrkdwn(rendered);
        const types = new Set<string>(nodesOf(document).map(({ type }) => type));
        for (const markup of read.markup) {
          expect(
            kindOf[markup]?.some((type) => types.has(type)),
            `${markup} in ${rendered}`,
          ).toBe(true);
        }
        for (const { url } of read.links) expect(url).toMatch(/^(?:https?:\/\/|mailto:)\S+$/i);
        const shown = withoutLookAlikes(read.text);
        expect(holdsInOrder(shown, withoutLookAlikes(wordsOf(document))), shown).toBe(true);
      }),
      { numRuns: 10_000 },
    );
  });

  test('any words of a plain paragraph stay words', () => {
    fc.assert(
      fc.property(fc.array(nastyWords, { maxLength: 6 }), (parts) => {
        const whole = parts.join('');
        const read = readMrkdwn(renderMrkdwn(says(whole)));
        const shown = cleanText(whole);
        expect({ ...read, text: withoutLookAlikes(read.text) }).toEqual({
          text: shown.trim() === '' ? '' : withoutLookAlikes(shown),
          links: [],
          markup: [],
        });
      }),
      { numRuns: 10_000 },
    );
  });

  test('no link hides where it leads', () => {
    checkHonestLinks((document) => readMrkdwn(renderMrkdwn(document)));
  });
});

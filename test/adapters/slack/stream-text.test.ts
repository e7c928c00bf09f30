import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { MAX_TEXT_CHARS, measureDocument } from '../../../adapters/slack/measure-document.ts';
import { MAX_STREAM_CHARS } from '../../../adapters/slack/outbound.ts';
import { renderStreamed, stableStreamed } from '../../../adapters/slack/render-streamed.ts';
import { createStreamText } from '../../../adapters/slack/stream-text.ts';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';
import { splitDocument } from '../../../core/domain/split-document.ts';
import { nastyTexts } from '../../contract/channel/nasty-texts.ts';
import { checkHonestLinks } from '../../contract/link-spoofing.ts';
import { markdownish } from '../../contract/markdownish.ts';
import { anyDocument } from '../../core/domain/document-arbitrary.ts';
import { growingAnswers } from '../../core/domain/growing-answers.ts';
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
import { withoutLookAlikes } from './read-mrkdwn.ts';

const markdown = createMarkdown();
const streamed = (...blocks: Block[]) => renderStreamed({ blocks });
const strong = (...children: Inline[]): Inline => ({ type: 'strong', children });

/** Whatever Slack could take for more than words. */
function expectHarmless(piece: string): void {
  expect(piece.isWellFormed()).toBe(true);
  expect(piece).not.toMatch(/<|(?<!^(?:> )*)>(?! )/m);
  const shown = piece.replaceAll(/\]\((?:https?|mailto):[^\s()]*\)/g, ']');
  expect(shown).not.toMatch(/@(?:here|channel|everyone)\b/i);
  expect(shown).not.toMatch(/&(?!(?:amp|lt|gt);)/);
}

/** How a person reads it, who sees escapes in code undone. */
function readStreamed(source: string): Document {
  const undone = (value: string): string =>
    value.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const inline = (node: Inline): Inline => {
    if (node.type === 'code') return { ...node, text: undone(node.text) };
    return 'children' in node ? { ...node, children: node.children.map(inline) } : node;
  };
  const block = (node: Block): Block => {
    if ('children' in node) return { ...node, children: node.children.map(inline) };
    if (node.type === 'code_block') return { ...node, text: undone(node.text) };
    if (node.type === 'quote') return { ...node, blocks: node.blocks.map(block) };
    if (node.type === 'list') {
      return { ...node, items: node.items.map((item) => ({ ...item, blocks: item.blocks.map(block) })) };
    }
    return node;
  };
  return { blocks: markdown.parse(source).blocks.map(block) };
}

describe('rendering', () => {
  test.each<[string, Block[], string, boolean]>([
    [
      'escapes',
      [paragraph(text('a < b & *c* _d_ [e](f) `g` <!here>'))],
      'a &lt; b &amp; \\*c\\* \\_d\\_ \\[e\\](f) \\`g\\` &lt;!here&gt;',
      true,
    ],
    [
      'signs at the start of lines',
      [paragraph(text('# a'), { type: 'break' }, text('12. b'), { type: 'break' }, text('- c'))],
      '\\# a  \n12\\. b  \n\\- c',
      true,
    ],
    [
      'marks',
      [
        paragraph(strong(text('b')), text(' '), { type: 'emphasis', children: [text('i')] }, text(' '), {
          type: 'strikethrough',
          children: [text('s')],
        }),
      ],
      '**b** _i_ ~~s~~',
      true,
    ],
    ['marks inside of words', [paragraph(text('a'), strong(text('b')))], 'ab', false],
    ['code', [paragraph({ type: 'code', text: 'npm i' })], '`npm i`', true],
    ['code with what is escaped', [paragraph({ type: 'code', text: 'a<b' })], '`a&lt;b`', false],
    ['code with the sign of code', [paragraph({ type: 'code', text: 'a`b' })], 'a\\`b', false],
    ['a code block', [{ type: 'code_block', text: 'a\n\tb\n', language: 'ts' }], '```\na\n    b\n```', true],
    [
      'a code block with a fence in it',
      [{ type: 'code_block', text: '```\n<!channel>' }],
      '```\nˋˋˋ\n&lt;!channel&gt;\n```',
      false,
    ],
    [
      'a link',
      [paragraph({ type: 'link', url: 'https://x.example/a_(b)?c=1&d=2&lt;', children: [text('[l]')] })],
      '[\\[l\\]](https://x.example/a_%28b%29?c=1&d=2%26lt;)',
      true,
    ],
    [
      'a link of another scheme',
      [paragraph({ type: 'link', url: 'slack://x', children: [text('l')] })],
      'l',
      true,
    ],
    [
      'addresses in literal text',
      [paragraph(text('https://x.example www.x.example a@x.example'))],
      'https:\u2060//x.example www\u2060.x.example a@\u2060x.example',
      false,
    ],
    [
      'an address that is a link',
      [paragraph({ type: 'link', url: 'https://x.example/a_b', children: [text('https://x.example/a_b')] })],
      '[https://x.example/a\\_b](https://x.example/a_b)',
      true,
    ],
    ['a broadcast', [paragraph(text('hi @here and @Channel'))], 'hi @\u2060here and @\u2060Channel', false],
    [
      'a list with a list and code in it',
      [
        {
          type: 'list',
          ordered: true,
          start: 2,
          items: [
            {
              blocks: [
                paragraph(text('a')),
                {
                  type: 'list',
                  ordered: false,
                  start: 1,
                  items: [{ checked: true, blocks: [paragraph(text('b'))] }],
                },
                { type: 'code_block', text: 'c\nd' },
                paragraph(text('e')),
              ],
            },
          ],
        },
      ],
      '2. a\n   - ☑ b\n   \n   ```\n   c\n   d\n   ```\n   \n   e',
      true,
    ],
    [
      'a heading, a quote',
      [
        { type: 'heading', depth: 3, children: [text('T')] },
        { type: 'quote', blocks: [paragraph(text('q')), paragraph(text('r'))] },
      ],
      '**T**\n\n> q\n> \n> r',
      true,
    ],
    [
      'a table',
      [{ type: 'table', align: ['none'], rows: [[[text('A')]], [[text('1')]]] }],
      '```\nA\n-\n1\n```',
      false,
    ],
    ['a rule', [{ type: 'rule' }], '———', false],
  ])('%s', (_, blocks, expected, isExact) => {
    expect(streamed(...blocks)).toEqual({ text: expected, isExact });
  });

  test.each(nastyTexts)('literally: %j', (nasty) => {
    const { text: written } = streamed(paragraph(text(nasty)));
    expectHarmless(written);
    const read = readStreamed(written);
    expect(new Set(nodesOf(read).map(({ type }) => type))).toEqual(
      new Set(['paragraph', 'text', ...(nasty.includes('\n') ? ['break'] : [])]),
    );
    expect(withoutLookAlikes(wordsOf(read))).toBe(withoutLookAlikes(wordsOf(says(nasty))));
  });
});

describe('anything at all', () => {
  test('any tree is read with all its words and no markup but its own', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), (document) => {
        const { text: written } = renderStreamed(document);
        expectHarmless(written);
        const read = readStreamed(written);
        expect(
          holdsInOrder(withoutLookAlikes(wordsOf(read)), withoutLookAlikes(wordsOf(document))),
          written,
        ).toBe(true);
        const types = new Set<string>(nodesOf(document).map(({ type }) => type));
        const found = new Set<string>(nodesOf(read).map(({ type }) => type));
        if (!types.has('heading') && !types.has('strong')) expect(found).not.toContain('strong');
        for (const type of ['emphasis', 'strikethrough', 'code', 'quote', 'list']) {
          if (!types.has(type)) expect(found, `${type} in ${written}`).not.toContain(type);
        }
        for (const type of ['heading', 'table']) expect(found, written).not.toContain(type);
      }),
      { numRuns: 4_000 },
    );
  });

  test('what is stable is the beginning of the whole', () => {
    fc.assert(
      fc.property(fc.oneof(nastyDocument, anyDocument), (document) => {
        const whole = renderStreamed(document).text;
        expect(whole.startsWith(stableStreamed(document))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test('no link hides where it leads', () => {
    checkHonestLinks((document) => {
      const links: { from: number; to: number; url: string }[] = [];
      let shown = '';
      for (const node of nodesOf(readStreamed(renderStreamed(document).text))) {
        if (node.type === 'text' || node.type === 'code') shown += node.text;
        if (node.type !== 'link') continue;
        const label = node.children.map((child) => ('text' in child ? child.text : '')).join('');
        links.push({ from: shown.length, to: shown.length + label.length, url: node.url });
      }
      return { text: shown, links };
    });
  });
});

/** Streams a text in pieces of the given lengths, over and over; every appended piece is looked at. */
function stream(source: string, lengths: readonly number[]) {
  const growing = createStreamText(markdown.parse);
  const pieces: string[] = [];
  for (let at = 0, index = 0; at < source.length; index += 1) {
    const length = lengths[index % lengths.length] ?? 1;
    pieces.push(growing.push(source.slice(at, at + length)));
    at += length;
  }
  for (const piece of pieces) {
    expectHarmless(piece);
    expect(piece.length).toBeLessThanOrEqual(MAX_STREAM_CHARS);
  }
  return { appended: pieces.join(''), growing };
}

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

describe('a stream', () => {
  test('any text, however it arrives, never shows anything dangerous and ends as it should', () => {
    const sources = fc.oneof(
      markdownish,
      fc.array(nastyWords, { maxLength: 12 }).map((words) => words.join(' ')),
      fc.array(fc.oneof(markdownish, nastyWords), { maxLength: 5 }).map((parts) => parts.join('\n\n')),
    );
    fc.assert(
      fc.property(sources, lengths, (source, cut) => {
        const { appended, growing } = stream(source, cut);
        expectHarmless(appended);
        const final = markdown.parse(source);
        const { rest, isExact } = growing.end(final);
        const whole = renderStreamed(final);
        if (whole.text.startsWith(appended)) expect(appended + rest).toBe(whole.text);
        else expect(rest).toBe('');
        expect(isExact).toBe(whole.isExact && appended + rest === whole.text);
        expectHarmless(appended + rest);
      }),
      { numRuns: 1_500 },
    );
  });

  test('answers of the usual kind arrive whole, and most of them before the end', () => {
    const answers = [
      ...growingAnswers,
      'A short one with **bold words**, _it_, `code`, 2 * 3, ~5 and snake_case.\n\n- one\n- two\n  - sub\n\nThe **end** is near.\n',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...answers), lengths, (source, cut) => {
        const { appended, growing } = stream(source, cut);
        const final = markdown.parse(source);
        const { rest } = growing.end(final);
        expect(appended + rest).toBe(renderStreamed(final).text);
        expect(appended.length).toBeGreaterThan(source.length * 0.8);
      }),
      { numRuns: 60 },
    );
  });

  test('a word waits until it is whole, a mark until it is closed, a table until it is over', () => {
    const growing = createStreamText(markdown.parse);
    const seen = [
      'Hel',
      'lo wor',
      'ld, **bo',
      'ld** a',
      'nd `co',
      'de` [l',
      'ink](https://x.ex',
      'ample/) x y\n\n| a | b |\n',
      '| - | - |\n| 1 ',
      '| 2 |\n\nAfter t',
      'he table',
    ].map((piece) => growing.push(piece));
    expect(seen).toEqual([
      '',
      'Hello',
      ' world,',
      ' **bold**',
      ' and',
      ' `code`',
      '',
      ' [link](https://x.example/) x y',
      '',
      '\n\n```\na | b\n--+--\n1 | 2\n```\n\nAfter',
      ' the',
    ]);
  });

  test('text without blanks between words does not wait for a blank', () => {
    const growing = createStreamText(markdown.parse);
    expect(growing.push('日本語でも同じです')).toBe('日本語でも同じで');
    expect(growing.push('。会話')).toBe('す。会');
  });

  test('what turns out to mean something else is said at the end', () => {
    const growing = createStreamText(markdown.parse);
    const source = 'See [the docs] and more words here.\n\n[the docs]: https://x.example/';
    expect(growing.push(source.slice(0, 40))).toContain('docs');
    expect(growing.push(source.slice(40))).toBe('');
    expect(growing.end(markdown.parse(source))).toEqual({ rest: '', isExact: false });
  });

  test('what does not fit the message is not appended to it', () => {
    const line = `${'word '.repeat(100)}end.\n\n`;
    const source = line.repeat(12);
    const { appended, growing } = stream(source, [700]);
    const [first] = splitDocument(markdown.parse(source), MAX_TEXT_CHARS, measureDocument);
    expect(appended.length).toBeLessThanOrEqual(MAX_TEXT_CHARS);
    expect(appended.length).toBeGreaterThan(MAX_TEXT_CHARS / 2);
    const { rest, isExact } = growing.end(first ?? { blocks: [] });
    expect(isExact).toBe(true);
    expect(appended + rest).toBe(renderStreamed(first ?? { blocks: [] }).text);
  });

  test('nothing written is nothing appended', () => {
    const growing = createStreamText(markdown.parse);
    expect(growing.push('')).toBe('');
    expect(growing.end({ blocks: [] })).toEqual({ rest: '', isExact: true });
  });
});

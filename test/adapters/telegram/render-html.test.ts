import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { measureDocument } from '../../../adapters/telegram/outbound.ts';
import { renderDocument } from '../../../adapters/telegram/render-html.ts';
import type { Document } from '../../../core/domain/document.ts';
import { checkHonestLinks } from '../../contract/link-spoofing.ts';
import { checkSplits } from '../../contract/splits.ts';
import { detectEntities, parseHtml } from '../../fakes/telegram/html-entities.ts';

const markdown = createMarkdown();
const html = (source: string): string => renderDocument(markdown.parse(source)).html;

/** What Telegram shows; throws for HTML that it refuses. */
function seen(document: Document): string {
  const rendered = renderDocument(document);
  const { text } = parseHtml(rendered.html);
  expect(text).toBe(rendered.text);
  return text;
}

test('no link hides where it leads', () => {
  checkHonestLinks((document) => {
    const { text, entities } = parseHtml(renderDocument(document).html);
    const links = entities.flatMap(({ url, offset, length }) =>
      url === undefined ? [] : [{ from: offset, to: offset + length, url }],
    );
    return { text, links };
  });
});

test('a split breaks nothing', { timeout: 60_000 }, () => {
  checkSplits({ measure: measureDocument, read: seen });
});

describe('nobody is called', () => {
  const calls = (source: string): readonly string[] => {
    const { text, entities } = parseHtml(html(source));
    const closed = entities.filter(({ type }) => ['code', 'pre', 'text_link'].includes(type));
    expect(entities.map(({ type }) => type)).not.toContain('text_mention');
    return detectEntities(text)
      .filter(({ type }) => type === 'mention')
      .filter(({ offset }) => !closed.some((at) => at.offset <= offset && offset < at.offset + at.length))
      .map(({ offset, length }) => text.slice(offset, offset + length));
  };

  test.each([
    '@ada_lovelace',
    'Ask @ada_lovelace, (@everyone) or "@here".',
    '**@**ada_lovelace, @_everyone_ and @**every**one',
    '- [x] @everyone\n- /@everyone',
    '> @everyone',
    '# @everyone',
    '[@everyone](https://x.example) [you](tg://user?id=1) tg://user?id=1',
    '| @everyone |\n| - |\n| @everyone |',
    'x&#64;everyone &#64;everyone \\@everyone',
    '<a href="tg://user?id=1">you</a> <@U012AB3CD> <!channel>',
    '`@everyone` and\n```\n@everyone\n```',
  ])('%j', (source) => {
    expect(calls(source)).toEqual([]);
  });

  test('the sign is followed by a word joiner where it would call, and by nothing else', () => {
    expect(html('@everyone')).toBe('@\u2060everyone');
    expect(html('ada@x.example, a@b @ home')).toBe('ada@x.example, a@b @ home');
    expect(html('`@ada`')).toBe('<code>@ada</code>');
    expect(html('https://x.example/@ada')).toBe(
      '<a href="https://x.example/@ada">https://x.example/@ada</a>',
    );
  });
});

test('tables: wide characters, empty cells, pipes, markup and addresses in cells', () => {
  const source =
    '| 名前 | n |  |\n| - | -: | - |\n| **a** \\| `b` | 1 | [here](https://x.example/) |\n|  | 22<br>33 | 👍🏽 |';
  expect(html(source)).toBe(
    [
      '<pre>名前  |     n |',
      '------+-------+--------------------------',
      'a | b |     1 | here (https://x.example/)',
      '      | 22 33 | 👍🏽</pre>',
    ].join('\n'),
  );
});

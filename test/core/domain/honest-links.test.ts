import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';
import { honestLinks } from '../../../core/domain/honest-links.ts';
import { isTopLevelDomain } from '../../../core/domain/top-level-domains.ts';
import { checkHonestLinks, type SeenLinks, spoofingMarkdown } from '../../contract/link-spoofing.ts';
import { markdownish } from '../../contract/markdownish.ts';

const text = (value: string): Inline => ({ type: 'text', text: value });
const link = (url: string, ...children: readonly Inline[]): Inline => ({ type: 'link', url, children });
const evil = 'https://evil.example/';
/** As a person reads it: what can be clicked stands in «». */
const read = (inlines: readonly Inline[]): string =>
  inlines
    .map((inline): string => {
      if (inline.type === 'break') return '\n';
      if ('text' in inline) return inline.text;
      return inline.type === 'link' ? `«${read(inline.children)}»` : read(inline.children);
    })
    .join('');
const shown = (label: string, url = evil): string => read(honestLinks([link(url, text(label))]));

describe('the words of a link', () => {
  test.each([
    'here',
    'the documentation',
    'evil.example',
    'EVIL.example',
    'www.evil.example',
    'https://evil.example/any/path',
    'http://evil.example:443/',
    'Read evil.example, please.',
    'evil.example.',
  ])('%j leads where it says or says nothing', (label) => {
    expect(shown(label)).toBe(`«${label}»`);
  });

  test.each([
    'https://bank.example',
    'bank.example',
    'BaNk.ExAmPlE',
    'bank.example/login',
    'Log in at bank.example now',
    'https://bank.example@evil.example',
    'evil.example@bank.example',
    'ftp://bank.example',
    'https://bank',
    'https://bank.evil.example',
    'bank.evil.example',
    'evil.example.bank.example',
    'support@bank.example',
    'evil.example:8080',
    '192.168.0.1',
    'http://[::1]/',
    'bank\u200b.exa\u00admple',
    'bank\u2024example',
    'bank。example',
    'ｂａｎｋ．ｅｘａｍｐｌｅ',
    '𝐛𝐚𝐧𝐤.example',
    'https∶∕∕bank.example',
    'bаnk.example',
    'bank.соm',
    'bank.сом',
    'bаnk.cöm',
    '中文.com',
    '例子.中国',
    'президент.рф',
    'https://evil.example/ https://bank.example/',
    'https://evil.example/#https://bank.example/',
    'evil.example→bank.example',
    'README.md',
    `bank.${'x'.repeat(400)}.example`,
  ])('%j names another host: the address stands beside it', (label) => {
    expect(shown(label)).toBe(`${label} («${evil}»)`);
  });

  test.each([
    'Node.js',
    'Array.from()',
    'package.json',
    'docs/README.md',
    'v1.2.3',
    '3.14',
    'e.g. this',
    'см.документ',
    '第一。第二',
    '参见。文档',
    'a...b',
    '@ada',
    'and/or',
    '10:30',
    '1.2.3.999',
  ])('%j only looks a little like a host', (label) => {
    expect(shown(label)).toBe(`«${label}»`);
  });

  test('letters beyond ASCII are followed by what they lead to', () => {
    expect(shown('bücher.example', 'https://xn--bcher-kva.example/')).toBe(
      'bücher.example («https://xn--bcher-kva.example/»)',
    );
    expect(shown('xn--bcher-kva.example', 'https://xn--bcher-kva.example/')).toBe('«xn--bcher-kva.example»');
  });

  test('mail addresses', () => {
    expect(shown('Ada@x.example', 'mailto:ada@x.example')).toBe('«Ada@x.example»');
    expect(shown('mailto:ada@x.example', 'mailto:ada@x.example?subject=a')).toBe('«mailto:ada@x.example»');
    expect(shown('write me', 'mailto:ada@x.example')).toBe('«write me»');
    expect(shown('ada@x.example', 'mailto:eve@x.example')).toBe('ada@x.example («eve@x.example»)');
    expect(shown('x.example', 'mailto:eve@x.example')).toBe('x.example («eve@x.example»)');
  });

  test('an address that holds another one is its own', () => {
    const archive = 'https://archive.example/web/2020/https://bank.example/';
    expect(shown(archive, archive)).toBe(`«${archive}»`);
  });
});

test('words around a link belong to what it says', () => {
  expect(read(honestLinks([text('bank'), link(evil, text('.example')), text('!')]))).toBe(
    `bank.example («${evil}»)!`,
  );
  expect(read(honestLinks([text('https://bank.example/'), link(evil, text('login'))]))).toBe(
    `https://bank.example/login («${evil}»)`,
  );
  expect(read(honestLinks([link(evil, text('bank')), link(evil, text('.example'))]))).toBe(
    `bank («${evil}»).example («${evil}»)`,
  );
  const apart = [text('Ask bank.example ('), link(evil, text('here')), text('). Then go on.')];
  expect(honestLinks(apart)).toBe(apart);
  const chinese = [text('请看Node.js的'), link(evil, text('文档')), text('。API 需要')];
  expect(honestLinks(chinese)).toBe(chinese);
});

test('emphasis around it and in it stays, texts stay joined', () => {
  expect(
    honestLinks([
      {
        type: 'strong',
        children: [
          text('a '),
          link(evil, { type: 'emphasis', children: [text('bank')] }, text('.example')),
          text('!'),
        ],
      },
    ]),
  ).toEqual([
    {
      type: 'strong',
      children: [
        text('a '),
        { type: 'emphasis', children: [text('bank')] },
        text('.example ('),
        link(evil, text(evil)),
        text(')!'),
      ],
    },
  ]);
});

test('what is honest stays the same object, and once is enough', () => {
  const markdown = createMarkdown();
  fc.assert(
    fc.property(fc.oneof(spoofingMarkdown, markdownish), (source) => {
      for (const block of markdown.parse(source).blocks)
        if (block.type === 'paragraph') expect(honestLinks(block.children)).toBe(block.children);
    }),
    { numRuns: 3_000 },
  );
});

test('no tree of any Markdown holds a link that hides where it leads', () => {
  checkHonestLinks(seenLinks, 10_000);
});

test('a very long word takes bounded time', { timeout: 20_000 }, () => {
  const words = ['https://', 'a.', '.', ':', 'a@', 'bank.example/', '中.国', '[', '\u200b', '%', 'x://@:'];
  for (const word of words) {
    const label = `${word.repeat(Math.ceil(500_000 / word.length))}com`;
    expect(read(honestLinks([link(evil, text(label)), text(label)]))).toContain(label);
  }
});

test('names under which there are addresses', () => {
  for (const name of ['com', 'org', 'io', 'рф', '中国', 'xn--p1ai', 'example', 'localhost', 'md'])
    expect(isTopLevelDomain(name), name).toBe(true);
  for (const name of ['', 'js', 'json', 'COM', 'txt', 'exampl', 'документ'])
    expect(isTopLevelDomain(name), name).toBe(false);
});

/** The tree as a plain renderer would show it. */
function seenLinks(document: Document): SeenLinks {
  let shownText = '';
  const links: { from: number; to: number; url: string }[] = [];
  const add = (inlines: readonly Inline[]): void => {
    for (const inline of inlines) {
      if (inline.type === 'break') shownText += '\n';
      else if ('text' in inline) shownText += inline.text;
      else {
        const from = shownText.length;
        add(inline.children);
        if (inline.type === 'link') links.push({ from, to: shownText.length, url: inline.url });
      }
    }
  };
  for (const line of document.blocks.flatMap(linesOf)) {
    add(line);
    shownText += '\n';
  }
  return { text: shownText, links };
}

function linesOf(block: Block): readonly (readonly Inline[])[] {
  if ('children' in block) return [block.children];
  if (block.type === 'quote') return block.blocks.flatMap(linesOf);
  if (block.type === 'list') return block.items.flatMap((item) => item.blocks.flatMap(linesOf));
  return block.type === 'table' ? block.rows.flat() : [];
}

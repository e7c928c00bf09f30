import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { measureDocument } from '../../../adapters/web/measure-document.ts';
import { renderHtml } from '../../../adapters/web/render-html.ts';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';
import { checkHonestLinks, type SeenLinks } from '../../contract/link-spoofing.ts';
import { checkSplits } from '../../contract/splits.ts';
import { elementsOf, type HtmlNode, parseStrict, textOf } from './strict-html.ts';

const runs = 10_000;

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    '</code></pre><b>',
    '&lt;b&gt; &amp; &#x3c; &',
    '<!-- --> <![CDATA[ ]]> <?x?>',
    'javascript:alert(1)',
    '\0\r\n\t\u2028\u202e\u{1f469}\ud800',
    '{{x}} #{y} `z`',
  ),
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
const url = fc.oneof(
  text,
  fc.webUrl(),
  text.map((tail) => `https://example.org/?q=${tail}`),
  text.map((tail) => `javascript:${tail}`),
  text.map((tail) => `java\tscript:${tail}`),
  text.map((tail) => `data:text/html,${tail}`),
  text.map((tail) => `mailto:${tail}@example.org`),
  fc.constantFrom(
    ' https://x.example',
    '//x.example',
    'HTTPS://X.example/"><b>',
    'https://',
    'vbscript:x',
    'file:///etc',
  ),
);

const { block } = fc.letrec<{ inline: Inline; inlines: Inline[]; block: Block; blocks: Block[] }>((tie) => ({
  inline: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constant('text' as const), text }),
    fc.record({ type: fc.constant('code' as const), text }),
    fc.constant({ type: 'break' as const }),
    fc.record({ type: fc.constantFrom('strong', 'emphasis', 'strikethrough'), children: tie('inlines') }),
    fc.record({ type: fc.constant('link' as const), url, children: tie('inlines') }),
  ) as fc.Arbitrary<Inline>,
  inlines: fc.array(tie('inline'), { maxLength: 3 }),
  block: fc.oneof(
    { maxDepth: 3 },
    fc.record({ type: fc.constant('paragraph'), children: tie('inlines') }),
    fc.record({
      type: fc.constant('heading'),
      depth: fc.constantFrom(1, 2, 3, 4, 5, 6),
      children: tie('inlines'),
    }),
    fc.record({ type: fc.constant('code_block'), language: text, text }),
    fc.record({ type: fc.constant('code_block'), text }),
    fc.constant({ type: 'rule' }),
    fc.record({ type: fc.constant('quote'), blocks: tie('blocks') }),
    fc.record({
      type: fc.constant('list'),
      ordered: fc.boolean(),
      start: fc.oneof(fc.integer(), fc.double()),
      items: fc.array(
        fc.oneof(
          fc.record({ blocks: tie('blocks') }),
          fc.record({ checked: fc.boolean(), blocks: tie('blocks') }),
        ),
        { maxLength: 3 },
      ),
    }),
    fc.record({
      type: fc.constant('table'),
      align: fc.array(fc.constantFrom('left', 'center', 'right', 'none'), { maxLength: 3 }),
      rows: fc.array(fc.array(tie('inlines'), { maxLength: 3 }), { maxLength: 3 }),
    }),
  ) as fc.Arbitrary<Block>,
  blocks: fc.array(tie('block'), { maxLength: 3 }),
}));
const document: fc.Arbitrary<Document> = fc.record({ blocks: fc.array(block, { maxLength: 4 }) });

function literal(nodes: readonly (Block | Inline)[]): string {
  return nodes
    .map((node): string => {
      switch (node.type) {
        case 'text':
        case 'code':
        case 'code_block':
          return node.text.replaceAll('\0', '\ufffd');
        case 'break':
          return '\n';
        case 'rule':
          return '';
        case 'quote':
          return literal(node.blocks);
        case 'list':
          return node.items.map((item) => literal(item.blocks)).join('');
        case 'table':
          return node.rows.flat().map(literal).join('');
        default:
          return literal(node.children);
      }
    })
    .join('');
}

const paragraph = (...children: Inline[]): Document => ({ blocks: [{ type: 'paragraph', children }] });
const nested = (levels: number): Block => {
  let inner: Block = { type: 'paragraph', children: [{ type: 'text', text: '<deep>' }] };
  for (let level = 0; level < levels; level += 1) inner = { type: 'quote', blocks: [inner] };
  return inner;
};

describe('answers as HTML', () => {
  test('any document: only our own elements, and exactly its literal text', () => {
    fc.assert(
      fc.property(document, (body) => {
        const nodes = parseStrict(renderHtml(body));
        expect(textOf(nodes)).toBe(literal(body.blocks));
      }),
      { numRuns: runs },
    );
  });

  test('any Markdown: only our own elements, and exactly the text of its tree', () => {
    const markdown = createMarkdown();
    const source = fc
      .array(
        fc.oneof(
          piece,
          fc.constantFrom('# ', '> ', '- ', '1. ', '```', '\n', '\n\n', '**', '[a](', ')', '|', '| - |', '<'),
        ),
        {
          maxLength: 14,
        },
      )
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(source, (words) => {
        const body = markdown.parse(words);
        const nodes = parseStrict(renderHtml(body));
        expect(textOf(nodes)).toBe(literal(body.blocks));
      }),
      { numRuns: runs },
    );
  });

  test('a link is an element for http, https and mailto only, and otherwise its text', () => {
    const hrefs = (address: string): (string | undefined)[] => {
      const nodes = parseStrict(
        renderHtml(paragraph({ type: 'link', url: address, children: [{ type: 'text', text: 'here' }] })),
      );
      expect(textOf(nodes)).toBe('here');
      return elementsOf(nodes).flatMap((node) => (node.name === 'a' ? [node.attributes['href']] : []));
    };
    for (const good of [
      'https://example.org/?a=1&b="<',
      'http://example.org',
      'mailto:a@example.org',
      'HTTPS://example.org',
    ]) {
      expect(hrefs(good)).toEqual([good]);
    }
    for (const bad of [
      'javascript:alert(1)',
      ' https://x',
      'data:text/html,x',
      '//x',
      '/x',
      'https://',
      'file:///x',
      'java\nscript:x',
    ]) {
      expect(hrefs(bad)).toEqual([]);
    }
    const [link] = elementsOf(
      parseStrict(renderHtml(paragraph({ type: 'link', url: 'https://x.example', children: [] }))),
    ).slice(1);
    expect(link?.attributes).toEqual({
      dir: 'auto',
      href: 'https://x.example',
      rel: 'noopener noreferrer nofollow',
      target: '_blank',
    });
  });

  test('every kind of block has its element', () => {
    const body = createMarkdown().parse(
      '# One\n\n### Three\n\nSome *em* **strong** ~~gone~~ `code`\n\n> quote\n\n3. three\n4. four\n\n- [x] done\n- [ ] open\n\n| a | b | c |\n| :- | :-: | -: |\n| 1 | 2 | 3 |\n\n---\n\n```ts\nlet x = "<";\n```',
    );
    expect(renderHtml(body)).toBe(
      '<h3 dir="auto">One</h3><h5 dir="auto">Three</h5>' +
        '<p dir="auto">Some <em>em</em> <strong>strong</strong> <s>gone</s> <code>code</code></p>' +
        '<blockquote><p dir="auto">quote</p></blockquote>' +
        '<ol start="3"><li dir="auto">three</li><li dir="auto">four</li></ol>' +
        '<ul><li class="task" dir="auto"><span class="box checked" role="img" aria-label="Done"></span>done</li>' +
        '<li class="task" dir="auto"><span class="box" role="img" aria-label="Not done"></span>open</li></ul>' +
        '<div class="table" role="region" aria-label="Table" tabindex="0"><table><thead><tr>' +
        '<th scope="col" dir="auto">a</th><th scope="col" class="align-center" dir="auto">b</th><th scope="col" class="align-right" dir="auto">c</th>' +
        '</tr></thead><tbody><tr><td dir="auto">1</td><td class="align-center" dir="auto">2</td><td class="align-right" dir="auto">3</td></tr></tbody></table></div>' +
        '<hr><div class="code" data-language="ts"><pre tabindex="0"><code>let x = &quot;&lt;&quot;;</code></pre></div>',
    );
  });

  test('a language that is no plain word names nothing', () => {
    for (const language of ['"><b>', 'a b', '', 'x'.repeat(41)]) {
      const html = renderHtml({ blocks: [{ type: 'code_block', language, text: 'x' }] });
      expect(html).toBe('<div class="code"><pre tabindex="0"><code>x</code></pre></div>');
    }
  });

  test('no depth is too deep: the text stays', () => {
    for (const levels of [200, 20_000]) {
      const body: Document = { blocks: [nested(levels)] };
      expect(textOf(parseStrict(renderHtml(body)))).toBe('<deep>');
      expect(measureDocument(body)).toBe('<deep>'.length + levels);
    }
    let inline: Inline = { type: 'text', text: 'x' };
    for (let level = 0; level < 20_000; level += 1) inline = { type: 'strong', children: [inline] };
    expect(textOf(parseStrict(renderHtml(paragraph(inline))))).toBe('x');
  });
});

/** What stands on the page, a new line for every element that begins one, and what of it can be clicked. */
function seenOnPage(nodes: readonly HtmlNode[]): SeenLinks {
  const inText = new Set(['a', 'strong', 'em', 's', 'code', 'span']);
  const links: { from: number; to: number; url: string }[] = [];
  let text = '';
  const visit = (node: HtmlNode): void => {
    if (typeof node === 'string') {
      text += node;
      return;
    }
    if (!inText.has(node.name)) text += '\n';
    const from = text.length;
    node.children.forEach(visit);
    const { href } = node.attributes;
    if (href !== undefined) links.push({ from, to: text.length, url: href });
  };
  nodes.forEach(visit);
  return { text, links };
}

test('no link hides where it leads', () => {
  checkHonestLinks((body) => seenOnPage(parseStrict(renderHtml(body))));
});

test('a split breaks nothing', { timeout: 60_000 }, () => {
  checkSplits({ measure: measureDocument, read: (piece) => textOf(parseStrict(renderHtml(piece))) });
});

describe('measure', () => {
  test('counts text, link addresses and one between blocks', () => {
    expect(measureDocument({ blocks: [] })).toBe(0);
    expect(
      measureDocument(
        paragraph({ type: 'text', text: 'abc' }, { type: 'break' }, { type: 'code', text: 'de' }),
      ),
    ).toBe(6);
    expect(
      measureDocument(
        paragraph({ type: 'link', url: 'https://x.example', children: [{ type: 'text', text: 'x' }] }),
      ),
    ).toBe(18);
    expect(measureDocument({ blocks: [{ type: 'rule' }, { type: 'code_block', text: 'abc' }] })).toBe(4);
  });

  test('never throws, and never counts less than the text', () => {
    fc.assert(
      fc.property(document, (body) => {
        expect(measureDocument(body)).toBeGreaterThanOrEqual(literal(body.blocks).length);
      }),
      { numRuns: 1_000 },
    );
  });
});

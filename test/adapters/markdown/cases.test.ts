import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import type { Block } from '../../../core/domain/document.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import { assertDocument } from '../../contract/assert-document.ts';
import { visibleText } from '../../contract/visible-text.ts';

const markdown = createMarkdown();

describe('what is written, and what a person reads', () => {
  test.each<[string, string, string]>([
    ['a tag in a line', 'a <b>c</b> <img src=x onerror=y>', 'a <b>c</b> <img src=x onerror=y>'],
    ['a block of tags', '<div>\n*x*\n</div>', '<div>\n*x*\n</div>'],
    ['a tag around Markdown', '<div>\n\n*x*\n\n</div>', '<div>\n\nx\n\n</div>'],
    ['a script', '<script>alert("1 < 2")</script>', '<script>alert("1 < 2")</script>'],
    [
      'details',
      '<details><summary>S</summary>\n\nbody\n</details>',
      '<details><summary>S</summary>\n\nbody\n\n</details>',
    ],
    ['a comment', 'a <!-- b --> c', 'a <!-- b --> c'],
    ['a comment of lines', '<!--\nnote\n\n*x*\n-->\n\nend', '<!--\nnote\n\n*x*\n-->\n\nend'],
    ['a processing instruction', '<?php echo 1; ?>', '<?php echo 1; ?>'],
    ['a line ending as a tag', 'a<br>b<BR/>c<br />d', 'a\nb\nc\nd'],
    ['a line ending as a tag in a cell', '| a |\n| - |\n| b<br>c |', 'a\n---\nb c'],
    ['a line ending as text', '`<br>` and \\<br>', '<br> and <br>'],
    ['named entities', '&copy; &amp; &lt;b&gt; &nbsp;x &hearts;', '© & <b> \u00a0x ♥'],
    ['numeric entities', '&#35; &#x23; &#60;!channel&#62; &#0;', '# # <!channel> \ufffd'],
    ['entities of entities', '&amp;lt;b&amp;gt; &amp;amp;', '&lt;b&gt; &amp;'],
    ['no entities', '&nonsense; &copy &#xZZ; AT&T', '&nonsense; &copy &#xZZ; AT&T'],
    ['entities in code', '`&lt;` and\n\n    &amp;', '&lt; and\n\n```\n&amp;\n```'],
    ['entities that would be markup', '&#42;x&#42; &#91;a&#93;(b) &#96;c&#96;', '*x* [a](b) `c`'],
    [
      'a reference link',
      '[a][r], [r][], [r]\n\n[r]: https://x.org "t"',
      'a (https://x.org/), r (https://x.org/), r (https://x.org/)',
    ],
    ['a reference to nothing', '[a][r] and [b]', '[a][r] and [b]'],
    ['a reference to a bad address', '[a][r]\n\n[r]: javascript:x', 'a'],
    ['a definition alone', '[r]: https://x.org', ''],
    ['an autolink', '<https://x.org/a_b*c*>', 'https://x.org/a_b*c*'],
    ['a mail autolink', '<a@x.org>', 'a@x.org'],
    [
      'bare addresses',
      'https://x.org/a_b, www.x.org/(y). a.b@x.org!',
      'https://x.org/a_b, www.x.org/(y). a.b@x.org!',
    ],
    ['other schemes', '<tel:123> <ftp://x.org/> <javascript:x>', 'tel:123 ftp://x.org/ javascript:x'],
    ['an address with a name', 'https://ada:secret@x.org/', 'https://ada:secret@x.org/ (https://x.org/)'],
    [
      'brackets and parentheses',
      '[a [b] c](https://x.org/(y)) [d\\]](<https://x.org/ z>)',
      'a [b] c (https://x.org/(y)) d] (https://x.org/%20z)',
    ],
    ['a link without words', '[](https://x.org)', 'https://x.org/'],
    [
      'a link that nobody sees',
      '[\u200b](https://x.org) [&#x2060;&nbsp;](https://x.org)',
      'https://x.org/ https://x.org/',
    ],
    ['a link in emphasis', '**[a](https://x.org)**', 'a (https://x.org/)'],
    [
      'footnotes',
      'x[^1] y[^2]\n\n[^1]: one\n[^2]: two\n    more',
      'x[^1] y[^2]\n\n[^1]: one\n\n[^2]: two\nmore',
    ],
    ['an image', '![alt *text*](https://x.org/i.png "t")', 'alt text (https://x.org/i.png)'],
    ['an image without words', '![](https://x.org/i.png)', 'https://x.org/i.png'],
    ['an image inside', '![alt](data:image/png;base64,AA)', 'alt'],
    ['an image by reference', '![alt][i]\n\n[i]: https://x.org/i.png', 'alt (https://x.org/i.png)'],
    ['an image in a link', '[![alt](https://x.org/i.png)](https://y.org)', 'alt (https://y.org/)'],
    ['math', 'So $a_1 \\cdot b_2$ and $$x^2 * y$$', 'So $a_1 \\cdot b_2$ and $$x^2 * y$$'],
    ['math in brackets', '\\(a_1\\) and \\[b\\]', '(a_1) and [b]'],
    ['money', 'It costs $5 or $10, not ~3~.', 'It costs $5 or $10, not ~3~.'],
    ['words with marks in them', 'snake_case_name 2*3*4 a~~b~~c __init__', 'snake_case_name 234 abc init'],
    ['escapes', '\\*a\\* \\_b\\_ \\# \\[c](d) \\`e\\`', '*a* _b_ # [c](d) `e`'],
    ['pipes in cells', '| a \\| b | `c \\| d` |\n| - | - |', 'a | b | c | d\n------+------'],
    ['cells without words', '| a | |\n| - | - |\n| | b |', 'a |\n--+--\n  | b'],
    [
      'markup in cells',
      '| **a** | ~~b~~ [c](https://x.org) |\n| - | - |',
      'a | b c (https://x.org/)\n--+---------------------',
    ],
    ['no table', '| a | b |\n| c | d |', '| a | b |\n| c | d |'],
    ['a heading of two kinds', '# a #\n\nb\n---\n\n#c', 'a\n\nb\n\n#c'],
    ['rules', '***\n\n- - -', '---\n\n---'],
    ['lazy quotes', '> a\nb\n\nc', '> a\n> b\n\nc'],
    ['a fence of tildes', '~~~js\na\n~~~', '```js\na\n```'],
    ['an open fence', '```\na', '```\na\n```'],
    ['a fence that is no fence', '``` a`b', '``` a`b'],
    ['reordering characters', 'a\u202eb\u202c &#x2066;c&#x2069; `\u202dd` \u200fe', 'ab c d \u200fe'],
    ['reordering characters in code', '```\na\u202eb\n```', '```\nab\n```'],
  ])('%s', (_, source, expected) => {
    const document = markdown.parse(source);
    assertDocument(document);
    expect(plainText(document)).toBe(expected);
  });
});

describe('depth', () => {
  const depthOf = (blocks: readonly Block[]): number => {
    const inner = blocks.map((block) => {
      if (block.type === 'quote') return 1 + depthOf(block.blocks);
      return block.type === 'list' ? 1 + depthOf(block.items.flatMap((item) => item.blocks)) : 0;
    });
    return Math.max(0, ...inner);
  };

  test('quotes and lists keep their levels down to a hundred, and their words below', () => {
    for (const levels of [1, 10, 50, 99, 100, 150]) {
      const quotes = markdown.parse(`${'> '.repeat(levels)}deep`);
      assertDocument(quotes);
      expect(depthOf(quotes.blocks)).toBe(Math.min(100, levels));
      expect(visibleText(quotes)).toContain('deep');
    }
    for (const levels of [1, 10, 30]) {
      const lists = markdown.parse(
        Array.from({ length: levels }, (_, level) => `${'  '.repeat(level)}- l${level}`).join('\n'),
      );
      assertDocument(lists);
      expect(depthOf(lists.blocks)).toBe(levels);
      expect(visibleText(lists)).toContain(`l${levels - 1}`);
    }
  });
});

describe('a megabyte', () => {
  const size = 1_000_000;
  const repeated = (part: string): string => part.repeat(Math.ceil(size / part.length));

  test.each<[string, string]>([
    ['of words', repeated('some words, and more of them. ')],
    ['of paragraphs', repeated('A paragraph with **bold** and `code` and [a link](https://x.org/a).\n\n')],
    ['of one word', repeated('x')],
    ['of a code block', `\`\`\`\n${repeated('const a = 1;\n')}\`\`\``],
    ['of table rows', `| a | b |\n| - | - |\n${repeated('| c | [d](https://x.org) |\n')}`],
    ['of list items', repeated('- item\n')],
    ['of lists in lists', repeated('- item\n  - inner\n')],
    ['of items in one item', `- item\n${repeated('  - inner\n    - deep\n')}`],
    ['of quotes', repeated('> said\n')],
    ['of tags', repeated('<b>x</b>')],
    ['of entities', repeated('&amp;')],
    ['of addresses', repeated('https://x.org/a ')],
    ['of deceptive links', repeated('[bank.example](https://evil.example) ')],
    ['of one link', `[${repeated('bank.')}example](https://evil.example)`],
    ['of at signs', repeated('@everyone ')],
    ['of overrides', repeated('\u202ea')],
  ])('%s is read whole', { timeout: 60_000 }, (_, source) => {
    const document = markdown.parse(source);
    expect(document.blocks.length).toBeGreaterThan(0);
    expect(plainText(document).length).toBeGreaterThan(size / 10);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinLists } from '../../../adapters/markdown/join-lists.ts';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { parseSegment } from '../../../adapters/markdown/parse-segment.ts';
import { segments } from '../../../adapters/markdown/segments.ts';
import { markdownish } from '../../contract/markdownish.ts';

/** Structures that go on over blank lines, where a wrong cut would show. */
const lines = fc
  .array(
    fc.constantFrom(
      '',
      '',
      '',
      'text',
      'more',
      '- item',
      '  inner',
      '    deep',
      '10. ten',
      '1. one',
      '> quote',
      '>',
      '# head',
      '```',
      '```',
      '   ```',
      '  ```',
      '    ```',
      '      ```',
      '````',
      '~~~',
      '- ```',
      '> ```',
      '1. ~~~',
      '- - ```',
      '   - ```',
      '<div>',
      '<!--',
      '-->',
      '<pre>',
      '</pre>',
      '  <!--',
      '- <!--',
      '| a |',
      '|-|',
      '---',
      '===',
      '\t```',
      '\tcode',
      ' ',
      '*a',
      'b*',
      '`',
      '``` x`y',
      '```js',
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join('\n'));

describe('segments', () => {
  test('cut between blocks at the margin', () => {
    expect(segments('a\nb\n\nc\n\n\n```\nx\n\ny\n```\n\nd')).toEqual([
      'a\nb\n\n',
      'c\n\n\n',
      '```\nx\n\ny\n```\n\n',
      'd',
    ]);
    expect(segments('1. a\n\n   ```\n   x\n\n   y\n   ```\n\n2. b\n\nafter')).toHaveLength(2);
  });

  test('joined they are the text', () => {
    fc.assert(
      fc.property(fc.oneof(lines, markdownish), (source) => {
        expect(segments(source).join('')).toBe(source);
      }),
      { numRuns: 10_000 },
    );
  });

  test('long lists are cut between items, and put together again as they were', { timeout: 60_000 }, () => {
    const others = ['lazy', '', '---', '| a |', '# h', 'text', '- [x] done'];
    const bullets = [
      '- a',
      '- b c',
      '  more',
      '  - inner',
      '    - deep',
      '  > said',
      '  ```',
      '- ```',
      '* star',
    ];
    const numbers = ['1. one', '2. two', '7) seven', '   - in one', '   more', '   ```', '1. ```'];
    const linesOf = (own: readonly string[]) =>
      fc.array(fc.constantFrom(...own, ...others), { maxLength: 14 });
    const listLines = fc.oneof(linesOf(bullets), linesOf(numbers)).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(listLines, (source) => {
        expect(segments(source, 1).join('')).toBe(source);
        expect(joinLists(segments(source, 1), parseSegment)).toEqual(parseSegment(source));
      }),
      { numRuns: 2_000 },
    );
  });

  test('cutting changes no meaning', { timeout: 120_000 }, () => {
    const markdown = createMarkdown();
    fc.assert(
      fc.property(fc.oneof(lines, markdownish), (source) => {
        const text = source.replaceAll('\r\n', '\n').replaceAll(']:', ']');
        // After indented code the parser misreads lists that could not interrupt a paragraph: those that begin with
        // another number than 1, and those that begin with an empty item.
        const hasIndentedCode = /^(?: {4}| {0,3}\t)/m.test(text);
        const hasSuchList = /^ {0,3}(?:(?!1[.)])\d+[.)]|(?:(?:[-*+]|\d+[.)])[ \t]*)+$)/m.test(text);
        fc.pre(!(hasIndentedCode && hasSuchList));
        expect(markdown.parse(text).blocks).toEqual(
          parseSegment(text.replace(/^\uFEFF/, '').replaceAll('\uFDD0', '')),
        );
      }),
      { numRuns: 10_000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { displayWidth } from '../../../core/domain/display-width.ts';
import { largestFit } from '../../../core/domain/largest-fit.ts';
import { nearest } from '../../../core/domain/nearest.ts';
import { plainText } from '../../../core/domain/plain-text.ts';
import { checkHonestLinks } from '../../contract/link-spoofing.ts';
import { checkSplits } from '../../contract/splits.ts';
import { visibleText } from '../../contract/visible-text.ts';
import { anyDocument } from './document-arbitrary.ts';

const plain = (markdown: string): string => plainText(createMarkdown().parse(markdown));

describe('plain text', () => {
  test('shows no markup of text', () => {
    expect(plain('# Title\n\na **b** _c_ ~~d~~ `e`\nnext')).toBe('Title\n\na b c d e\nnext');
    expect(plain('')).toBe('');
  });

  test('links with their address, unless they are their address', () => {
    expect(plain('[here](https://x.org/a), https://x.org/b, www.x.org, <mailto:a@x.org>, a@x.org')).toBe(
      'here (https://x.org/a), https://x.org/b, www.x.org, mailto:a@x.org, a@x.org',
    );
  });

  test('lists with markers, numbers, boxes and nesting', () => {
    expect(plain('9. a\n10. b\n    - c\n      d\n    - [x] e\n\n      f\n    - [ ] g')).toBe(
      '9. a\n10. b\n    - c\n      d\n    - [x] e\n\n      f\n    - [ ] g',
    );
  });

  test('quotes and code', () => {
    expect(plain('> a\n>\n> b\n> > c\n\n---\n\n```ts\nconst a = 1;\n\n  b();\n```')).toBe(
      '> a\n>\n> b\n>\n> > c\n\n---\n\n```ts\nconst a = 1;\n\n  b();\n```',
    );
    expect(plain('~~~\n```\ninner\n```\n~~~')).toBe('````\n```\ninner\n```\n````');
  });

  test('tables are aligned by what is seen', () => {
    expect(
      plain('| a | right | mid |\n|-|-:|:-:|\n| 中文 | 1 | x |\n| 👍🏽 e\u0301 | 22 | [l](https://x.org) |'),
    ).toBe(
      [
        'a    | right |        mid',
        '-----+-------+-------------------',
        '中文 |     1 |         x',
        '👍🏽 e\u0301 |    22 | l (https://x.org/)',
      ].join('\n'),
    );
  });

  test('no link hides where it leads: every address is written out', () => {
    checkHonestLinks((document) => ({ text: plainText(document), links: [] }));
    expect(plain('[bank.example](https://evil.example)')).toBe('bank.example (https://evil.example/)');
  });

  test('a split breaks nothing, every fence is closed by one of its length', { timeout: 60_000 }, () => {
    checkSplits({
      measure: (body) => plainText(body).length,
      read: (piece) => {
        const text = plainText(piece);
        for (const block of piece.blocks) {
          if (block.type !== 'code_block') continue;
          const lines = plainText({ blocks: [block] }).split('\n');
          const fence = /^`+/.exec(lines[0] ?? '')?.[0] ?? '';
          expect(fence.length).toBeGreaterThanOrEqual(3);
          expect(lines.at(-1)).toBe(fence);
          expect(lines.slice(1, -1).some((line) => line.trimStart().startsWith(fence))).toBe(false);
        }
        return text;
      },
    });
  });

  test('holds every word of any document, without trailing blanks', { timeout: 60_000 }, () => {
    const squeezed = (text: string): string => text.replaceAll(/\s+/g, '');
    fc.assert(
      fc.property(anyDocument, (document) => {
        const text = plainText(document);
        expect(text).not.toMatch(/[ \t]$/m);
        let at = 0;
        const shown = squeezed(text);
        for (const line of visibleText(document).split('\n')) {
          const found = shown.indexOf(squeezed(line), at);
          // A link's address may stand in the middle of its line.
          if (JSON.stringify(document).includes('"link"')) continue;
          expect(found).toBeGreaterThanOrEqual(at);
          at = found + squeezed(line).length;
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('display width counts columns', () => {
  for (const [text, width] of [
    ['abc', 3],
    ['', 0],
    ['中文', 4],
    ['한국', 4],
    ['e\u0301', 1],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['a\u200Bb', 2],
    ['é', 1],
  ] as const)
    expect([text, displayWidth(text)]).toEqual([text, width]);
});

test('the largest fit is found, without asking far beyond it', () => {
  fc.assert(
    fc.property(fc.nat({ max: 5_000 }), fc.nat({ max: 5_000 }), (limit, most) => {
      let asked = 0;
      const found = largestFit(limit, (n) => {
        asked = Math.max(asked, n);
        return n <= most;
      });
      expect(found).toBe(Math.min(limit, most));
      expect(asked).toBeLessThanOrEqual(Math.max(1, 2 * found));
    }),
  );
});

describe('nearest', () => {
  const names = ['help', 'status', 'skill list', 'skill show', 'stop'];

  test.each([
    ['stauts', 'status'],
    ['Status', 'status'],
    ['skill_lst', 'skill list'],
    ['skilshow', 'skill show'],
    ['hepl', 'help'],
    ['stp', 'stop'],
  ])('%j is near %j', (text, wanted) => {
    expect(nearest(text, names)).toBe(wanted);
  });

  test.each(['', ' - ', 'weather', 'x'.repeat(1_000), 'sk'])('%j is near none', (text) => {
    expect(nearest(text, names)).toBeUndefined();
  });
});

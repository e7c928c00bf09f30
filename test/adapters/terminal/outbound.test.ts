import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { footnoteOf, plainText, settledText } from '../../../adapters/terminal/outbound.ts';

const { parse } = createMarkdown();

const answer = `# Title

Some **bold** and \`code\` and a [link](https://example.org/x).

1. one
   - inner
2. two

> quoted
> lines

\`\`\`ts
const a = 1;

const b = 2;
\`\`\`

| name | count |
| --- | --- |
| apples | 12 |

---

- [x] done
- [ ] open
`;

describe('plain text', () => {
  test('every kind of block is readable without markup', () => {
    expect(plainText(parse(answer))).toBe(`Title

Some bold and \`code\` and a link (https://example.org/x).

1. one
   - inner
2. two

> quoted
> lines

    const a = 1;

    const b = 2;

name   | count
-------+------
apples | 12

--------------------

- [x] done
- [ ] open`);
  });

  test('nothing that a terminal obeys gets through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const shown = plainText({
          blocks: [
            { type: 'paragraph', children: [{ type: 'text', text: `${text}\u001b]0;x\u0007\u009b2J` }] },
          ],
        });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters in question
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      }),
      { numRuns: 10_000 },
    );
  });

  test('the footnote names the skills, or there is none', () => {
    expect(footnoteOf(undefined)).toBeUndefined();
    expect(footnoteOf({ model: 'm', skills: [] })).toBeUndefined();
    expect(
      footnoteOf({
        model: 'm',
        skills: [{ name: 'plan-a-trip', version: 1, score: 0.8312, because: ['trip'] }],
      }),
    ).toBe('skills: plan-a-trip (0.83); /why tells more');
  });
});

describe('text that still grows', () => {
  test('whatever the cuts, what was settled stays a beginning of the final text of an ordinary answer', () => {
    const whole = plainText(parse(answer));
    fc.assert(
      fc.property(fc.nat(answer.length), (cut) => {
        const settled = settledText(parse(answer.slice(0, cut)));
        expect(whole.startsWith(settled), `${cut}: ${JSON.stringify(settled)}`).toBe(true);
      }),
      { numRuns: answer.length * 4 },
    );
  });

  test('plain words are settled up to the last whole one', () => {
    expect(settledText(parse('The answer is for'))).toBe('The answer is');
    expect(settledText(parse('Done.\n\nNext'))).toBe('Done.');
    expect(settledText(parse('maybe **bo'))).toBe('maybe');
    expect(settledText(parse(''))).toBe('');
  });
});

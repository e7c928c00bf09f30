import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queryTerms } from '../../../core/skills/query-terms.ts';
import { queryText } from '../../../core/skills/query-text.ts';

const words = (text: string): string => queryText(text).replaceAll(/\s+/g, ' ');

describe('queryText', () => {
  test.each([
    ['fenced code', 'fix this\n```sql\nSELECT secret\n```\nplease', 'fix this please'],
    ['a fence of tildes', 'a\n~~~\nsecret\n~~~\nb', 'a b'],
    ['a fence never closed', 'why?\n```\nsecret\nsecret', 'why?'],
    ['a fence inside a line', 'why ```secret``` fails', 'why fails'],
    ['a longer fence around a shorter one', 'a\n````\n```\nsecret\n```\n````\nb', 'a b'],
    ['inline code', 'what does `rm -rf secret` do', 'what does do'],
    ['inline code with two ticks', 'what does ``a ` secret`` do', 'what does do'],
    ['quoted lines', '> secret\n>> secret\nI agree', 'I agree'],
    ['quoted lines as entities', '&gt; secret\nI agree', 'I agree'],
    ['mail quotes', 'I agree\nOn Monday, 5 Jan 2026, Anna wrote:\n> secret', 'I agree'],
    ['user mentions', '<@U0SECRET> <@!123> @anna.b can you', 'can you'],
    ['channel mentions', 'see <#C0SECRET|secret> and <!channel> <!subteam^S1|secret>', 'see and'],
    ['dates and custom emoji', 'at <t:1700000000:R> <:secret:123> <a:secret:1>', 'at'],
    ['emoji names', 'great :tada: work :+1:', 'great work'],
    ['an emoji name in brackets', 'great {:tada:} work', 'great { } work'],
    ['links', 'read https://example.com/secret?q=secret and www.secret.org', 'read and'],
    [
      'links with words',
      'read <https://example.com/secret|the report> and [the plan](https://x.y/secret)',
      'read the report and the plan',
    ],
    ['a link without an address', 'read [the plan](secret/plan.md)', 'read the plan'],
    ['an address without a scheme', 'see WWW.secret.org now', 'see now'],
    ['mail addresses', 'write to secret@example.com now', 'write to now'],
    ['an envelope', '[general 2026-11-22 09:20 Secret Person] what now', 'what now'],
    ['gateway metadata', 'Sender (untrusted metadata):\n{\n  "name": "secret"\n}\nwhat now', 'what now'],
    ['mail headers', 'From: secret\nTo: secret\nSubject: secret\n\nwhat now', 'what now'],
  ])('takes out %s', (_, message, left) => {
    expect(words(message)).toBe(left);
  });

  test.each([
    'compare a <-> b and 3 < 4 > 2',
    'ratio 3:4:5 at 10:40',
    'the log of 10:30:45 and a:bc:d',
    'is 5 * 3 == 15?',
    'we met @ noon',
    'TypeError: x is not a function',
    '[urgent] please help',
    "it's fine",
    'a ` b',
  ])('leaves %s alone', (message) => {
    expect(queryText(message)).toBe(message);
  });

  test('a message of nothing else is empty', () => {
    expect(queryText('<@U1> ```\ncode\n```\n> quote\nhttps://example.com')).toBe('');
    expect(queryTerms('')).toEqual([]);
  });

  test('a very long message keeps its beginning and its end, and code across the cut stays out', () => {
    const message = `summarise\n\`\`\`\n${'secret '.repeat(5_000)}\n\`\`\`\nfor the board`;
    expect(words(message)).toBe('summarise for the board');
    const prose = queryText(`first ${'filling '.repeat(5_000)} last`);
    expect(prose.length).toBeLessThanOrEqual(8_001);
    expect(prose).toMatch(/^first .* last$/s);
  });

  test('never throws and never grows', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '```',
        '~~~',
        '`',
        '``',
        '\n',
        '> ',
        '<@',
        '<',
        '>',
        '[',
        '](',
        ')',
        '@',
        ':',
        '{',
        '}',
        'https://',
        ' (metadata):',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const message = pieces.join('');
        expect(queryText(message).length).toBeLessThanOrEqual(message.length + 2 * pieces.length);
      }),
      { numRuns: 10_000 },
    );
  });

  test.each(['```\n', '`', '<', '[', '> ', '@', ':a', '~~~', 'On x', '[1', 'A (metadata):\n{'])(
    'a message of nothing but "%s" does not blow up',
    (unit) => {
      expect(queryText(unit.repeat(40_000)).length).toBeLessThanOrEqual(8_100);
    },
  );
});

describe('queryTerms', () => {
  test('gives each term once, as first written', () => {
    expect(queryTerms('Review the reviews: REVIEW')).toEqual([
      { term: 'review', surface: 'Review', focus: 1 },
    ]);
  });

  test('trusts the middle of a long message less than its edges', () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    const filling = Array.from({ length: 200 }, (_, at) => `${letters[at % 26]}q${letters[(at / 26) | 0]}zk`);
    const terms = queryTerms(`translate ${filling.join(' ')} agenda`);
    const focus = new Map(terms.map((term) => [term.surface, term.focus]));
    expect(focus.get('translate')).toBe(1);
    expect(focus.get('agenda')).toBe(1);
    expect(focus.get(filling[100] ?? '')).toBeLessThan(0.5);
    const repeated = queryTerms(`${filling.join(' ')} ${filling[100]}`);
    expect(repeated.find(({ surface }) => surface === filling[100])?.focus).toBe(1);
  });
});

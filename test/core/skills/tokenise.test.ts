import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stemEnglish } from '../../../core/skills/stem-english.ts';
import { eachTerm, foldWord, termsOf } from '../../../core/skills/tokenise.ts';

describe('terms', () => {
  test.each([
    ['the forms of one word are one term', 'summarise summarises summarised summarising summarize', 1],
    ['singular and plural', 'query queries, box boxes, class classes, message messages', 4],
    ['verbs with doubled letters', 'plan planned planning', 1],
    ['noun and verb', 'translate translation translating', 1],
    ['case and diacritics', 'Résumé resume RESUME', 1],
    ['full width letters', 'ＳＱＬ sql', 1],
    ['German sharp s', 'Straße STRASSE', 1],
    ['together and apart', 'set up, set-up, setup', 1],
    ['with hyphen and without', 'e-mail email', 1],
    ['per cent as a sign and as a word', '17% percent', 1],
    ['names with signs stay apart', 'C++ C# column', 3],
  ])('%s', (_, text, count) => {
    const terms = new Set(termsOf(text).filter((term) => !/^\d+$/.test(term)));
    expect([...terms]).toHaveLength(count);
  });

  test.each(['news new', 'test contest', 'git digit', 'row grow', 'api capital', 'process princess'])(
    'different words stay different: %s',
    (text) => {
      const [first = '', second = ''] = text.split(' ');
      expect(stemEnglish(first)).not.toBe(stemEnglish(second));
    },
  );

  test.each([
    'hello there',
    'thanks!',
    'ok cool',
    'what is up',
    "I don't know, it's all right",
    '1 22 a b',
    '… !? \u{1f44d}',
  ])('small talk and signs give none: %s', (text) => {
    expect(termsOf(text)).toEqual([]);
  });

  test('scripts without blanks give pairs', () => {
    expect(termsOf('東京都')).toEqual(['東京', '京都']);
    expect(termsOf('水')).toEqual(['水']);
    expect(termsOf('SQL文を書く')).toEqual(['sql', '文を', 'を書', '書く']);
    expect(termsOf('번역해')).toEqual(['번역', '역해']);
  });

  test('keeps the word as it stands in the text', () => {
    const seen: [string, string][] = [];
    eachTerm('Reviewing Café rows', (term, surface) => seen.push([term, surface]));
    expect(seen).toEqual([
      ['review', 'Reviewing'],
      ['cafe', 'Café'],
      ['row', 'rows'],
    ]);
  });

  test('other scripts keep their vowel signs', () => {
    expect(foldWord('हिन्दी')).toBe('हिन्दी'.normalize('NFKD'));
    expect(termsOf('Überprüfung привет')).toEqual(['uberprufung', 'привет']);
  });

  test('words too long to be words are left out', () => {
    expect(termsOf(`${'x'.repeat(41)} ${'z'.repeat(40)}`)).toEqual(['z'.repeat(40)]);
  });

  test('any text gives terms without blanks, each from a piece of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        eachTerm(text, (term, surface) => {
          expect(term).toMatch(/^\S+$/u);
          expect(text.normalize('NFKC') + text).toContain(surface);
        });
      }),
      { numRuns: 10_000 },
    );
  });

  test('a stem has at least three letters, or is the word', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,14}$/), (word) => {
        const stem = stemEnglish(word);
        expect(stem === word || stem.length >= 3).toBe(true);
        expect(stem.length).toBeLessThanOrEqual(word.length);
      }),
      { numRuns: 10_000 },
    );
  });
});

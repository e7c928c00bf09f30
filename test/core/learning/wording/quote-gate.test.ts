import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteRefusal } from '../../../../core/learning/wording/quote-gate.ts';
import { indexSaid, type SaidWords } from '../../../../core/learning/wording/said-index.ts';

const old = 'You help people in a kitchen of Paris.\nAnswer in one line.';
const told = 'Remember that Bob Miller was let go because he drinks, and that Ann Weber earns 5,200 euros.';

const refusal = (line: string, said: Partial<SaidWords>): string | undefined =>
  quoteRefusal(old, `${old}\n${line}`, indexSaid({ requests: [], others: [], people: [], ...said }));

describe('what was said', () => {
  const around = ['How much flour for a cake?', 'Rice, say.', 'The unit is missing.'];

  test.each([
    told,
    'Bob Miller drinks.',
    'Say that Bob was let go.',
    'Never trust miller with wine.',
    'Weber earns well.',
    'Somebody earns 5.200 a month.',
  ])('is not carried into a text: %s', (line) => {
    expect(refusal(line, { others: [...around, told] })).toBeDefined();
    expect(refusal(line, { requests: [...around, told] })).toBeDefined();
  });

  test('is no matter as a general rule', () => {
    for (const line of [
      'Give the unit with every number.',
      'Do not speak of people who are not here.',
      'Say which flour, and how much of it, in grams.',
      'Remember what is asked in the talk.',
    ]) {
      expect(refusal(line, { requests: around, others: [told] })).toBeUndefined();
    }
  });

  test('is told by five telling words in a row, whatever stands between and in whatever form', () => {
    const others = ['grandmother did hide silver spoons below floorboards near the stove.'];
    expect(
      refusal('Know: grandmothers hide the silver spoon of hers below the floorboard.', { others }),
    ).toMatch(/by heart/);
    expect(refusal('A grandmother may hide silver spoons anywhere.', { others })).toBeUndefined();
  });

  test('is told by more in a row where there are no blanks', () => {
    const others = ['数字には必ず単位を付けて下さいね'];
    expect(refusal('値には必ず単位を付ける', { others })).toBeUndefined();
    expect(refusal('数字には必ず単位を付けて下さい', { others })).toMatch(/by heart/);
  });

  test('may stand where it stood before', () => {
    const persona = ['You help people in a kitchen of Paris, answer in one line.'];
    expect(
      quoteRefusal(old, `${old}\nBe kind.`, indexSaid({ requests: [], others: persona, people: [] })),
    ).toBe(undefined);
    const others = [...around, 'Tell us of Paris and of Rome, in 1998.'];
    expect(refusal('Speak of Paris.', { others })).toBeUndefined();
    expect(refusal('Speak of Rome.', { others })).toMatch(/name/);
    const said = indexSaid({ requests: [], others, people: [] });
    expect(quoteRefusal('Since 1998.', 'Since 1998. Be kind.', said)).toBeUndefined();
    expect(quoteRefusal('Since then.', 'Since 1998. Be kind.', said)).toMatch(/figure/);
  });
});

describe('names', () => {
  test('of people of the talk are kept out, in parts and in small letters', () => {
    const people = ['Zoë Østby', 'kim_lee'];
    for (const line of ['Greet Zoë first.', 'greet østby last.', 'Kim knows.', 'Ask lee.']) {
      expect(refusal(line, { people })).toMatch(/name/);
    }
    expect(refusal('Greet all.', { people })).toBeUndefined();
  });

  test('that are words of any talk keep none out', () => {
    expect(refusal('Answer the question with a number.', { people: ['The Number', 'Answer Will'] })).toBe(
      undefined,
    );
  });

  test('of whoever is mentioned are kept out', () => {
    expect(refusal('Ask quentin.', { others: ['so says @quentin today'] })).toMatch(/name/);
    expect(refusal('Ask Doe.', { others: ['so says @j.doe.'] })).toMatch(/name/);
  });

  test('are no words that begin a sentence, that stand with small letters too, or that name a language', () => {
    const others = [
      'Flour is missing. Units please! Always give Sums.',
      'No sums. Please speak German, or send JSON.',
    ];
    for (const line of [
      'Flour first.',
      'Give sums.',
      'Speak German.',
      'Units go with each number as JSON.',
    ]) {
      expect(refusal(line, { others })).toBeUndefined();
    }
  });

  test('are known in long answers too, of which each holds one somewhere', () => {
    const others = [
      'We baked it up in Bergen. The dough was soft and warm. It took an hour. Then we ate it all.',
    ];
    expect(refusal('Speak of Bergen.', { others })).toMatch(/name/);
  });

  test('are two in a row where every noun has a capital', () => {
    const others = [
      'Wie viel Mehl kommt in den Kuchen?',
      'Bitte nenne immer die Einheit dazu.',
      'Da fehlt schon wieder die Zahl.',
      'Und sag nie, dass Bernd Müller trinkt.',
    ];
    expect(refusal('Nenne bei jeder Zahl die Einheit.', { others })).toBeUndefined();
    expect(refusal('Sprich nicht von Bernd Müller.', { others })).toMatch(/name/);
  });
});

describe('figures', () => {
  test('of money, shares and four digits are kept out, however they are parted', () => {
    const others = ['she earns 5,200 euros, 12% more, since 1998, and owes $30 to him'];
    for (const line of [
      'Say 5200.',
      'Say €5.200.',
      'It was 12 %.',
      'In 1998.',
      'Ask for 30 dollars.',
      'Ask for $30.',
    ]) {
      expect(refusal(line, { others })).toMatch(/figure/);
    }
    for (const line of ['Say 5,300 euros.', 'At most 12 lines.', 'At most 30 words.']) {
      expect(refusal(line, { others })).toBeUndefined();
    }
  });
});

test('a sentence that was said never stands in a text, whatever is around it', () => {
  const words = fc.constantFrom('butter', 'oven', 'pepper', 'basil', 'kettle', 'ladle', 'saffron', 'thyme');
  const sentence = fc.array(words, { minLength: 5, maxLength: 9 }).map((some) => some.join(' '));
  fc.assert(
    fc.property(sentence, fc.array(words, { maxLength: 4 }), (said, before) => {
      expect(refusal([...before, said].join(' '), { others: [said] })).toBeDefined();
    }),
  );
});

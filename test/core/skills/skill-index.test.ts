import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SkillText } from '../../../core/domain/skill.ts';
import { queryTerms } from '../../../core/skills/query-terms.ts';
import { createSkillIndex, type IndexMatch, type SkillIndex } from '../../../core/skills/skill-index.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';

function indexOf(...skills: readonly SkillText[]): SkillIndex {
  const index = createSkillIndex();
  for (const skill of skills) index.put(skill);
  return index;
}

const find = (index: SkillIndex, text: string, limit = 10): readonly IndexMatch[] =>
  index.find(queryTerms(text), limit);
const names = (index: SkillIndex, text: string): readonly string[] =>
  find(index, text).map(({ name }) => name);

const vocabulary = 'invoice ledger tomato garden rocket engine piano violin glacier harbour'.split(' ');
const textFor = (seed: readonly number[]): string =>
  seed.map((at) => vocabulary[at % vocabulary.length]).join(' ');

describe('what is found', () => {
  const index = indexOf(
    sampleText('garden-care', {
      description: 'Waters tomatoes.',
      triggers: ['prune roses'],
      body: 'Mind the snails.',
    }),
    sampleText('book-keeping', {
      description: 'Books invoices.',
      triggers: ['ledger'],
      body: 'Round per line.',
    }),
    sampleText('piano-lessons', {
      description: 'Plans practice.',
      triggers: ['scales'],
      body: 'Start slowly.',
    }),
  );

  test.each([
    ['name', 'something for my garden', 'garden-care'],
    ['description', 'do tomatoes need shade', 'garden-care'],
    ['triggers', 'roses', 'garden-care'],
    ['body', 'snails everywhere', 'garden-care'],
    ['another form of a word', 'invoicing a client', 'book-keeping'],
  ])('is found by its %s', (_, text, name) => {
    expect(names(index, text)).toEqual([name]);
  });

  test('a word of the name, description or triggers counts more than one of the body', () => {
    const score = (text: string): number => find(index, text)[0]?.score ?? 0;
    for (const text of ['garden', 'tomatoes', 'roses'])
      expect(score(text)).toBeGreaterThan(score('snails') * 1.5);
  });

  test('nothing is found for words that no skill has, for small talk, and in an empty index', () => {
    expect(find(index, 'quantum chromodynamics')).toEqual([]);
    expect(find(index, 'hello there, how are you?')).toEqual([]);
    expect(find(index, '')).toEqual([]);
    expect(find(createSkillIndex(), 'garden')).toEqual([]);
  });

  test('the limit holds and equal scores go by name', () => {
    const twins = indexOf(
      ...['c', 'a', 'd', 'b'].map((name) => sampleText(name, { description: 'violin', body: '' })),
    );
    expect(find(twins, 'violin', 3).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(find(twins, 'violin', 0)).toEqual([]);
  });

  test('because: the own words of the person, the most telling first', () => {
    const [match] = find(index, 'Rounded snails, said my Gardener about Tomatoes and ROSES near the Ledger');
    expect(match?.name).toBe('garden-care');
    expect(match?.because).toEqual(['ROSES', 'Tomatoes', 'snails']);
  });

  test('every score lies between 0 and 1, and more matching words mean more', () => {
    const one = find(index, 'tomatoes quantum')[0]?.score ?? 0;
    const two = find(index, 'tomatoes roses')[0]?.score ?? 0;
    expect(one).toBeGreaterThan(0);
    expect(two).toBeGreaterThan(one);
    expect(two).toBeLessThan(1);
  });

  test('a library of one skill can find it', () => {
    const single = indexOf(sampleText('garden-care', { description: 'Waters tomatoes.' }));
    expect(find(single, 'tomatoes')[0]?.score).toBeGreaterThan(0.5);
  });

  test('where every skill is about one thing, its word still counts', () => {
    const many = indexOf(
      ...vocabulary.map((word) => sampleText(word, { description: `violin and ${word}` })),
    );
    expect(find(many, 'violin')[0]?.score).toBeGreaterThan(0.4);
  });
});

describe('fairness', () => {
  const wanted = sampleText('garden-care', { description: 'Waters tomatoes and prunes roses.' });
  const unrelated = (count: number): SkillText[] =>
    Array.from({ length: count }, (_, at) =>
      sampleText(`other-${at}`, {
        description: `zq${at.toString(36)}x covers vk${(at * 7).toString(36)}j and ${vocabulary[at % 3 === 0 ? 4 : 5]}`,
      }),
    );

  test('the score does not depend on how many other skills there are', () => {
    const scores = [11, 1_000, 20_000].map(
      (count) =>
        find(indexOf(wanted, ...unrelated(count)), 'how often do tomatoes want water on a rocket')[0],
    );
    for (const match of scores) {
      expect(match?.name).toBe('garden-care');
      expect(Math.abs((match?.score ?? 0) - (scores[0]?.score ?? 0))).toBeLessThan(0.08);
    }
  });

  test('a long message keeps most of the score of its request', () => {
    const index = indexOf(wanted, ...unrelated(50));
    const request = 'please write down how to water tomatoes and prune roses';
    const filling = Array.from({ length: 400 }, (_, at) => `qx${at.toString(36)}zw`).join(' ');
    const short = find(index, request)[0]?.score ?? 0;
    for (const message of [`${request}. ${filling}`, `${filling}. ${request}`]) {
      const long = find(index, message)[0];
      expect(long?.name).toBe('garden-care');
      expect(long?.score).toBeGreaterThan(short / 2);
    }
  });

  test('a long message about something else does not gather a high score by accident', () => {
    const body = vocabulary.join(' ');
    const index = indexOf(
      wanted,
      sampleText('engine-room', { description: 'Keeps engines.', body }),
      ...unrelated(10),
    );
    const filling = Array.from({ length: 300 }, (_, at) => `qx${at.toString(36)}zw`).join(' ');
    expect(find(index, `${filling} glacier ${filling} harbour`)[0]?.score ?? 0).toBeLessThan(0.3);
  });
});

describe('changes', () => {
  test('replacing and removing show at once', () => {
    const index = indexOf(
      sampleText('a', { description: 'violin' }),
      sampleText('b', { description: 'piano' }),
    );
    index.put(sampleText('a', { description: 'rocket' }));
    expect(index.size).toBe(2);
    expect(names(index, 'violin')).toEqual([]);
    expect(names(index, 'rocket')).toEqual(['a']);
    expect(index.remove('a')).toBe(true);
    expect(index.remove('a')).toBe(false);
    expect(index.size).toBe(1);
    expect(names(index, 'rocket')).toEqual([]);
    expect(names(index, 'piano')).toEqual(['b']);
  });

  test('after any changes it answers as one built from the same skills', () => {
    const words = fc.array(fc.nat(vocabulary.length - 1), { minLength: 1, maxLength: 6 });
    const step = fc.record({ name: fc.nat(12), description: words, body: words, isRemoval: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), words, (steps, query) => {
        const changed = createSkillIndex();
        const model = new Map<string, SkillText>();
        for (const { name, description, body, isRemoval } of steps) {
          const skill = sampleText(`skill-${name}`, {
            description: textFor(description),
            body: textFor(body),
          });
          if (isRemoval) {
            expect(changed.remove(skill.name)).toBe(model.delete(skill.name));
          } else {
            changed.put(skill);
            model.set(skill.name, skill);
          }
        }
        const built = indexOf(...[...model.values()].reverse());
        expect(changed.size).toBe(model.size);
        expect(find(changed, textFor(query))).toEqual(find(built, textFor(query)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('with a least score it gives what it gives without one, less what scores less', () => {
    const words = fc.array(fc.nat(vocabulary.length - 1), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 1, maxLength: 30 }),
        words,
        fc.nat(8),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (bodies, query, limit, drawn) => {
          const index = indexOf(
            ...bodies.map((body, at) => sampleText(`skill-${at}`, { description: textFor(body) })),
          );
          const all = find(index, textFor(query), limit);
          // Also where one is exactly as good as it must be, and hardly not.
          const near = all.flatMap(({ score }) => [score, score * (1 + 1e-12)]);
          for (const least of [drawn, ...near]) {
            const found = index.find(queryTerms(textFor(query)), limit, least);
            expect(found).toEqual(all.filter(({ score }) => score >= least));
          }
          expect(find(index, textFor(query), limit)).toEqual(all);
        },
      ),
    );
  });

  test('a query leaves nothing behind for the next one', () => {
    const index = indexOf(
      sampleText('a', { description: 'violin' }),
      sampleText('b', { description: 'violin piano' }),
    );
    const first = find(index, 'violin piano', 1);
    for (let round = 0; round < 5; round++) expect(find(index, 'violin piano', 1)).toEqual(first);
  });

  test('finds each of thousands of skills by its own words', () => {
    const skills = Array.from({ length: 3_000 }, (_, at) =>
      sampleText(`skill-${at}`, { description: `about wq${at.toString(36)}z and more` }),
    );
    const index = indexOf(...skills);
    for (let at = 0; at < 3_000; at += 37)
      expect(names(index, `tell me of wq${at.toString(36)}z`)[0]).toBe(`skill-${at}`);
  });
});

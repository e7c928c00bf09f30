import { expect, test } from 'vitest';
import type { SkillText } from '../../../core/domain/skill.ts';
import { estimateTokens } from '../../../core/domain/tokens.ts';
import { createSkillLibrary, type SkillLibrary } from '../../../core/skills/library.ts';
import { createMemoryLibraryStore } from '../../fakes/skills/memory-library-store.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createWaitingSamples } from './waiting-samples.ts';

/* Each bug is named as in the list of the reference implementation's weaknesses, group B (learning quality). */

const budgetTokens = 600;

async function libraryOf(skills: readonly SkillText[]): Promise<SkillLibrary> {
  const library = createSkillLibrary({
    source: { load: async () => ({ skills, diagnostics: [] }) },
    store: createMemoryLibraryStore(),
    samples: createWaitingSamples([]),
    ids: createSequentialIds(),
    clock: createFakeClock(),
    logger: createMemoryLogger(),
    limits: { topK: 6, budgetTokens },
  });
  await library.reload();
  return library;
}

const shown = (library: SkillLibrary, words: string): readonly string[] =>
  library.retrieve(words).shown.map(({ name }) => name);

const coding = sampleText('coding-habits', {
  description: 'Writes code with tests, keeps an api stable, and uses git.',
  triggers: ['test', 'api', 'git', 'row'],
  body: 'Write a test first.',
});

test('B13: a skill is found by whole words, never by letters inside others', async () => {
  const library = await libraryOf([coding]);
  for (const words of [
    'what is the latest news?',
    'what is the capital of France?',
    'which digit comes next?',
    'how do I grow tomatoes in a browser game?',
    'hello, how are you today?',
  ])
    expect([words, shown(library, words)]).toEqual([words, []]);
  expect(shown(library, 'how do I write a test for this api?')).toEqual(['coding-habits']);
});

test('B14: skills are ranked by how well they fit, not by their place: each of many new ones can be shown', async () => {
  const topics = [
    'tomatoes',
    'invoices',
    'violins',
    'glaciers',
    'passports',
    'sourdough',
    'bicycles',
    'orchids',
  ];
  const skills = topics.map((topic) =>
    sampleText(`about-${topic}`, {
      description: `Answers questions about ${topic}.`,
      body: `Know ${topic}.`,
    }),
  );
  for (const order of [skills, skills.toReversed()]) {
    const library = await libraryOf(order);
    for (const topic of topics) expect(shown(library, `tell me about ${topic}`)[0]).toBe(`about-${topic}`);
  }
});

test('B15: only what fits is shown, and within the budget of tokens', async () => {
  const long = 'Water at dawn and never at noon. '.repeat(40);
  const skills = Array.from({ length: 12 }, (_, at) =>
    sampleText(`tomatoes-${at}`, { description: `Waters tomatoes, way ${at}.`, body: `${at}: ${long}` }),
  );
  const others = Array.from({ length: 100 }, (_, at) =>
    sampleText(`other-${at}`, {
      description: `Answers questions about topic${at}.`,
      body: `Know topic${at}.`,
    }),
  );
  const library = await libraryOf([...skills, ...others]);
  const { block } = library.retrieve('when do tomatoes want water?');
  expect(block).not.toBe('');
  expect(estimateTokens(block)).toBeLessThanOrEqual(budgetTokens);
  expect(library.retrieve('good morning').block).toBe('');
});

test('B16: what a platform puts around the words, and what a person quotes, finds no skill', async () => {
  const library = await libraryOf([coding]);
  expect(shown(library, '[git-api 2026-01-05 12:00 Test Person] good morning')).toEqual([]);
  expect(shown(library, '> please test the api in git\n\ngood morning')).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { SkillDiagnostic, SkillText } from '../../../core/domain/skill.ts';
import type { DigestedSkill } from '../../../core/ports/library-store.ts';
import { createSkillLibrary } from '../../../core/skills/library.ts';
import { createMemoryLibraryStore } from '../../fakes/skills/memory-library-store.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createWaitingSamples } from './waiting-samples.ts';

const garden = sampleText('garden-care', { description: 'Waters tomatoes.', body: 'Water at dawn.' });
const ledger = sampleText('book-keeping', { description: 'Books invoices.', body: 'Round per line.' });
const piano = sampleText('piano-lessons', {
  description: 'Plans practice of scales.',
  body: 'Start slowly.',
});

function setUp(first: readonly SkillText[], diagnostics: readonly SkillDiagnostic[] = []) {
  const source = { skills: first, diagnostics };
  const store = createMemoryLibraryStore();
  const ids = createSequentialIds();
  const logger = createMemoryLogger();
  const library = createSkillLibrary({
    source: { load: async () => ({ ...source }) },
    store,
    samples: createWaitingSamples([]),
    ids,
    clock: createFakeClock(),
    logger,
    limits: { topK: 6, budgetTokens: 1200 },
  });
  return { library, source, store, ids, logger };
}

const digested = (text: SkillText): DigestedSkill => ({ ...text, contentHash: `digest of ${text.body}` });

describe('the library', () => {
  test('is empty before the first reload', () => {
    const { library } = setUp([garden]);
    expect(library.generation()).toBe(0);
    expect(library.list()).toEqual([]);
    expect(library.retrieve('tomatoes')).toMatchObject({ generation: 0, chosen: [], shown: [], block: '' });
  });

  test('after it, retrieves with generation, versions, digests and block of one moment', async () => {
    const { library, ids } = setUp([garden, ledger]);
    const report = await library.reload();
    expect(report).toEqual({
      generation: 1,
      diagnostics: [],
      added: ['book-keeping', 'garden-care'],
      updated: [],
      removed: [],
    });
    const contentHash = ids.digest(
      JSON.stringify([garden.name, garden.description, garden.triggers, garden.body]),
    );
    const found = library.retrieve('When do Tomatoes want water?');
    expect(found.generation).toBe(1);
    expect(found.shown).toEqual([
      {
        name: 'garden-care',
        version: 1,
        contentHash,
        scope: { kind: 'global' },
        trial: 1,
        score: expect.closeTo(0.6, 0),
        propensity: 1,
        because: ['Tomatoes', 'water'],
      },
    ]);
    expect(found.block).toContain('<skill name="garden-care" version="1">\nWater at dawn.\n</skill>');
    expect(found.block).not.toContain('Round per line.');
    expect(library.get('garden-care')).toMatchObject({ version: 1, contentHash, scope: { kind: 'global' } });
    expect(library.get('nothing')).toBeUndefined();
    expect(library.list().map(({ name }) => name)).toEqual(['book-keeping', 'garden-care']);
  });

  test('gives nothing for small talk', async () => {
    const { library } = setUp([garden, ledger]);
    await library.reload();
    expect(library.retrieve('hello there')).toMatchObject({ chosen: [], dropped: [], block: '', tokens: 0 });
  });

  test('a reload takes what is new, changed and gone as one generation, and nothing changed as none', async () => {
    const { library, source } = setUp([garden, ledger]);
    await library.reload();
    expect((await library.reload()).generation).toBe(1);
    source.skills = [{ ...garden, body: 'Water at dusk.' }, piano];
    expect(await library.reload()).toMatchObject({
      generation: 2,
      added: ['piano-lessons'],
      updated: ['garden-care'],
      removed: ['book-keeping'],
    });
    expect(library.get('garden-care')).toMatchObject({ version: 2, body: 'Water at dusk.' });
    expect(library.retrieve('tomatoes').block).toContain('version="2">\nWater at dusk.');
    expect(library.retrieve('invoices').chosen).toEqual([]);
    expect(library.retrieve('practice scales').shown.map(({ name }) => name)).toEqual(['piano-lessons']);
  });

  test('while a reload is under way readers have the old generation with the old skills', async () => {
    const { library, source, store } = setUp([garden]);
    await library.reload();
    source.skills = [{ ...garden, body: 'Water at dusk.' }];
    const gate = Promise.withResolvers<void>();
    store.holdSyncs(gate.promise);
    const reload = library.reload();
    await Promise.resolve();
    expect(library.retrieve('tomatoes')).toMatchObject({ generation: 1, shown: [{ version: 1 }] });
    gate.resolve();
    await reload;
    expect(library.retrieve('tomatoes')).toMatchObject({ generation: 2, shown: [{ version: 2 }] });
  });

  test('a retrieval taken before a reload stays as it was', async () => {
    const { library, source } = setUp([garden]);
    await library.reload();
    const before = library.retrieve('tomatoes');
    const copy = structuredClone(before);
    source.skills = [{ ...garden, body: 'Water at dusk.' }];
    await library.reload();
    expect(before).toEqual(copy);
  });

  test('when the store fails the reload rejects, everything stays, and the next one works', async () => {
    const { library, source, store } = setUp([garden]);
    await library.reload();
    source.skills = [piano];
    const failure = new AppError('storage_full', 'The disk is full. Free some space.');
    store.holdSyncs(Promise.reject(failure));
    await expect(library.reload()).rejects.toBe(failure);
    expect(library.generation()).toBe(1);
    expect(library.list().map(({ name }) => name)).toEqual(['garden-care']);
    store.holdSyncs(Promise.resolve());
    expect((await library.reload()).generation).toBe(2);
    expect(library.list().map(({ name }) => name)).toEqual(['piano-lessons']);
  });

  test('reloads run one after another', async () => {
    const { library, source } = setUp([garden]);
    const first = library.reload();
    source.skills = [garden, ledger];
    const second = library.reload();
    source.skills = [garden, ledger, piano];
    const third = library.reload();
    const generations = (await Promise.all([first, second, third])).map(({ generation }) => generation);
    expect(generations).toEqual(generations.toSorted((a, b) => a - b));
    expect(library.list()).toHaveLength(3);
  });

  test('what was wrong with the source is kept and logged, without bodies', async () => {
    const problem: SkillDiagnostic = {
      severity: 'error',
      source: 'skills/x/SKILL.md',
      message: 'Broken. Mend it.',
    };
    const { library, logger } = setUp([garden], [problem]);
    const report = await library.reload();
    expect(report.diagnostics).toEqual([problem]);
    expect(library.diagnostics()).toEqual([problem]);
    expect(logger.of('skill_problem')).toHaveLength(1);
    expect(JSON.stringify(logger.entries)).not.toContain('Water at dawn');
  });
});

describe('search', () => {
  test('finds by a part of the name first, then by words, without a floor', async () => {
    const { library } = setUp([garden, ledger, piano]);
    await library.reload();
    const names = (text: string): readonly string[] => library.search(text).map(({ skill }) => skill.name);
    expect(names('book')).toEqual(['book-keeping']);
    expect(names('Piano Lessons')).toEqual(['piano-lessons']);
    expect(names('slowly')).toEqual(['piano-lessons']);
    expect(names('tomatoes and invoices')).toEqual(['book-keeping', 'garden-care']);
    expect(names('quantum')).toEqual([]);
    expect(names('')).toEqual([]);
    expect(library.search('e', 2)).toHaveLength(2);
  });
});

describe('scopes', () => {
  const team = { platform: 'web', spaceId: spaceId('web', 'team'), isShared: true } as const;
  const others = { platform: 'web', spaceId: spaceId('web', 'others'), isShared: true } as const;

  test('a space’s skill hides the global one there and is unknown elsewhere', async () => {
    const { library, store } = setUp([garden, ledger]);
    await store.sync(
      { kind: 'space', platform: team.platform, spaceId: team.spaceId },
      [digested({ ...garden, body: 'Water as the team does.' }), digested(piano)],
      0,
    );
    await library.reload();
    const bodies = (audience?: typeof team | typeof others): readonly string[] =>
      library.retrieve('tomatoes', audience).chosen.map(({ skill }) => skill.body);
    expect(bodies(team)).toEqual(['Water as the team does.']);
    expect(bodies(others)).toEqual(['Water at dawn.']);
    expect(bodies()).toEqual(['Water at dawn.']);
    expect(library.get('garden-care', team)?.body).toBe('Water as the team does.');
    expect(library.get('piano-lessons')).toBeUndefined();
    expect(library.get('piano-lessons', others)).toBeUndefined();
    expect(library.list(team).map(({ name }) => name)).toEqual([
      'book-keeping',
      'garden-care',
      'piano-lessons',
    ]);
    expect(library.list(others).map(({ name }) => name)).toEqual(['book-keeping', 'garden-care']);
    expect(library.retrieve('invoices', team).shown.map(({ name }) => name)).toEqual(['book-keeping']);
    expect(library.search('piano', 10, others)).toEqual([]);
  });

  test('the words of one space do not weigh in another’s ranking', async () => {
    const { library, store } = setUp([garden, ledger]);
    await library.reload();
    const before = library.retrieve('tomatoes', others).chosen;
    await store.sync(
      { kind: 'space', platform: team.platform, spaceId: team.spaceId },
      ['a', 'b', 'c'].map((name) => digested(sampleText(name, { description: 'tomatoes' }))),
      0,
    );
    await library.reload();
    expect(library.retrieve('tomatoes', others).chosen).toEqual(before);
    expect(library.retrieve('tomatoes', team).chosen.length).toBeGreaterThan(1);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personId, sessionId, spaceId } from '../../../core/domain/ids.ts';
import type { SkillText } from '../../../core/domain/skill.ts';
import type { SkillAudience } from '../../../core/skills/audience.ts';
import { renderSkillBlock } from '../../../core/skills/inject.ts';
import type { SkillLibrary } from '../../../core/skills/library.ts';
import {
  createSteadySkills,
  type SteadySkills,
  type SteadySkillsForTurn,
} from '../../../core/skills/steady-skills.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import { byAnn, entry, everywhere, garden, ledger, libraryRig, piano, texted } from './library-rig.ts';

const audience: SkillAudience = {
  platform: 'api',
  spaceId: spaceId('api', 'lab'),
  personId: personId('api', 'k1'),
  isShared: false,
};
const s1 = sessionId('s1');
const s2 = sessionId('s2');
const limits = { topK: 6, budgetTokens: 1_200 };

interface Rig {
  readonly library: SkillLibrary;
  readonly steady: SteadySkills;
  /** How often skills were looked up. */
  looked(): number;
}

async function rig(texts: readonly SkillText[], changes: Partial<typeof limits> = {}): Promise<Rig> {
  const all = { ...limits, ...changes };
  const { library } = libraryRig(texts, { limits: all });
  await library.reload();
  let looks = 0;
  const steady = createSteadySkills({
    library: {
      ...library,
      retrieve: (...args) => {
        looks += 1;
        return library.retrieve(...args);
      },
    },
    limits: all,
  });
  return { library, steady, looked: () => looks };
}

const tags = (block: string): readonly string[] =>
  [...block.matchAll(/<skill name="([^"]+)"/g)].map(([, name]) => name ?? '');
/** A block without its last line, as another one that goes on from it begins. */
const opened = (block: string): string => block.slice(0, block.lastIndexOf('\n</skills>'));

const marks = ({ shown }: SteadySkillsForTurn): readonly string[] =>
  shown.map(({ name, isCarried }) => (isCarried === true ? `${name}, carried` : name));

describe('the block of a session', () => {
  test('is what is retrieved at first, grows at its end, and stays where nothing is new', async () => {
    const { library, steady } = await rig([garden, ledger, piano]);
    const first = await steady.skillsFor('water my tomatoes', audience, s1);
    expect(first.block).toBe(library.retrieve('water my tomatoes', audience).block);
    expect(first.shown.map(({ name }) => name)).toEqual(['garden-care']);

    const second = await steady.skillsFor('book the invoices', audience, s1);
    expect(tags(second.block)).toEqual(['garden-care', 'book-keeping']);
    expect(second.block.startsWith(`${opened(first.block)}\n<skill name="book-keeping"`)).toBe(true);
    expect(marks(second)).toEqual(['book-keeping', 'garden-care, carried']);

    const third = await steady.skillsFor('tomatoes again', audience, s1);
    expect(third.block).toBe(second.block);
    expect(marks(third)).toEqual(['garden-care', 'book-keeping, carried']);
    const fourth = await steady.skillsFor('something else entirely', audience, s1);
    expect(fourth).toMatchObject({ block: second.block, masked: [] });
    expect(marks(fourth)).toEqual(['garden-care, carried', 'book-keeping, carried']);
  });

  test('that the server keeps is told as it stands: nothing is looked up, and nothing is sent', async () => {
    const { steady, looked } = await rig([garden, ledger, piano]);
    expect(steady.standing(s1)).toBeUndefined();
    await steady.skillsFor('water my tomatoes', audience, s1);
    const given = await steady.skillsFor('book the invoices', audience, s1);
    const before = looked();
    const kept = steady.standing(s1);
    expect(kept).toMatchObject({ block: '', masked: [], authors: given.authors });
    expect(kept && marks(kept)).toEqual(['garden-care, carried', 'book-keeping, carried']);
    expect(looked()).toBe(before);
    expect(steady.standing(s2)).toBeUndefined();
    expect((await steady.skillsFor('tomatoes', audience, s1)).block).toBe(given.block);
  });

  test('is the session’s own', async () => {
    const { steady } = await rig([garden, ledger]);
    await steady.skillsFor('tomatoes', audience, s1);
    expect(tags((await steady.skillsFor('invoices', audience, s2)).block)).toEqual(['book-keeping']);
  });

  test('stays for eight turns where it is full, and starts over with a later turn’s own then', async () => {
    const { steady } = await rig([garden, ledger, piano], { topK: 2 });
    await steady.skillsFor('tomatoes', audience, s1);
    const full = await steady.skillsFor('invoices', audience, s1);
    for (let turn = 2; turn <= 8; turn += 1) {
      const given = await steady.skillsFor(`scales ${turn}`, audience, s1);
      expect(given.block).toBe(full.block);
      expect(marks(given)).toEqual(['garden-care, carried', 'book-keeping, carried']);
    }
    const over = await steady.skillsFor('scales', audience, s1);
    expect([tags(over.block), marks(over)]).toEqual([['piano-lessons'], ['piano-lessons']]);
  });

  test('is full where more would cost too much', async () => {
    const { steady } = await rig([garden, ledger], { budgetTokens: 25 });
    expect(tags((await steady.skillsFor('tomatoes', audience, s1)).block)).toEqual(['garden-care']);
    expect(tags((await steady.skillsFor('invoices', audience, s1)).block)).toEqual(['garden-care']);
  });

  test('starts over where one of it has changed or is gone, and not for a change of another', async () => {
    const { library, steady } = await rig([garden, ledger, piano]);
    await steady.skillsFor('tomatoes', audience, s1);
    const before = await steady.skillsFor('invoices', audience, s1);
    await library.change({
      cause: byAnn,
      entries: [texted('piano-lessons', { description: 'Plans practice of scales.', body: 'Slower.' })],
    });
    const same = await steady.skillsFor('nothing of that', audience, s1);
    expect(same.block).toBe(before.block);
    expect(same.generation).toBe(library.generation());
    await library.change({ cause: byAnn, entries: [entry('garden-care', { state: 'retired' })] });
    const after = await steady.skillsFor('invoices', audience, s1);
    expect(tags(after.block)).toEqual(['book-keeping']);
    await library.change({ cause: byAnn, entries: [entry('book-keeping', { state: 'retired' })] });
    expect((await steady.skillsFor('nothing of that', audience, s1)).block).toBe('');
  });

  test('starts over where one of it is masked in this place now', async () => {
    const { library, steady } = await rig([garden, ledger]);
    await steady.skillsFor('tomatoes', audience, s1);
    await library.change({
      cause: byAnn,
      entries: [entry('garden-care', { maskedContexts: ['api direct tomato'] }, everywhere)],
    });
    expect(tags((await steady.skillsFor('invoices', audience, s1)).block)).toEqual(['book-keeping']);
  });

  test('starts over without one that chance leaves out now', async () => {
    const { library } = libraryRig([garden, ledger]);
    await library.reload();
    const chance = { masks: false };
    const steady = createSteadySkills({
      library: {
        ...library,
        retrieve: (...args) => {
          const found = library.retrieve(...args);
          return chance.masks ? { ...found, shown: [], masked: found.shown, block: '' } : found;
        },
      },
      limits,
    });
    await steady.skillsFor('tomatoes', audience, s1);
    await steady.skillsFor('invoices', audience, s1);
    chance.masks = true;
    const given = await steady.skillsFor('more tomatoes', audience, s1);
    expect([given.block, given.masked.map(({ name }) => name)]).toEqual(['', ['garden-care']]);
  });

  test('names whose words its skills were learned from, earlier turns’ too', async () => {
    const { library, steady } = await rig([ledger]);
    const learnedFrom = { platforms: ['web'], authors: [personId('web', 'bob')] };
    const learned = texted('garden-care', { description: 'Waters tomatoes.' });
    if (learned.text === undefined) throw new Error('no text');
    await library.change({
      cause: byAnn,
      entries: [{ ...learned, text: { ...learned.text, learnedFrom } }],
    });
    await steady.skillsFor('tomatoes', audience, s1);
    expect((await steady.skillsFor('invoices', audience, s1)).authors).toEqual(['web:bob']);
  });
});

test('the same words again are not looked up again until the library changes', async () => {
  const { library, steady, looked } = await rig([garden]);
  const first = steady.skillsFor('tomatoes', audience, s1);
  expect(steady.skillsFor('tomatoes', audience, s1)).toBe(first);
  expect(looked()).toBe(1);
  const anew = { description: 'Waters tomatoes.', body: 'Anew.' };
  await library.change({ cause: byAnn, entries: [texted('garden-care', anew)] });
  expect((await steady.skillsFor('tomatoes', audience, s1)).block).toContain('Anew');
  expect(looked()).toBe(2);
});

test('a look changes nothing', async () => {
  const { steady } = await rig([garden, ledger]);
  expect(tags((await steady.peek('tomatoes', audience, s1)).block)).toEqual(['garden-care']);
  const first = await steady.skillsFor('invoices', audience, s1);
  expect(tags(first.block)).toEqual(['book-keeping']);
  expect(tags((await steady.peek('tomatoes', audience, s1)).block)).toEqual(['book-keeping', 'garden-care']);
  expect((await steady.skillsFor('nothing of that', audience, s1)).block).toBe(first.block);
});

test('asks for the vector of the words where meanings are compared', async () => {
  const { library } = libraryRig([garden]);
  await library.reload();
  const asked: string[] = [];
  const given: unknown[] = [];
  const vector = Float32Array.of(1, 0);
  const steady = createSteadySkills({
    library: {
      ...library,
      retrieve: (message, of, options) => {
        given.push(options?.queryVector);
        return library.retrieve(message, of, options);
      },
    },
    limits,
    vectorOf: async (words) => {
      asked.push(words);
      return vector;
    },
  });
  await steady.skillsFor('tomatoes', audience, s1);
  expect([asked, given]).toEqual([['tomatoes'], [vector]]);
});

test('forgets the sessions that were not heard of longest', async () => {
  const { library } = libraryRig([garden, ledger]);
  await library.reload();
  const steady = createSteadySkills({ library, limits, rememberedSessions: 2 });
  await steady.skillsFor('tomatoes', audience, s1);
  await steady.skillsFor('tomatoes', audience, s2);
  await steady.skillsFor('tomatoes', audience, s1);
  await steady.skillsFor('tomatoes', audience, sessionId('s3'));
  expect(tags((await steady.skillsFor('invoices', audience, s1)).block)).toHaveLength(2);
  await steady.skillsFor('tomatoes', audience, s2);
  await steady.skillsFor('tomatoes', audience, sessionId('s3'));
  expect(tags((await steady.skillsFor('invoices', audience, s1)).block)).toEqual(['book-keeping']);
});

const topics = ['tomatoes', 'invoices', 'scales', 'glaciers', 'nothing'] as const;
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('words'), words: fc.shuffledSubarray([...topics], { minLength: 1 }) }),
    fc.record({ kind: fc.constant('change'), words: fc.shuffledSubarray([...topics], { maxLength: 1 }) }),
  ),
  { maxLength: 20 },
);

test('only grows at its end or starts over, holds what was found, and keeps the limits', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (script, topK) => {
      const walks = sampleText('glacier-walks', { description: 'Plans walks on glaciers.' });
      const texts = [garden, ledger, piano, walks];
      const { library, steady } = await rig(texts, { topK });
      let before = '';
      let count = 0;
      for (const { kind, words } of script) {
        if (kind === 'change') {
          const text = texts[words[0] === undefined ? -1 : topics.indexOf(words[0])];
          if (text === undefined) continue;
          count += 1;
          await library.change({
            cause: byAnn,
            entries: [texted(text.name, { ...text, body: `Version ${count}.` })],
          });
          continue;
        }
        const message = words.join(' and ');
        const { block, shown, generation } = await steady.skillsFor(message, audience, s1);
        const own = library.retrieve(message, audience);
        expect(generation).toBe(library.generation());
        const there = own.shown.filter(({ name }) => tags(block).includes(name));
        expect(shown.filter(({ isCarried }) => isCarried !== true)).toEqual(there);
        // Only a full block goes without what the words led to.
        if (block !== before) expect(there).toEqual(own.shown);
        expect(shown.map(({ name }) => name).sort()).toEqual([...tags(block)].sort());
        const isGrown = before !== '' && block.startsWith(`${opened(before)}\n<skill `);
        expect(block === before || isGrown || block === own.block).toBe(true);
        const held = tags(block);
        expect(held.length).toBeLessThanOrEqual(topK);
        expect(new Set(held).size).toBe(held.length);
        for (const { name } of shown) expect(held).toContain(name);
        // Whatever is in it is as the library has it now.
        const skills = held.map((name) => library.get(name, audience));
        expect(block).toBe(renderSkillBlock(skills.flatMap((skill) => skill ?? [])));
        before = block;
      }
    }),
    { numRuns: 60 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spaceId, turnId } from '../../../core/domain/ids.ts';
import type { SkillScope } from '../../../core/domain/skill.ts';
import type { SkillEntry } from '../../../core/ports/library-store.ts';
import type { SkillAudience } from '../../../core/skills/audience.ts';
import type { UndigestedChange } from '../../../core/skills/change-library.ts';
import type { SkillLibrary } from '../../../core/skills/library.ts';
import { sampleText } from '../../fakes/skills/sample-skill.ts';
import {
  ann,
  annInTalk,
  bob,
  byAnn,
  entry,
  everywhere,
  forAnn,
  garden,
  inTalk,
  inTeam,
  type LibraryRig,
  ledger,
  libraryRig,
  piano,
  texted,
  waitingTurn,
} from './library-rig.ts';

const elsewhere: SkillAudience = { platform: 'web', spaceId: spaceId('web', 'others'), isShared: true };
const bobInTalk: SkillAudience = { ...annInTalk, personId: bob };

async function rigWith(words: readonly string[], changes = {}): Promise<LibraryRig> {
  const rig = libraryRig([garden, ledger], changes);
  await rig.library.reload();
  for (const [at, text] of words.entries()) rig.waiting.push(waitingTurn(`t${at}`, text, rig.library));
  return rig;
}

const lastDrop = (rig: LibraryRig): unknown => rig.store.dropped.at(-1)?.invalidation;

describe('scoped invalidation', () => {
  test('drops the samples that would be given other skills, and keeps the others', async () => {
    const rig = await rigWith(['tomatoes', 'invoices', 'hello there']);
    const report = await rig.library.change({
      cause: byAnn,
      entries: [texted('garden-care', { description: 'Waters tomatoes.', body: 'Water twice.' })],
    });
    expect(report).toEqual({ generation: 2, changed: true, dropped: 1 });
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['t0'] });
  });

  test('looks at no turn outside of the audience of what changed', async () => {
    const rig = await rigWith([]);
    const { library, waiting } = rig;
    waiting.push(waitingTurn('a', 'tomatoes', library, annInTalk));
    waiting.push(waitingTurn('b', 'tomatoes', library, bobInTalk));
    waiting.push(waitingTurn('c', 'tomatoes', library, elsewhere));
    const own = texted('tomato-habit', { description: 'Plants tomatoes.' }, forAnn);
    await library.change({ cause: byAnn, entries: [own] });
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['a'] });
    await library.change({ cause: byAnn, entries: [{ ...own, scope: inTeam }] });
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['a', 'b'] });
    await library.change({ cause: byAnn, entries: [{ ...own, scope: everywhere }] });
    // The first two are what earlier changes dropped: a store gives them no more.
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['a', 'b', 'c'] });
  });

  test('of what cannot be retrieved drops nothing, and looks at nothing', async () => {
    const rig = await rigWith(['tomatoes']);
    const pages = rig.samples.pages.length;
    await rig.library.change({
      cause: byAnn,
      entries: [
        entry('garden-care', { isPinned: true }),
        texted('tomato-plan', { description: 'Plants tomatoes.' }, everywhere, { state: 'candidate' }),
      ],
    });
    expect(rig.samples.pages).toHaveLength(pages);
    expect(rig.store.dropped).toEqual([expect.objectContaining({ generation: 1 })]);
  });

  test('a skill masked in a context drops the samples of that context only', async () => {
    const rig = await rigWith(['tomatoes']);
    rig.waiting.push(waitingTurn('direct', 'tomatoes', rig.library, { ...annInTalk, isShared: false }));
    await rig.library.change({
      cause: { kind: 'mask' },
      entries: [entry('garden-care', { maskedContexts: ['web|group|tomato'] })],
    });
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['t0'] });
    expect(rig.library.retrieve('tomatoes', annInTalk).chosen).toEqual([]);
    expect(rig.library.retrieve('tomatoes', { ...annInTalk, isShared: false }).chosen).toHaveLength(1);
  });

  test('a masked skill counts as given', async () => {
    const rig = libraryRig([garden]);
    await rig.library.reload();
    const turn = waitingTurn('t', 'tomatoes', rig.library);
    rig.waiting.push({ ...turn, skills: [], maskedSkills: turn.skills });
    await rig.library.change({ cause: byAnn, entries: [texted('far-off', { description: 'Glaciers.' })] });
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: [] });
  });

  test('a turn from before there were scopes was given global skills', async () => {
    const rig = libraryRig([garden]);
    await rig.library.reload();
    const turn = waitingTurn('t', 'tomatoes', rig.library);
    const skills = turn.skills.map(({ scope: _, trial: __, ...shown }) => shown);
    rig.waiting.push({ ...turn, skills });
    await rig.library.change({ cause: byAnn, entries: [texted('far-off', { description: 'Glaciers.' })] });
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: [] });
  });

  test('changed files drop samples as a change in chat does, also at the start of a process', async () => {
    const rig = await rigWith(['tomatoes', 'invoices', 'scales']);
    rig.source.skills = [{ ...garden, body: 'Water at dusk.' }, ledger, piano];
    const library = rig.again();
    await library.reload();
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['t0', 't2'] });
    rig.source.skills = [garden, piano];
    await library.reload();
    expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['t0', 't1', 't2'] });
  });

  test('a long look makes way for others, page by page, and readers see nothing of it', async () => {
    let library: SkillLibrary | undefined;
    let yielded = 0;
    const rig = await rigWith([], {
      yieldNow: async () => {
        yielded += 1;
        expect(library?.generation()).toBe(1);
        expect(library?.retrieve('tomatoes', annInTalk).chosen.map(({ skill }) => skill.version)).toEqual([
          1,
        ]);
      },
    });
    library = rig.library;
    const turn = waitingTurn('t', 'tomatoes', library);
    for (let at = 0; at < 10_000; at += 1) {
      rig.waiting.push({ ...turn, turnId: turnId(`t${String(at).padStart(6, '0')}`) });
    }
    const report = await library.change({
      cause: byAnn,
      entries: [texted('garden-care', { description: 'Waters tomatoes.', body: 'Water twice.' })],
    });
    expect(report.dropped).toBe(10_000);
    expect(yielded).toBeGreaterThan(20);
    expect(Math.max(...rig.samples.pages)).toBeLessThan(500);
  });
});

describe('strict invalidation', () => {
  test('drops all earlier ones without looking at any', async () => {
    const rig = await rigWith(['tomatoes', 'invoices'], { invalidation: 'strict' });
    await rig.library.change({ cause: byAnn, entries: [texted('x')] });
    expect(lastDrop(rig)).toEqual({ mode: 'strict' });
    expect(rig.samples.pages).toEqual([]);
    const [turn] = rig.waiting;
    expect(turn && (await rig.library.isStale(turn))).toBe(true);
    expect(await rig.library.isStale(waitingTurn('now', 'tomatoes', rig.library))).toBe(false);
  });

  test('says how many the store dropped', async () => {
    const counts = [0, 7];
    const rig = libraryRig([garden]);
    const samples = {
      ...rig.samples,
      counts: async () => ({ dropped: counts.shift() ?? 7, trained: 0, waiting: 0 }),
    };
    const library = rig.again({ invalidation: 'strict', samples });
    await library.reload();
    expect((await library.change({ cause: byAnn, entries: [texted('x')] })).dropped).toBe(7);
  });
});

describe('isStale', () => {
  test('is true of an earlier turn that would be given other skills now, and of no other', async () => {
    const rig = await rigWith(['tomatoes', 'invoices']);
    const [tomatoes, invoices] = rig.waiting;
    if (tomatoes === undefined || invoices === undefined) throw new Error('no turns');
    expect(await rig.library.isStale(tomatoes)).toBe(false);
    await rig.library.change({ cause: byAnn, entries: [entry('garden-care', { state: 'retired' })] });
    expect(await rig.library.isStale(tomatoes)).toBe(true);
    expect(await rig.library.isStale(invoices)).toBe(false);
    await rig.library.restore(1);
    expect(await rig.library.isStale(tomatoes)).toBe(false);
    const odd = { ...tomatoes, skills: [] };
    expect(await rig.library.isStale(odd)).toBe(true);
    expect(await rig.library.isStale({ ...odd, generation: 3 })).toBe(false);
  });

  test.each(['fused', 'embedding'] as const)(
    '%s: where anything in its reach has changed since',
    async (retrieval) => {
      const rig = await rigWith([], { retrieval });
      const mine = waitingTurn('a', 'tomatoes', rig.library, annInTalk);
      const bobs = waitingTurn('b', 'tomatoes', rig.library, bobInTalk);
      rig.waiting.push(mine, bobs);
      await rig.library.change({
        cause: byAnn,
        entries: [texted('far-off', { description: 'Glaciers.' }, forAnn)],
      });
      expect(lastDrop(rig)).toEqual({ mode: 'scoped', turns: ['a'] });
      expect(await rig.library.isStale(mine)).toBe(true);
      expect(await rig.library.isStale(bobs)).toBe(false);
    },
  );
});

test('a turn from before what is looked at of the record is stale where meanings are compared', async () => {
  const rig = await rigWith([]);
  const turn = waitingTurn('a', 'tomatoes', rig.library);
  await rig.library.change({ cause: byAnn, entries: [texted('far-off', {}, { ...forAnn, personId: bob })] });
  const [event] = await rig.store.history(1);
  if (event === undefined) throw new Error('no event');
  const isStaleAfter = async (changes: number): Promise<boolean> => {
    const history = async (limit: number) => Array.from({ length: Math.min(limit, changes) }, () => event);
    const library = rig.again({ retrieval: 'fused', store: { ...rig.store, history } });
    await library.reload();
    return library.isStale(turn);
  };
  expect(await isStaleAfter(10)).toBe(false);
  expect(await isStaleAfter(100_000)).toBe(true);
});

/* Any change, any samples. */

const scopes: readonly SkillScope[] = [everywhere, inTeam, inTalk, forAnn];
const audiences: readonly SkillAudience[] = [
  annInTalk,
  bobInTalk,
  { ...annInTalk, isShared: false },
  { ...elsewhere, personId: ann },
];
const names = ['alpha', 'beta', 'gamma'] as const;
const words = ['tomato', 'invoice', 'piano', 'tomato piano'] as const;

const place = { scope: fc.constantFrom(...scopes), name: fc.constantFrom(...names) };
const anyChange: fc.Arbitrary<UndigestedChange> = fc.oneof(
  fc
    .record({ ...place, word: fc.constantFrom(...words), isPrivate: fc.boolean() })
    .map(({ scope, name, word, isPrivate }) =>
      texted(name, { description: `About ${word}.` }, scope, { isPrivate, state: 'active' }),
    ),
  fc
    .record({
      ...place,
      state: fc.constantFrom<SkillEntry['state'][]>('candidate', 'canary', 'active', 'retired', 'hidden'),
    })
    .map(({ scope, name, state }) => entry(name, { state }, scope)),
  fc
    .record({ ...place, version: fc.integer({ min: 1, max: 3 }) })
    .map(({ scope, name, version }) => entry(name, { version }, scope)),
  fc
    .record({ ...place, contexts: fc.subarray(['web|group|tomato', 'web|direct|piano', 'web|group|invoic']) })
    .map(({ scope, name, contexts }) => entry(name, { maskedContexts: contexts }, scope)),
);
type Step = readonly UndigestedChange[] | { readonly files: readonly (readonly [string, string])[] };
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.array(anyChange, { minLength: 1, maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.record({
      files: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...words)), {
        selector: ([name]) => name,
      }),
    }),
  },
);

interface Drops {
  readonly isByFiles: boolean;
  readonly dropped: readonly string[];
  /** Those that are stale after the step, in order. */
  readonly stale: readonly string[];
}

/** Takes a step with samples of every kind waiting; `undefined` where the generation did not grow. */
async function dropsOf(step: Step, library: SkillLibrary, rig: LibraryRig): Promise<Drops | undefined> {
  const before = library.generation();
  for (const audience of audiences) {
    for (const text of words) {
      const id = `t${before}-${rig.waiting.length}-${rig.samples.pages.length}`;
      rig.waiting.push(waitingTurn(id, text, library, audience));
    }
  }
  const isByFiles = 'files' in step;
  if (isByFiles) {
    rig.source.skills = step.files.map(([name, word]) => sampleText(name, { description: `About ${word}.` }));
    await library.reload();
  } else await library.change({ cause: byAnn, entries: step }).catch(() => undefined);
  if (library.generation() === before) return undefined;
  const last = rig.store.dropped.at(-1)?.invalidation;
  const dropped = new Set<string>(last?.mode === 'scoped' ? last.turns : []);
  const stale: string[] = [];
  for (const sample of rig.waiting) if (await library.isStale(sample)) stale.push(sample.turnId);
  const left = rig.waiting.filter(({ turnId: id }) => !dropped.has(id));
  rig.waiting.splice(0, rig.waiting.length, ...left);
  return { isByFiles, dropped: [...dropped].toSorted(), stale: stale.toSorted() };
}

test('a change drops exactly the samples that differ after it; changed files drop all of those', async () => {
  const seen = { dropped: 0, kept: 0, exactByFiles: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(anyStep, fc.boolean()), { minLength: 1, maxLength: 10 }),
      fc.constantFrom('lexical', 'template'),
      async (steps, retrieval) => {
        const rig = libraryRig([], { retrieval });
        let { library } = rig;
        await library.reload();
        for (const [step, isRestarted] of steps) {
          if (isRestarted && 'files' in step) library = await restarted(rig, retrieval);
          const drops = await dropsOf(step, library, rig);
          if (drops === undefined) continue;
          const { isByFiles, dropped, stale } = drops;
          if (isByFiles) expect(dropped).toEqual(expect.arrayContaining([...stale]));
          else expect(dropped).toEqual(stale);
          seen.dropped += stale.length;
          seen.kept += rig.waiting.length;
          if (isByFiles && dropped.length === stale.length) seen.exactByFiles += 1;
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(seen.dropped).toBeGreaterThan(500);
  expect(seen.kept).toBeGreaterThan(500);
  expect(seen.exactByFiles).toBeGreaterThan(20);
});

/** Another process over the same store that has not read the files yet. */
async function restarted(rig: LibraryRig, retrieval: 'lexical' | 'template'): Promise<SkillLibrary> {
  const library = rig.again({ retrieval });
  await library.change({ cause: byAnn, entries: [] });
  return library;
}

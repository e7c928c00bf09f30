import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId, turnId } from '../../../core/domain/ids.ts';
import { type SkillScope, skillScopeKey } from '../../../core/domain/skill.ts';
import type { SkillEntry } from '../../../core/ports/library-store.ts';
import type { UndigestedChange } from '../../../core/skills/change-library.ts';
import type { ChangeReport, SkillLibrary } from '../../../core/skills/library.ts';
import { sampleText, skillNamed } from '../../fakes/skills/sample-skill.ts';
import {
  ann,
  annInTalk,
  byAnn,
  entry,
  everywhere,
  forAnn,
  garden,
  inTalk,
  inTeam,
  ledger,
  libraryRig,
  piano,
  texted,
} from './library-rig.ts';

const bodies = (library: SkillLibrary, words: string): readonly string[] =>
  library.retrieve(words, annInTalk).chosen.map(({ skill }) => skill.body);

describe('a change', () => {
  test('of several entries is one generation, retrievable at once', async () => {
    const { library } = libraryRig([garden]);
    await library.reload();
    const report = await library.change({
      cause: byAnn,
      entries: [
        texted('garden-care', { description: 'Waters tomatoes.', body: 'Water twice.' }, forAnn),
        texted('glacier-walks', { description: 'Plans walks on glaciers.' }, inTeam),
      ],
    });
    expect(report).toEqual({ generation: 2, changed: true, dropped: 0 });
    expect([library.generation(), library.revision()]).toEqual([2, 2]);
    expect(bodies(library, 'tomatoes')).toEqual(['Water twice.']);
    expect(bodies(library, 'glaciers')).toEqual(['Do glacier-walks well.']);
    expect(library.retrieve('tomatoes').block).toContain('Water at dawn.');
    expect(library.get('garden-care', annInTalk)?.contentHash).not.toBe('');
  });

  test('that changes nothing says so', async () => {
    const { library } = libraryRig([garden]);
    await library.reload();
    const report = await library.change({
      cause: byAnn,
      entries: [entry('garden-care', { state: 'active' })],
    });
    expect(report).toEqual({ generation: 1, changed: false, dropped: 0 });
  });

  test('is on record with its cause, and its evidence is consumed', async () => {
    const { library, store } = libraryRig([garden]);
    await library.reload();
    const cause = { kind: 'add', proposal: 7 } as const;
    await library.change({ cause, entries: [texted('new-one')], consumed: [turnId('t1'), turnId('t2')] });
    expect(store.consumed).toEqual(['t1', 't2']);
    expect((await library.history(1))[0]).toMatchObject({ cause, before: undefined, after: { version: 1 } });
    const stored = await library.version(skillNamed('new-one'), 1);
    expect(stored).toMatchObject({ body: 'Do new-one well.', origin: { kind: 'person', by: ann } });
    expect(await library.versions(everywhere, skillNamed('new-one'), 5)).toHaveLength(1);
    expect(await library.files(everywhere, skillNamed('new-one'), 1)).toBeUndefined();
  });

  test('before the first reload starts from what is stored', async () => {
    const { library, again } = libraryRig([garden, ledger]);
    await library.reload();
    const other = again();
    await other.change({ cause: byAnn, entries: [entry('garden-care', { state: 'retired' })] });
    expect(other.generation()).toBe(2);
    expect(other.list().map(({ name }) => name)).toEqual(['book-keeping']);
  });

  test('on what somebody else changed meanwhile is made of what is there now', async () => {
    const { library, again } = libraryRig([garden]);
    await library.reload();
    const other = again();
    await other.reload();
    await other.change({ cause: byAnn, entries: [texted('by-other')] });
    const report = await library.change({ cause: byAnn, entries: [texted('by-us')] });
    expect(report).toEqual({ generation: 3, changed: true, dropped: 0 });
    expect(library.list().map(({ name }) => name)).toEqual(['by-other', 'by-us', 'garden-care']);
  });

  test('is given up after the second conflict, and everything stays', async () => {
    const rig = libraryRig([garden]);
    const conflict = new AppError('conflict', 'Changed meanwhile.');
    let asked = 0;
    const library = rig.again({
      store: {
        ...rig.store,
        apply: async () => {
          asked += 1;
          throw conflict;
        },
      },
    });
    await library.reload();
    await expect(library.change({ cause: byAnn, entries: [texted('x')] })).rejects.toBe(conflict);
    expect(asked).toBe(2);
    expect(library.list().map(({ name }) => name)).toEqual(['garden-care']);
    await library.reload();
    expect(library.generation()).toBe(1);
  });

  test('that the store refuses leaves everything as it was, for the next one too', async () => {
    const { library } = libraryRig([garden]);
    await library.reload();
    const refused = library.change({
      cause: byAnn,
      entries: [texted('half'), entry('garden-care', { version: 9 })],
    });
    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
    expect([library.generation(), library.revision()]).toEqual([1, 1]);
    expect(library.list().map(({ name }) => name)).toEqual(['garden-care']);
    expect((await library.change({ cause: byAnn, entries: [texted('whole')] })).generation).toBe(2);
  });

  test('waits for the reload before it; readers have all of it or nothing', async () => {
    const { library, store, source } = libraryRig([garden]);
    await library.reload();
    const gate = Promise.withResolvers<void>();
    store.holdSyncs(gate.promise);
    source.skills = [garden, ledger];
    const reload = library.reload();
    const change = library.change({ cause: byAnn, entries: [texted('a'), texted('b')] });
    const seen: string[] = [];
    const look = (): void => {
      seen.push(`${library.generation()} ${library.list().length}`);
    };
    library.onChange(look);
    look();
    gate.resolve();
    await Promise.all([reload, change]);
    look();
    expect(seen).toEqual(['1 1', '2 2', '3 4', '3 4']);
  });

  test('is told to listeners once readers have it, and none that fails keeps it from the others', async () => {
    const { library, logger } = libraryRig([garden]);
    const heard: string[] = [];
    library.onChange(() => {
      throw new Error('broken');
    });
    const end = library.onChange(({ generation, cause }) => {
      heard.push(`${generation} ${cause.kind} ${library.list().length}`);
    });
    await library.reload();
    await library.reload();
    await library.change({ cause: { kind: 'pin' }, entries: [entry('garden-care', { isPinned: true })] });
    await library.change({ cause: { kind: 'pin' }, entries: [entry('garden-care', { isPinned: true })] });
    end();
    await library.change({ cause: byAnn, entries: [texted('x')] });
    expect(heard).toEqual(['1 files 1', '1 pin 1']);
    expect(logger.of('library_listener_failed')).toHaveLength(3);
  });
});

describe('what rests', () => {
  test('is found, listed apart and not retrieved', async () => {
    const { library } = libraryRig([garden, ledger]);
    await library.reload();
    await library.change({
      cause: byAnn,
      entries: [
        entry('garden-care', { state: 'retired' }),
        texted('draft', {}, forAnn, { state: 'candidate' }),
        texted('secret', {}, forAnn, { state: 'candidate', isPrivate: true }),
        texted(
          'of-others',
          {},
          { ...inTeam, kind: 'user', personId: personId('web', 'bob') },
          { state: 'candidate' },
        ),
        { scope: inTalk, name: skillNamed('book-keeping'), state: 'hidden' },
      ],
    });
    const names = (skills: readonly { readonly name: string }[]): readonly string[] =>
      skills.map(({ name }) => name);
    expect(names(library.list(annInTalk))).toEqual([]);
    expect(names(library.resting(annInTalk))).toEqual(['draft', 'garden-care']);
    expect(names(library.resting({ ...annInTalk, isShared: false }))).toEqual([
      'draft',
      'garden-care',
      'secret',
    ]);
    expect(names(library.list(annInTalk, { withResting: true }))).toEqual(['draft', 'garden-care']);
    expect(names(library.active())).toEqual(['book-keeping']);
    expect(library.get('book-keeping', annInTalk)).toBeUndefined();
    expect(library.find('book-keeping', annInTalk)?.version).toBe(1);
    expect(library.find('draft', annInTalk)?.standing.state).toBe('candidate');
    expect(library.find('secret', annInTalk)).toBeUndefined();
    expect(library.find('draft')).toBeUndefined();
    expect(library.retrieve('tomatoes', annInTalk).chosen).toEqual([]);
    expect(library.entry(inTalk, skillNamed('book-keeping'))).toMatchObject({ state: 'hidden', version: 0 });
    expect(library.entry(forAnn, skillNamed('draft'))).toMatchObject({ state: 'candidate', version: 1 });
    expect(library.entry(inTeam, skillNamed('draft'))).toBeUndefined();
    expect(library.at(forAnn, skillNamed('draft'))?.body).toBe('Do draft well.');
    expect(library.at(inTalk, skillNamed('book-keeping'))).toBeUndefined();
    expect(names(library.entriesOf(({ kind }) => kind !== 'user'))).toEqual([
      'book-keeping',
      'garden-care',
      'book-keeping',
    ]);
  });
});

/* Sequences of changes. */

const scopes: readonly SkillScope[] = [everywhere, inTeam, inTalk, forAnn];
const names = ['alpha', 'beta', 'gamma'] as const;
const words = ['tomato', 'invoice', 'piano', 'glacier'] as const;

type Step =
  | {
      readonly do: 'text';
      readonly scope: SkillScope;
      readonly name: string;
      readonly word: string;
      readonly state: SkillEntry['state'] | undefined;
    }
  | {
      readonly do: 'state';
      readonly scope: SkillScope;
      readonly name: string;
      readonly state: SkillEntry['state'];
    }
  | { readonly do: 'version'; readonly scope: SkillScope; readonly name: string; readonly version: number }
  | {
      readonly do: 'marks';
      readonly scope: SkillScope;
      readonly name: string;
      readonly isPinned: boolean;
      readonly contexts: readonly string[];
    }
  | { readonly do: 'files'; readonly files: readonly (readonly [name: string, word: string])[] }
  | { readonly do: 'restore'; readonly generation: number };

const place = { scope: fc.constantFrom(...scopes), name: fc.constantFrom(...names) };
const anyState = fc.constantFrom<SkillEntry['state'][]>('candidate', 'canary', 'active', 'retired', 'hidden');
const textState = fc.constantFrom<(SkillEntry['state'] | undefined)[]>('candidate', 'canary', undefined);

const changeStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('text'), ...place, word: fc.constantFrom(...words), state: textState }),
  fc.record({ do: fc.constant('state'), ...place, state: anyState }),
  fc.record({ do: fc.constant('version'), ...place, version: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    do: fc.constant('marks'),
    ...place,
    isPinned: fc.boolean(),
    contexts: fc.subarray(['web|group|tomato', 'web|group|invoic']),
  }),
);
const filesStep: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('files'),
  files: fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...words)), {
    selector: ([name]) => name,
  }),
});
const restoreStep: fc.Arbitrary<Step> = fc.record({ do: fc.constant('restore'), generation: fc.nat(6) });
const anyStep = fc.oneof({ weight: 6, arbitrary: changeStep }, filesStep, restoreStep);

function entryOf(step: Exclude<Step, { do: 'files' | 'restore' }>): UndigestedChange {
  const { scope, name } = step;
  switch (step.do) {
    case 'text':
      return texted(
        name,
        { description: `About ${step.word}.` },
        scope,
        step.state === undefined ? {} : { state: step.state },
      );
    case 'state':
      return entry(name, { state: step.state }, scope);
    case 'version':
      return entry(name, { version: step.version }, scope);
    case 'marks':
      return entry(name, { isPinned: step.isPinned, maskedContexts: step.contexts }, scope);
  }
}

/** Whatever the store refuses is no step. */
async function take(
  step: Step,
  { library, source }: Pick<ReturnType<typeof libraryRig>, 'library' | 'source'>,
): Promise<void> {
  try {
    if (step.do === 'files') {
      source.skills = step.files.map(([name, word]) => sampleText(name, { description: `About ${word}.` }));
      await library.reload();
    } else if (step.do === 'restore') await library.restore(step.generation);
    else await library.change({ cause: byAnn, entries: [entryOf(step)] });
  } catch (thrown) {
    const isRefusal = thrown instanceof AppError && ['not_found', 'invalid_input'].includes(thrown.code);
    if (!isRefusal) throw thrown;
  }
}

function answers(library: SkillLibrary): readonly unknown[] {
  const audiences = [undefined, annInTalk, { ...annInTalk, isShared: false }] as const;
  return [
    library.generation(),
    library.revision(),
    library.entriesOf(() => true),
    ...audiences.flatMap((audience) => [
      library.list(audience, { withResting: true }),
      ...words.map((word) => library.retrieve(word, audience)),
    ]),
  ];
}

describe('after any changes, reloads and restores', () => {
  test('the library answers like one opened anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), async (steps) => {
        const rig = libraryRig();
        await rig.library.reload();
        for (const step of steps) {
          await take(step, rig);
          rig.library.retrieve('tomato', annInTalk);
        }
        const fresh = rig.again();
        // A change of nothing reads what is stored, where a reload could let the files change it.
        await fresh.change({ cause: byAnn, entries: [] });
        expect(answers(rig.library)).toEqual(answers(fresh));
      }),
      { numRuns: 150 },
    );
  });

  const marks = (entries: readonly SkillEntry[] | undefined): readonly string[] =>
    (entries ?? [])
      .map(({ scope, name, version, state, isProven, isPinned, maskedContexts }) =>
        JSON.stringify([skillScopeKey(scope), name, version, state, isProven, isPinned, maskedContexts]),
      )
      .toSorted();

  const retrievable = (library: SkillLibrary): string =>
    JSON.stringify(
      library.entriesOf(() => true).filter(({ state }) => ['active', 'canary', 'hidden'].includes(state)),
    );

  test('restore makes the entries of a generation as they were, as one generation', async () => {
    let restored = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 2, maxLength: 12 }), fc.nat(), async (steps, pick) => {
        const rig = libraryRig();
        const { library, store } = rig;
        await library.reload();
        for (const step of steps) await take(step, rig);
        const present = library.generation();
        const wanted = pick % (present + 1);
        const then = await store.entriesAt(wanted);
        const before = retrievable(library);
        const report: ChangeReport = await library.restore(wanted, ann);
        const after = await store.entriesAt(library.generation());
        const known = new Set((then ?? []).map(({ scope, name }) => `${skillScopeKey(scope)} ${name}`));
        const [old, later] = [
          (after ?? []).filter(({ scope, name }) => known.has(`${skillScopeKey(scope)} ${name}`)),
          (after ?? []).filter(({ scope, name }) => !known.has(`${skillScopeKey(scope)} ${name}`)),
        ];
        expect(marks(old)).toEqual(marks(then));
        for (const { state } of later) expect(state).toBe('retired');
        const isSame = before === retrievable(library);
        expect(report.generation).toBe(isSame ? present : present + 1);
        if (!isSame) restored += 1;
        expect((await library.restore(wanted)).changed).toBe(false);
      }),
      { numRuns: 150 },
    );
    expect(restored).toBeGreaterThan(20);
  });

  test('restore is on record, and says of a generation that never was what to do', async () => {
    const { library } = libraryRig([garden]);
    await library.reload();
    await library.change({
      cause: byAnn,
      entries: [entry('garden-care', { state: 'retired' }), texted('later')],
    });
    expect(await library.restore(1, ann)).toEqual({ generation: 3, changed: true, dropped: 0 });
    expect((await library.history(1))[0]?.cause).toEqual({ kind: 'restore', restores: 1, by: ann });
    expect(library.list().map(({ name }) => name)).toEqual(['garden-care']);
    await expect(library.restore(9)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('generation 9'),
    });
    expect(library.generation()).toBe(3);
  });

  test('restore can be kept to some scopes', async () => {
    const { library } = libraryRig([piano]);
    await library.reload();
    await library.change({ cause: byAnn, entries: [texted('for-team', {}, inTeam), texted('for-all')] });
    await library.restore(1, ann, ({ kind }) => kind === 'space');
    expect(library.list(annInTalk).map(({ name }) => name)).toEqual(['for-all', 'piano-lessons']);
  });
});

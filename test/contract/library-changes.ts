import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, turnId } from '../../core/domain/ids.ts';
import { type SkillScope, type SkillStanding, skillScopeKey } from '../../core/domain/skill.ts';
import type {
  ChangeCause,
  EntryChange,
  LibraryChange,
  LibraryState,
  LibraryStore,
  SkillEntry,
} from '../../core/ports/library-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleScopes, sampleSkill, skillName } from './store-samples.ts';

interface Stores {
  readonly library: LibraryStore;
}

const { global: everywhere, space: team, conversation: thread, user: anns } = sampleScopes;
const byAnn = { kind: 'person', by: personId('web', 'ann') } as const;

function says(name: string, content: string, changes: Partial<EntryChange> = {}): EntryChange {
  return {
    scope: everywhere,
    name: skillName(name),
    text: { ...sampleSkill(name, content), origin: byAnn },
    ...changes,
  };
}

function becomes(name: string, changes: Omit<EntryChange, 'scope' | 'name'>, scope: SkillScope = everywhere) {
  return { scope, name: skillName(name), ...changes };
}

/** Whatever decides what is retrieved, as one text. */
function retrievable({ skills, hidden }: LibraryState): string {
  return JSON.stringify([
    skills.map(({ scope, name, version, standing }) => [
      skillScopeKey(scope),
      name,
      version,
      standing.maskedContexts.toSorted(),
    ]),
    hidden,
  ]);
}

/** Entries with a text or hidden, as `entriesAt` gives them. */
function entriesOf({ skills, resting, hidden }: LibraryState): ReadonlySet<string> {
  const withText = [...skills, ...resting].map(({ scope, name, version, standing }) => ({
    scope: skillScopeKey(scope),
    name,
    version,
    state: standing.state,
    isProven: standing.isProven,
    isPinned: standing.isPinned,
    maskedContexts: standing.maskedContexts,
    trial: standing.trial,
    since: standing.since,
  }));
  const without = hidden.map(({ scope, name }) => ({ scope: skillScopeKey(scope), name, state: 'hidden' }));
  return new Set([...withText, ...without].map((entry) => JSON.stringify(entry)));
}

const known = (entries: readonly SkillEntry[]): ReadonlySet<string> =>
  new Set(
    entries.flatMap((entry) => {
      const scope = skillScopeKey(entry.scope);
      const { name, version, state, isProven, isPinned, maskedContexts, trial, since } = entry;
      if (state === 'hidden') return [JSON.stringify({ scope, name, state })];
      if (version === 0) return [];
      const standing = { isProven, isPinned, maskedContexts, trial, since };
      return [JSON.stringify({ scope, name, version, state, ...standing })];
    }),
  );

/** What every `LibraryStore` promises of changes: where entries stand, what counts, and what is remembered. */
export function libraryChangesContract(contract: StoreContract<Stores>): void {
  describe(`LibraryStore changes: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const library = (): LibraryStore => subject.stores.library;
    let at = sampleAt;
    beforeEach(async () => {
      subject = await contract.create();
      at = sampleAt;
    });
    afterEach(() => subject.close());

    const request = (
      expectedRevision: number,
      entries: readonly EntryChange[],
      cause: ChangeCause = { kind: 'edit' },
    ): LibraryChange => ({
      at,
      expectedRevision,
      cause,
      entries,
      consumed: [],
      invalidation: { mode: 'scoped', turns: [] },
    });
    /** Each a millisecond later than the one before. */
    async function change(...entries: readonly EntryChange[]): Promise<LibraryState> {
      at += 1;
      return library().apply(request((await library().state()).revision, entries));
    }
    const standing = async (name: string): Promise<SkillStanding | undefined> => {
      const { skills, resting } = await library().state();
      return [...skills, ...resting].find((skill) => skill.name === name)?.standing;
    };

    test('a text of each scope is given back whole, after a restart too', async () => {
      const learned = {
        kind: 'learned',
        model: 'gpt-5',
        proposal: 7,
        evidence: [turnId('t1'), turnId('t2')],
        approvedBy: personId('web', 'bob'),
      } as const;
      const learnedFrom = { platforms: ['web'], authors: [personId('web', 'ann')], isPrivate: true } as const;
      const text = { ...sampleSkill('a', 'learned'), origin: learned, learnedFrom };
      const state = await change(
        becomes('a', { text, state: 'canary', isPinned: true, maskedContexts: ['web|group|pdf'] }, anns),
        says('a', 'of the thread', { scope: thread }),
        says('a', 'of the team', { scope: team }),
        says('a', 'for all'),
      );
      expect(state).toMatchObject({ generation: 1, revision: 1, resting: [], hidden: [] });
      expect(state.skills.find(({ scope }) => scope.kind === 'user')).toEqual({
        ...sampleSkill('a', 'learned'),
        version: 1,
        scope: anns,
        origin: learned,
        learnedFrom,
        standing: {
          state: 'canary',
          isProven: false,
          isPinned: true,
          maskedContexts: ['web|group|pdf'],
          trial: 1,
          since: sampleAt + 1,
        },
      });
      await subject.reopen();
      expect(await library().state()).toEqual(state);
      expect(new Set(state.skills.map(({ scope }) => scope))).toEqual(
        new Set([anns, thread, team, everywhere]),
      );
      expect((await library().version(skillName('a'), 1))?.scope).toEqual(everywhere);
      expect((await library().version(skillName('a'), 1, 'hash of learned'))?.origin).toEqual(learned);
    });

    test('what is not said stays: a new name is active, not proven, not pinned', async () => {
      await change(says('a', '1'));
      expect(await standing('a')).toEqual({
        state: 'active',
        isProven: false,
        isPinned: false,
        maskedContexts: [],
        trial: 1,
        since: sampleAt + 1,
      });
      await change(becomes('a', { isPinned: true }));
      await change(becomes('a', { maskedContexts: ['x'] }));
      await change(becomes('a', { isProven: true }));
      expect(await standing('a')).toEqual({
        state: 'active',
        isProven: true,
        isPinned: true,
        maskedContexts: ['x'],
        trial: 1,
        since: sampleAt + 1,
      });
    });

    test('trials are counted per scope: each edit and each comeback is a further one', async () => {
      await change(says('a', '1'), says('b', '1'), says('a', 'of the team', { scope: team }));
      const trials = async (): Promise<readonly unknown[]> =>
        (await library().state()).skills.map(({ scope, name, standing: { trial } }) => [
          scope.kind,
          name,
          trial,
        ]);
      expect(await trials()).toEqual([
        ['global', 'a', 1],
        ['global', 'b', 2],
        ['space', 'a', 1],
      ]);
      await change(becomes('a', { maskedContexts: ['x'], isProven: true }));
      await change(says('a', '2'));
      expect(await standing('a')).toEqual({
        state: 'active',
        isProven: false,
        isPinned: false,
        maskedContexts: [],
        trial: 3,
        since: sampleAt + 3,
      });
      await subject.reopen();
      await change(becomes('b', { state: 'retired' }));
      expect(await standing('b')).toMatchObject({ trial: 2, since: sampleAt + 1 });
      await change(becomes('b', { state: 'canary' }));
      expect(await standing('b')).toMatchObject({ trial: 4, since: sampleAt + 5 });
      await change(becomes('b', { state: 'active' }));
      expect(await standing('b')).toMatchObject({ trial: 4, since: sampleAt + 5 });
      await change(becomes('a', { version: 1, isProven: true, maskedContexts: ['y'] }));
      expect(await standing('a')).toMatchObject({ trial: 5, isProven: true, maskedContexts: ['y'] });
      await change(becomes('a', { version: 1 }));
      expect(await standing('a')).toMatchObject({ trial: 5 });
    });

    test.each(['candidate', 'canary', 'retired'] as const)('one that is %s is not proven', async (state) => {
      await change(says('a', '1', { isProven: true }));
      expect(await standing('a')).toMatchObject({ isProven: true });
      await change(becomes('a', { state }));
      expect(await standing('a')).toMatchObject({ state, isProven: false });
      await change(becomes('a', { state, isProven: true }));
      expect(await standing('a')).toMatchObject({ isProven: false });
    });

    test('only canary and active can be retrieved; the others rest', async () => {
      const state = await change(
        says('a', '1', { state: 'candidate' }),
        says('b', '1', { state: 'canary' }),
        says('c', '1', { state: 'retired' }),
        says('d', '1'),
      );
      expect(state.skills.map(({ name }) => name)).toEqual(['b', 'd']);
      expect(state.resting.map(({ name }) => name)).toEqual(['a', 'c']);
    });

    test('the generation grows with what can be retrieved, the count of changes with every change', async () => {
      const steps: readonly (readonly [string, EntryChange, boolean])[] = [
        ['a candidate comes', says('a', '1', { state: 'candidate' }), false],
        ['it is tried', becomes('a', { state: 'canary' }), true],
        ['it is taken for good', becomes('a', { state: 'active' }), false],
        ['it is proven', becomes('a', { isProven: true }), false],
        ['it is pinned', becomes('a', { isPinned: true }), false],
        ['it is masked somewhere', becomes('a', { maskedContexts: ['x', 'y'] }), true],
        ['the same in another order', becomes('a', { maskedContexts: ['y', 'x'] }), false],
        ['it is edited', says('a', '2'), true],
        ['it goes back', becomes('a', { version: 1 }), true],
        ['it rests', becomes('a', { state: 'retired' }), true],
        ['it is edited while it rests', says('a', '3'), false],
        ['it is masked while it rests', becomes('a', { maskedContexts: ['z'] }), false],
        ['it hides', becomes('a', { state: 'hidden' }, team), true],
        ['it no longer hides', becomes('a', { state: 'retired' }, team), true],
      ];
      let { generation, revision } = await library().state();
      for (const [what, entry, grows] of steps) {
        const state = await change(entry);
        expect([what, state.generation, state.revision]).toEqual([
          what,
          generation + (grows ? 1 : 0),
          revision + 1,
        ]);
        ({ generation, revision } = state);
      }
    });

    test('many entries are one change, and what stays as it was is none', async () => {
      await change(says('a', '1'), says('b', '1'), says('c', '1'));
      const state = await change(
        says('a', '2'),
        becomes('b', { state: 'retired' }),
        becomes('c', { state: 'active' }),
      );
      expect(state).toMatchObject({ generation: 2, revision: 2 });
      expect((await library().history(9)).map(({ revision, after }) => [revision, after.name])).toEqual([
        [2, 'b'],
        [2, 'a'],
        [1, 'c'],
        [1, 'b'],
        [1, 'a'],
      ]);
      const same = await change(becomes('c', { state: 'active', isPinned: false, version: 1 }));
      expect(same).toEqual(state);
    });

    test('of several entries of one name in one change the later build on the earlier', async () => {
      const state = await change(says('a', '1'), becomes('a', { state: 'retired' }), says('a', '2'));
      expect(state).toMatchObject({ generation: 0, revision: 1, resting: [{ version: 2 }] });
      const [event, ...others] = await library().history(9);
      expect(others).toEqual([]);
      expect(event).toMatchObject({ before: undefined, after: { version: 2, state: 'retired' } });
    });

    test('a name may be hidden without a text of its own, or with one that rests meanwhile', async () => {
      await change(says('a', '1'));
      const hidden = await change(becomes('a', { state: 'hidden' }, team));
      expect(hidden.hidden).toEqual([{ scope: team, name: 'a' }]);
      expect(hidden.resting).toEqual([]);
      await subject.reopen();
      expect((await library().state()).hidden).toEqual(hidden.hidden);
      const again = await change(becomes('a', { state: 'retired' }, team));
      expect(again).toMatchObject({ hidden: [], resting: [], skills: [{ name: 'a' }] });

      await change(says('b', '1', { scope: team }), becomes('b', { state: 'hidden' }, team));
      expect((await library().version(skillName('b'), 1))?.standing.state).toBe('retired');
      expect((await library().versions(team, skillName('b'), 9)).map(({ version }) => version)).toEqual([1]);
      const back = await change(becomes('b', { state: 'active' }, team));
      expect(back.hidden).toEqual([]);
      expect(back.skills.find(({ name }) => name === 'b')).toMatchObject({ version: 1, scope: team });
    });

    test('what never was is not found, and nothing of the change happens', async () => {
      await change(says('a', '1'));
      const before = await library().state();
      const missing = { name: 'AppError', code: 'not_found' };
      for (const entry of [
        becomes('a', { version: 2 }),
        becomes('a', { version: 1 }, team),
        becomes('a', { version: 0 }),
        becomes('nothing', { state: 'active' }),
        becomes('nothing', { state: 'retired' }),
        becomes('nothing', { isPinned: true }),
      ]) {
        await expect(change(says('b', '1'), entry)).rejects.toMatchObject(missing);
      }
      await change(becomes('c', { state: 'hidden' }));
      await expect(change(becomes('c', { state: 'active' }))).rejects.toMatchObject(missing);
      await expect(change(says('b', '1'), says('a', '2', { state: 'hidden' }))).rejects.toMatchObject({
        code: 'invalid_input',
      });
      await expect(change(says('a', '2', { version: 1 }))).rejects.toMatchObject({ code: 'invalid_input' });
      await subject.reopen();
      expect((await library().state()).skills).toEqual(before.skills);
      expect(await library().version(skillName('b'), 1)).toBeUndefined();
      expect(await library().history(9)).toHaveLength(2);
    });

    test('of two changes made for the same state the second is refused', async () => {
      const { revision } = await change(says('a', '1', { state: 'candidate' }));
      const both = await Promise.allSettled([
        library().apply(request(revision, [becomes('a', { state: 'canary' })])),
        library().apply(request(revision, [becomes('a', { state: 'retired' })])),
      ]);
      expect(both).toMatchObject([
        { status: 'fulfilled', value: { revision: revision + 1 } },
        { status: 'rejected', reason: { name: 'AppError', code: 'conflict' } },
      ]);
      expect(await standing('a')).toMatchObject({ state: 'canary' });
      // Also one that changed nothing to retrieve, and one that files made.
      await library().sync(team, [sampleSkill('b', '1')], at);
      await expect(
        library().apply(request(revision + 1, [becomes('a', { state: 'retired' })])),
      ).rejects.toMatchObject({ code: 'conflict' });
    });

    test('versions are counted per name and scope, whatever stands now, the newest first', async () => {
      for (const content of ['1', '2', '1']) await change(says('a', content));
      await change(says('a', 'of the team', { scope: team }), becomes('a', { version: 2 }));
      await subject.reopen();
      const versions = await library().versions(everywhere, skillName('a'), 9);
      expect(versions.map(({ version, contentHash }) => [version, contentHash])).toEqual([
        [3, 'hash of 1'],
        [2, 'hash of 2'],
        [1, 'hash of 1'],
      ]);
      expect(await library().versions(everywhere, skillName('a'), 2)).toEqual(versions.slice(0, 2));
      expect(await library().versions(anns, skillName('a'), 9)).toEqual([]);
      await change(says('a', '4'));
      expect((await library().versions(everywhere, skillName('a'), 1))[0]?.version).toBe(4);
    });

    test('the history has who, why, when, before and after', async () => {
      const cause: ChangeCause = {
        kind: 'restore',
        by: personId('web', 'ann'),
        proposal: 3,
        reason: 'it hurt',
        restores: 1,
      };
      await change(says('a', '1'), says('b', '1'));
      at += 1;
      await library().apply(request(1, [becomes('a', { state: 'retired' })], cause));
      await library().sync(team, [sampleSkill('a', 'of the team')], at);
      await subject.reopen();
      const of = { scope: everywhere, name: skillName('a') };
      const first: SkillEntry = {
        ...of,
        version: 1,
        state: 'active',
        isProven: false,
        isPinned: false,
        maskedContexts: [],
        trial: 1,
        since: sampleAt + 1,
      };
      expect(await library().history(9, of)).toEqual([
        {
          revision: 2,
          generation: 2,
          at: sampleAt + 2,
          cause,
          before: first,
          after: { ...first, state: 'retired' },
        },
        {
          revision: 1,
          generation: 1,
          at: sampleAt + 1,
          cause: { kind: 'edit' },
          before: undefined,
          after: first,
        },
      ]);
      expect((await library().history(1, of)).map(({ revision }) => revision)).toEqual([2]);
      expect((await library().history(2)).map(({ cause: { kind } }) => kind)).toEqual(['files', 'restore']);
      expect(await library().history(9, { scope: anns, name: skillName('a') })).toEqual([]);
    });

    test('the entries of a generation are those at its end; none are known that never was', async () => {
      expect(await library().entriesAt(0)).toEqual([]);
      expect(await library().entriesAt(1)).toBeUndefined();
      expect(await library().entriesAt(-1)).toBeUndefined();
      await change(says('a', '1'));
      await change(becomes('a', { isPinned: true }));
      await change(says('b', '1'), becomes('a', { state: 'retired' }));
      await subject.reopen();
      const brief = async (generation: number): Promise<readonly unknown[] | undefined> =>
        (await library().entriesAt(generation))?.map(({ name, state, isPinned }) => [name, state, isPinned]);
      expect(await brief(0)).toEqual([]);
      expect(await brief(1)).toEqual([['a', 'active', true]]);
      expect(await brief(2)).toEqual([
        ['a', 'retired', true],
        ['b', 'active', false],
      ]);
      expect(await brief(3)).toBeUndefined();
    });

    const oneChange = fc.oneof(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        content: fc.constantFrom('1', '2', '3'),
        state: fc.constantFrom('candidate' as const, 'canary' as const, 'active' as const, undefined),
        scope: fc.constantFrom<SkillScope>(everywhere, anns),
      }),
      fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        state: fc.constantFrom('candidate', 'canary', 'active', 'retired', 'hidden', undefined),
        version: fc.constantFrom(1, 2, undefined),
        isPinned: fc.constantFrom(true, false, undefined),
        isProven: fc.constantFrom(true, false, undefined),
        maskedContexts: fc.constantFrom(['x'], ['y', 'x'], [], undefined),
        scope: fc.constantFrom<SkillScope>(everywhere, anns),
      }),
    );
    const present = <T extends object>(value: T): object =>
      Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));

    test('after any changes: the generation tells what can be retrieved, and each is remembered as it was', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(oneChange, { maxLength: 3 }), { maxLength: 8 }),
          async (changes) => {
            const fresh = await contract.create();
            const store = fresh.stores.library;
            let state = await store.state();
            const at = new Map<number, ReadonlySet<string>>([[0, entriesOf(state)]]);
            for (const entries of changes) {
              const applied = await store
                .apply(
                  request(
                    state.revision,
                    entries.map(({ name, scope, ...rest }) => {
                      if (!('content' in rest)) return { scope, name: skillName(name), ...present(rest) };
                      const { content, ...others } = rest;
                      return says(name, content, { scope, ...present(others) });
                    }),
                  ),
                )
                .catch(() => undefined);
              const next = await store.state();
              if (applied === undefined) {
                expect(next).toEqual(state);
                continue;
              }
              expect(applied).toEqual(next);
              const grew = retrievable(next) !== retrievable(state);
              expect(next.generation).toBe(state.generation + (grew ? 1 : 0));
              at.set(next.generation, entriesOf(next));
              const trials = [...next.skills, ...next.resting].map(
                ({ scope, standing: { trial } }) => `${skillScopeKey(scope)} ${trial}`,
              );
              expect(new Set(trials).size).toBe(trials.length);
              state = next;
            }
            for (const [generation, entries] of at) {
              expect(known((await store.entriesAt(generation)) ?? [])).toEqual(entries);
            }
            await fresh.close();
          },
        ),
        { numRuns: 40 },
      );
    });
  });
}

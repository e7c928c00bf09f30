import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personId, spaceId } from '../../core/domain/ids.ts';
import type { SkillScope } from '../../core/domain/skill.ts';
import type {
  EntryChange,
  LibraryState,
  LibraryStore,
  StoredSkillFile,
} from '../../core/ports/library-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleSkill, skillName } from './store-samples.ts';

interface Stores {
  readonly library: LibraryStore;
}

/** What every `LibraryStore` promises of what files say; `libraryChangesContract` has what is changed in chat. */
export function libraryStoreContract(contract: StoreContract<Stores>): void {
  describe(`LibraryStore: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const library = (): LibraryStore => subject.stores.library;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const everywhere: SkillScope = { kind: 'global' };
    const team: SkillScope = { kind: 'space', platform: 'web', spaceId: spaceId('web', 'team') };
    const brief = (state: LibraryState): readonly string[] => [
      `g${state.generation}`,
      ...state.skills.map((skill) => `${skill.scope.kind}/${skill.name}@${skill.version}`),
    ];

    test('begins with generation 0 and no skills', async () => {
      const nothing = { generation: 0, revision: 0, skills: [], resting: [], hidden: [] };
      expect(await library().state()).toEqual(nothing);
      expect(await library().sync(everywhere, [], sampleAt)).toEqual(nothing);
    });

    test('gives skills back whole, after a restart too', async () => {
      const text = sampleSkill('pdf', 'tables');
      const state = await library().sync(everywhere, [text], sampleAt);
      const skill = {
        ...text,
        version: 1,
        scope: everywhere,
        origin: { kind: 'files' },
        standing: {
          state: 'active',
          isProven: false,
          isPinned: false,
          maskedContexts: [],
          trial: 1,
          since: sampleAt,
        },
      };
      expect(state).toEqual({ generation: 1, revision: 1, skills: [skill], resting: [], hidden: [] });
      await subject.reopen();
      expect(await library().state()).toEqual(state);
      expect(await library().version(skillName('pdf'), 1)).toEqual(skill);
      expect(await library().version(skillName('pdf'), 2)).toBeUndefined();
      expect(await library().version(skillName('other'), 1)).toBeUndefined();
    });

    test('the generation grows by one for any number of changes and not without one', async () => {
      const first = [sampleSkill('a', '1'), sampleSkill('b', '1'), sampleSkill('c', '1')];
      expect((await library().sync(everywhere, first, sampleAt)).generation).toBe(1);
      expect((await library().sync(everywhere, first.toReversed(), sampleAt)).generation).toBe(1);
      await subject.reopen();
      expect((await library().sync(everywhere, first, sampleAt)).generation).toBe(1);
      const second = [sampleSkill('a', '2'), sampleSkill('b', '1'), sampleSkill('d', '1')];
      expect(brief(await library().sync(everywhere, second, sampleAt))).toEqual([
        'g2',
        'global/a@2',
        'global/b@1',
        'global/d@1',
      ]);
    });

    test('a withdrawn skill keeps its versions; the same text comes back as itself', async () => {
      const text = sampleSkill('a', '1');
      await library().sync(everywhere, [text], sampleAt);
      expect(brief(await library().sync(everywhere, [], sampleAt))).toEqual(['g2']);
      expect((await library().version(skillName('a'), 1))?.body).toBe(text.body);
      expect(brief(await library().sync(everywhere, [], sampleAt))).toEqual(['g2']);
      expect(brief(await library().sync(everywhere, [text], sampleAt))).toEqual(['g3', 'global/a@1']);
    });

    test('a text that differs from the last is a new version, also when it was there before', async () => {
      for (const content of ['1', '2', '1']) {
        await library().sync(everywhere, [sampleSkill('a', content)], sampleAt);
      }
      await subject.reopen();
      expect(brief(await library().state())).toEqual(['g3', 'global/a@3']);
      const versions = [1, 2, 3].map((version) => library().version(skillName('a'), version));
      expect((await Promise.all(versions)).map((skill) => skill?.contentHash)).toEqual([
        'hash of 1',
        'hash of 2',
        'hash of 1',
      ]);
    });

    test('another source alone changes neither version nor generation', async () => {
      await library().sync(everywhere, [sampleSkill('a', '1')], sampleAt);
      const state = await library().sync(everywhere, [sampleSkill('a', '1', 'moved.md')], sampleAt);
      expect(brief(state)).toEqual(['g1', 'global/a@1']);
      expect(state.skills[0]?.source).toBe('moved.md');
    });

    test('scopes do not touch each other and count their own versions', async () => {
      await library().sync(everywhere, [sampleSkill('a', '1'), sampleSkill('b', '1')], sampleAt);
      await library().sync(everywhere, [sampleSkill('a', '2'), sampleSkill('b', '1')], sampleAt);
      const state = await library().sync(team, [sampleSkill('a', 'of the team')], sampleAt);
      expect(brief(state)).toEqual(['g3', 'global/a@2', 'global/b@1', 'space/a@1']);
      expect(brief(await library().sync(everywhere, [], sampleAt))).toEqual(['g4', 'space/a@1']);
    });

    test('a version is found by its hash where scopes use one name; without it the global one comes first', async () => {
      await library().sync(team, [sampleSkill('a', 'of the team')], sampleAt);
      await library().sync(everywhere, [sampleSkill('a', 'for all')], sampleAt);
      const name = skillName('a');
      expect((await library().version(name, 1, 'hash of of the team'))?.scope).toEqual(team);
      expect((await library().version(name, 1, 'hash of for all'))?.scope).toEqual(everywhere);
      expect((await library().version(name, 1))?.scope).toEqual(everywhere);
      expect(await library().version(name, 1, 'hash of nothing')).toBeUndefined();
    });

    test('of two texts with one name the later stands', async () => {
      const state = await library().sync(
        everywhere,
        [sampleSkill('a', 'first'), sampleSkill('a', 'second')],
        sampleAt,
      );
      expect(brief(state)).toEqual(['g1', 'global/a@1']);
      expect(state.skills[0]?.contentHash).toBe('hash of second');
    });

    describe('a file beside changes in chat', () => {
      const name = skillName('a');
      async function inChat(...entries: readonly EntryChange[]): Promise<LibraryState> {
        const { revision } = await library().state();
        return library().apply({
          at: sampleAt + 1,
          expectedRevision: revision,
          cause: { kind: 'edit' },
          entries,
          consumed: [],
          invalidation: { mode: 'scoped', turns: [] },
        });
      }
      const edited = (content: string): EntryChange => ({
        scope: everywhere,
        name,
        text: { ...sampleSkill('a', content), origin: { kind: 'person', by: personId('web', 'ann') } },
      });
      const say = async (...contents: readonly string[]): Promise<LibraryState> => {
        await subject.reopen();
        return library().sync(
          everywhere,
          contents.map((content) => sampleSkill('a', content)),
          sampleAt + 2,
        );
      };
      const shown = (state: LibraryState): readonly unknown[] =>
        state.skills.map(({ version, contentHash, origin }) => [version, contentHash, origin.kind]);

      test('that does not change leaves an edit as it is, through restarts and reloads', async () => {
        await say('1');
        await inChat(edited('2'));
        for (const state of [await say('1'), await say('1')]) {
          expect(state.generation).toBe(2);
          expect(shown(state)).toEqual([[2, 'hash of 2', 'person']]);
        }
      });

      test('that changes wins as the next version', async () => {
        await say('1');
        await inChat(edited('2'));
        expect(shown(await say('3'))).toEqual([[3, 'hash of 3', 'files']]);
        expect((await library().version(name, 2))?.origin.kind).toBe('person');
      });

      test('that comes to say what was said in chat is that text, and decides over it from then on', async () => {
        await say('1');
        await inChat(edited('2'));
        const state = await say('2');
        expect(state.generation).toBe(2);
        expect(shown(state)).toEqual([[2, 'hash of 2', 'person']]);
        expect(shown(await say('1'))).toEqual([[3, 'hash of 1', 'files']]);
      });

      test('that does not change leaves a retirement as it is; one that changes brings the name back', async () => {
        await say('1');
        await inChat({ scope: everywhere, name, state: 'retired' });
        expect(await say('1')).toMatchObject({ generation: 2, skills: [], resting: [{ name: 'a' }] });
        expect(await say()).toMatchObject({ generation: 2, skills: [] });
        expect(await say('1')).toMatchObject({ generation: 2, skills: [] });
        const back = await say('2');
        expect(back.generation).toBe(3);
        expect(shown(back)).toEqual([[2, 'hash of 2', 'files']]);
      });

      test('that is gone retires its own text, not what was edited in chat', async () => {
        await say('1');
        expect(await say()).toMatchObject({
          generation: 2,
          skills: [],
          resting: [{ name: 'a', standing: { state: 'retired', since: sampleAt + 2 } }],
        });
        await say('1');
        await inChat(edited('2'));
        expect(shown(await say())).toEqual([[2, 'hash of 2', 'person']]);
        expect(shown(await say('1'))).toEqual([[2, 'hash of 2', 'person']]);
      });

      test('that is gone does not retire again what a person has brought back meanwhile', async () => {
        await say('1');
        await say();
        const { generation } = await inChat({ scope: everywhere, name, state: 'active' });
        for (const state of [await say(), await say('1')]) {
          expect(state.generation).toBe(generation);
          expect(shown(state)).toEqual([[1, 'hash of 1', 'files']]);
        }
        expect(await say()).toMatchObject({ generation: generation + 1, skills: [] });
      });

      test('a name that people made is left alone until a file of that name comes', async () => {
        await inChat(edited('of a person'));
        expect(shown(await say())).toEqual([[1, 'hash of of a person', 'person']]);
        expect(shown(await say('of a file'))).toEqual([[2, 'hash of of a file', 'files']]);
      });

      test('a candidate whose text comes as a file is active', async () => {
        await inChat({ ...edited('1'), state: 'candidate' });
        const state = await say('1');
        expect(state).toMatchObject({
          generation: 1,
          skills: [{ version: 1, standing: { state: 'active' } }],
        });
        expect(shown(await say())).toEqual([[1, 'hash of 1', 'person']]);
      });
    });

    test('a version keeps the files it was read from, byte for byte', async () => {
      const file = (path: string, ...bytes: readonly number[]): StoredSkillFile => ({
        path,
        bytes: Uint8Array.from(bytes),
      });
      const read = async (content: string, ...files: readonly StoredSkillFile[]): Promise<void> => {
        await library().sync(everywhere, [{ ...sampleSkill('a', content), files }], sampleAt);
        await subject.reopen();
      };
      const name = skillName('a');
      const first = [file('SKILL.md', 0, 255, 13, 10), file('scripts/run.py')];
      await read('1', ...first);
      expect(await library().files(everywhere, name, 1)).toEqual(first);
      const second = [file('SKILL.md', 1)];
      await read('2', ...second);
      expect(await library().files(everywhere, name, 1)).toEqual(first);
      expect(await library().files(everywhere, name, 2)).toEqual(second);
      // The same text around which the file was written otherwise.
      await read('2', file('SKILL.md', 2));
      expect(await library().files(everywhere, name, 2)).toEqual([file('SKILL.md', 2)]);
      expect((await library().state()).generation).toBe(2);
      expect(await library().files(everywhere, name, 3)).toBeUndefined();
      expect(await library().files(team, name, 1)).toBeUndefined();
      await library().sync(team, [sampleSkill('a', '1')], sampleAt);
      expect(await library().files(team, name, 1)).toBeUndefined();
    });
  });
}

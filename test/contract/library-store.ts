import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { spaceId } from '../../core/domain/ids.ts';
import type { SkillScope } from '../../core/domain/skill.ts';
import type { LibraryState, LibraryStore } from '../../core/ports/library-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleSkill, skillName } from './store-samples.ts';

interface Stores {
  readonly library: LibraryStore;
}

/** What every `LibraryStore` promises. */
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
      expect(await library().state()).toEqual({ generation: 0, skills: [] });
      expect(await library().sync(everywhere, [], sampleAt)).toEqual({ generation: 0, skills: [] });
    });

    test('gives skills back whole, after a restart too', async () => {
      const text = sampleSkill('pdf', 'tables');
      const state = await library().sync(everywhere, [text], sampleAt);
      const skill = { ...text, version: 1, scope: everywhere };
      expect(state).toEqual({ generation: 1, skills: [skill] });
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
  });
}

import { expect, test } from 'vitest';
import { byAnn, entry, everywhere, libraryRig, piano, texted } from './library-rig.ts';

test('a change that depends on how things are is asked when its turn has come, and is none where it says so', async () => {
  const { library } = libraryRig([piano]);
  await library.reload();
  const { name } = piano;
  const inUse = (): boolean => library.entry(everywhere, name)?.state === 'active';
  const removing = library.change({
    cause: { kind: 'remove' },
    entries: [entry(name, { state: 'retired' })],
  });
  const pinning = library.change({
    cause: { kind: 'pin' },
    entries: [entry(name, { state: 'active', isPinned: true })],
    onlyIf: inUse,
  });
  expect(inUse()).toBe(true);
  expect((await removing).changed).toBe(true);
  expect(await pinning).toEqual({ generation: 2, changed: false, dropped: 0 });
  expect(library.entry(everywhere, name)).toMatchObject({ state: 'retired', isPinned: false });

  const back = { cause: byAnn, entries: [entry(name, { state: 'active' })], onlyIf: () => !inUse() };
  expect((await library.change(back)).changed).toBe(true);
  expect(inUse()).toBe(true);
});

test('a change that is made is not said to have failed when its drops cannot be counted', async () => {
  let asked = 0;
  const samples = {
    waiting: async () => [],
    async counts() {
      asked += 1;
      if (asked === 2) throw new Error('the disk is away');
      return { dropped: 0, trained: 0, waiting: 0 };
    },
  };
  const { library, logger } = libraryRig([], { invalidation: 'strict', samples });
  await library.reload();
  const heard: number[] = [];
  library.onChange(({ generation }) => heard.push(generation));
  const report = await library.change({ cause: byAnn, entries: [texted('new')] });
  expect(report).toEqual({ generation: 1, changed: true, dropped: 0 });
  expect(heard).toEqual([1]);
  expect(logger.entries.map(({ event }) => event)).toContain('drops_not_counted');
});

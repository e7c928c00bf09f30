import { expect, test } from 'vitest';
import { byAnn, entry, everywhere, libraryRig, piano } from './library-rig.ts';

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

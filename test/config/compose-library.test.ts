import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { composeLibrary } from '../../config/compose-library.ts';
import type { SpaceId } from '../../core/domain/ids.ts';
import { createWaitingSamples } from '../core/skills/waiting-samples.ts';
import { createMemoryLibraryStore } from '../fakes/skills/memory-library-store.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad, temporaryFolder } from './settings-folder.ts';

const text = '---\nname: garden-care\ndescription: Waters tomatoes.\n---\n\nWater at dawn.\n';

/** A library of one skill from a folder, read. */
async function library(settings = '') {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'garden-care'));
  writeFileSync(join(folder, 'garden-care', 'SKILL.md'), text);
  const composed = composeLibrary({
    loaded: mustLoad({ yaml: `skills: {shipped: false, folders: ['${folder}']${settings}}` }),
    stores: { library: createMemoryLibraryStore(), samples: createWaitingSamples([]) },
    key: 'key',
    ids: createSequentialIds(),
    clock: createFakeClock(),
    logger: createMemoryLogger(),
  });
  const before = composed.library.active();
  await composed.library.reload();
  const propensity = (): number | undefined => {
    const sessionId = 'session-1';
    const { shown, masked } = composed.library.retrieve('How do I water tomatoes?', undefined, { sessionId });
    return [...shown, ...masked][0]?.propensity;
  };
  return { ...composed, before, propensity };
}

const much = new Map<SpaceId | '', number>([['', 1_001]]);

test('holds the skills of the folders that the settings name, once it is reloaded', async () => {
  const { library: read, before } = await library();
  expect(before).toEqual([]);
  expect(read.active().map(({ name }) => name)).toEqual(['garden-care']);
});

test('leaves active skills out by chance once it was told of much feedback, and no longer once of little', async () => {
  const { propensity, onLabelled } = await library();
  expect(propensity()).toBe(1);
  onLabelled(much);
  expect(propensity()).toBe(0.9);
  onLabelled(new Map([['', 3]]));
  expect(propensity()).toBe(1);
});

test('leaves nothing out by chance where the operator wants no experiments', async () => {
  const { propensity, onLabelled } = await library(', experiments: false');
  onLabelled(much);
  expect(propensity()).toBe(1);
});

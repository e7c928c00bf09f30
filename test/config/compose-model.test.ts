import { expect, test } from 'vitest';
import { engineProfiles } from '../../adapters/tinker/profiles.ts';
import { bannerOf, isRoomy, keptApart, openAnsweringEngine } from '../../config/compose-model.ts';
import { createStandInTrainer } from '../fakes/engine/stand-in-trainer.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad } from './settings-folder.ts';

type Profile = keyof typeof engineProfiles;

const engineOf = (profile: Profile) => ({
  trainer: { ...createStandInTrainer({}), facts: engineProfiles[profile].facts },
});
const loadedWith = (engine: string) =>
  mustLoad({ yaml: `engine: {${engine}}`, variables: { TINKER_BASE_URL: 'http://127.0.0.1:9' } });
const around = {
  fetch: () => Promise.reject(new Error('nobody is called here')),
  clock: createFakeClock(),
  ids: createSequentialIds(),
  logger: createMemoryLogger(),
};

test('an engine is opened where it is to answer and nothing answers in its place', async () => {
  const answering = loadedWith('profile: skyrl, baseModel: tiny, tokenizer: ./t, answers: true');
  const resting = loadedWith('profile: skyrl, baseModel: tiny');
  const engine = engineOf('skyrl');
  expect(await openAnsweringEngine({ ...around, loaded: answering, engine })).toBe(engine);
  expect(await openAnsweringEngine({ ...around, loaded: resting, engine })).toBeUndefined();
  const model = modelOf('given', () => 'hi');
  expect(await openAnsweringEngine({ ...around, loaded: answering, engine, model })).toBeUndefined();
});

test.each<[Profile, boolean, boolean]>([
  ['skyrl', true, false],
  ['tuft', false, false],
  ['tinker', false, true],
  ['mint', false, true],
])('%s: keeps training and answers apart: %s; has room for both: %s', (profile, isApart, hasRoom) => {
  const { settings } = loadedWith(`profile: ${profile}, baseModel: tiny`);
  expect(keptApart(engineOf(profile)).engineTurns !== undefined).toBe(isApart);
  expect(isRoomy(settings, engineOf(profile))).toBe(hasRoom);
  expect(isRoomy(settings, undefined)).toBe(false);
});

test('without an engine nothing is kept apart', () => {
  expect(keptApart(undefined)).toEqual({});
});

test('only a stand-in is told of on the page', () => {
  expect(bannerOf({ kind: 'demo' })).toMatch(/not a language model/);
  for (const kind of ['configured', 'discovered', 'engine'] as const)
    expect(bannerOf({ kind })).toBeUndefined();
});

import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { databasePath } from '../../config/storage.ts';
import { type SpaceId, spaceId } from '../../core/domain/ids.ts';
import { type PolicyScope, type PolicySource, policyId, runId } from '../../core/domain/policy.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { startTrainingBot, type TrainingBot } from '../flow/training-bot.ts';
import { createSkippingClock } from '../flow/training-clock.ts';
import { engineSettings, openEngine, settingsWith } from '../flow/training-settings.ts';

const here = spaceId('terminal', 'local');
const elsewhere = spaceId('web', 'elsewhere');
const ofSpace = (id: SpaceId): PolicyScope => ({ kind: 'space', spaceId: id });
const alone = () => settingsWith({ persona: 'Be kind.' }, { METACLAW_MODEL_DISCOVER: 'false' });

async function inStores<T>(loaded: LoadedSettings, use: (stores: SqliteStores) => Promise<T>): Promise<T> {
  const database = openDatabase({ path: databasePath(loaded.homeFolder), logger: createMemoryLogger() });
  try {
    return await use(openStores(database));
  } finally {
    database.close();
  }
}

const start = (loaded: LoadedSettings): Promise<TrainingBot> =>
  startTrainingBot(loaded, { clock: createSkippingClock() });

/** A run under way, of this scope. */
async function withRun(loaded: LoadedSettings, scope: PolicyScope): Promise<LoadedSettings> {
  await inStores(loaded, ({ runs }) =>
    runs.begin(
      {
        runId: runId('run_seeded'),
        scope,
        kind: 'wording',
        methods: ['wording'],
        generation: 0,
        plan: {
          steps: 0,
          samples: 0,
          positives: 0,
          negatives: 0,
          people: 0,
          leftOut: {},
          estimate: { calls: 0, tokens: 0, micros: 0 },
          settings: {},
        },
        startedAt: Date.now(),
      },
      [],
    ),
  );
  return loaded;
}

const outdated: PolicySource = {
  kind: 'wording',
  persona: 'Be stern.\nName units.',
  personaFrom: { madeFrom: 'the digest of other words', learnedFrom: { platforms: ['web'], authors: [] } },
};

async function withPolicy(
  loaded: LoadedSettings,
  scope: PolicyScope,
  source: PolicySource,
  state: 'candidate' | 'canary' | 'serving',
): Promise<LoadedSettings> {
  await inStores(loaded, async ({ policies }) => {
    const id = policyId('policy_seeded');
    const at = Date.now();
    await policies.add({ policyId: id, scope, source, runId: runId('run_0'), createdAt: at });
    if (state !== 'candidate') await policies.move(id, ['candidate'], { state, at });
  });
  return loaded;
}

describe('what a space’s status tells of training', () => {
  const words: PolicySource = { kind: 'wording', persona: 'Be brief.' };

  test('is its own policy and its own run', async () => {
    const loaded = await withPolicy(await withRun(alone(), ofSpace(here)), ofSpace(here), words, 'serving');
    const status = await (await start(loaded)).says('/status');
    expect(status).toContain('Answers come from policy 1');
    expect(status).toContain('Training: run 1, ');
  });

  test('is no policy and no run of another space', async () => {
    const scope = ofSpace(elsewhere);
    const loaded = await withPolicy(await withRun(alone(), scope), scope, words, 'serving');
    const status = await (await start(loaded)).says('/status');
    expect(status).toContain('Answers come from the model as it is configured');
    expect(status).not.toMatch(/policy 1|run 1|Training:/i);
  });

  test('is of the run of another space only that there is one, where a run of all waits for its end', async () => {
    const all = settingsWith({ training: { scope: 'everywhere' } }, { METACLAW_MODEL_DISCOVER: 'false' });
    const status = await (await start(await withRun(all, ofSpace(elsewhere)))).says('/status');
    expect(status).toContain('Training: a run of another place');
    expect(status).not.toMatch(/run 1/i);
  });
});

describe('a persona that was made from another than the settings have now', () => {
  test.each(['candidate', 'canary'] as const)('is tried no further as a %s', async (state) => {
    const loaded = await withPolicy(alone(), ofSpace(here), outdated, state);
    const bot = await start(loaded);
    const shown = await bot.says('/policy show 1');
    expect(shown).toContain('discarded');
    expect(shown).toContain('the persona of the settings is another one now');
  });

  test('serves on by its name, and status says that its words are not used', async () => {
    const loaded = await withPolicy(alone(), ofSpace(here), outdated, 'serving');
    const bot = await start(loaded);
    const status = await bot.says('/status');
    expect(status).toContain('Answers come from policy 1');
    expect(status).toMatch(
      /The persona of policy 1 was made from another .*persona.* than the settings have/,
    );
  });

  test('of another space is no problem of this one', async () => {
    const loaded = await withPolicy(alone(), ofSpace(elsewhere), outdated, 'serving');
    expect(await (await start(loaded)).says('/status')).not.toContain('The persona of');
  });

  test('is as good as any where the settings have not changed', async () => {
    const { personaFrom: _, ...source } = outdated;
    const bot = await start(await withPolicy(alone(), ofSpace(here), source, 'candidate'));
    expect(await bot.says('/policy show 1')).not.toContain('discarded');
  });
});

describe('/privacy', () => {
  const weights = { weights: true, trainPrice: 1, readPrice: 1, writePrice: 1 };
  const done = /a model is trained on the operator.s own machines: yes/i;
  const notDone = /a model is trained on the operator.s own machines: allowed.*, but not done at present/i;

  test('says that training is done where weights are trained, and where words go for it', async () => {
    const bot = await start(engineSettings(await openEngine(), weights));
    const privacy = await bot.says('/privacy');
    expect(privacy).toMatch(done);
    expect(privacy).toContain('the training engine, whose model learns,');
    expect(privacy).toMatch(/On for .*terminal/);
  });

  test('says that it is not done where weights are off, though the operator has allowed it', async () => {
    const bot = await start(engineSettings(await openEngine(), { ...weights, weights: false }));
    const privacy = await bot.says('/privacy');
    expect(privacy).toMatch(notDone);
    expect(privacy).not.toContain('whose model learns');
    expect(privacy).toContain('None at present, but the operator has allowed it for');
  });
});

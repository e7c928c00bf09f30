import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { createLocalLink } from '../../../adapters/terminal/local-link.ts';
import type { EngineProfileName } from '../../../adapters/tinker/profiles.ts';
import { composeBot } from '../../../config/compose.ts';
import { type LoadedSettings, loadSettings } from '../../../config/load-settings.ts';
import { packageRoot } from '../../../config/package-root.ts';
import { openStorage } from '../../../config/storage.ts';
import { talkAt } from '../../../test/flow/talk-at.ts';
import type { SkippingClock } from '../../../test/flow/training-clock.ts';
import { silentLogger } from '../engine/silent-logger.ts';
import { baseModel, type EnginePlace } from './engine.ts';

export interface PreemptBot {
  says(line: string): Promise<string>;
  close(): Promise<void>;
}

export interface PreemptBotOptions {
  readonly homeFolder: string;
  readonly profile: EngineProfileName;
  readonly engine: EnginePlace;
  readonly clock: SkippingClock;
  readonly fetch: typeof globalThis.fetch;
}

/** Nobody is awake for 23 hours, so that the window is open again when nobody has written for a while. */
const asleep = { sleep: '23:00-22:00', timeZone: 'UTC', idleMinutes: 500_000 };

function settingsFor({ homeFolder, profile, engine }: PreemptBotOptions): LoadedSettings {
  const sections = {
    agent: { historyTurns: 1, historyBudgetTokens: 200 },
    feedback: { settleSkillsMinutes: 0, settleWeightsMinutes: 0 },
    learning: { holdOutPercent: 0, trainLocal: ['terminal'] },
    engine: {
      profile,
      baseModel,
      tokenizer: join(packageRoot(), 'test/fixtures/tokenizers/chatml'),
      answers: true,
      rank: 4,
      maxContextTokens: 4_096,
    },
    model: { maxOutputTokens: 16 },
    training: {
      weights: true,
      minSamples: 16,
      minEachSign: 1,
      minPeople: 1,
      maxPersonPercent: 100,
      batchSize: 2,
      trainPrice: 0.001,
      readPrice: 0.001,
      writePrice: 0.001,
      monthlyBudget: 1_000_000,
    },
    schedule: asleep,
  };
  writeFileSync(join(homeFolder, 'metaclaw.yaml'), JSON.stringify(sections));
  const result = loadSettings({
    workingFolder: homeFolder,
    variables: {
      METACLAW_HOME: homeFolder,
      METACLAW_INTAKE_BURST_MS: '0',
      TINKER_BASE_URL: engine.baseUrl,
      TINKER_API_KEY: engine.apiKey,
    },
  });
  if (result.kind === 'loaded') return result.loaded;
  throw new Error(`The bench's settings are wrong: ${JSON.stringify(result.problems)}`);
}

/** The whole bot as `config/compose.ts` builds it, with a person at its terminal; answers and training come from one engine. */
export async function openPreemptBot(options: PreemptBotOptions): Promise<PreemptBot> {
  const { homeFolder, clock, fetch } = options;
  const loaded = settingsFor(options);
  const logger = silentLogger;
  const storage = openStorage(homeFolder, { clock, logger, processId: process.pid });
  const { link, session } = createLocalLink();
  const { bot, channels, close } = await composeBot({
    loaded,
    storage,
    clock,
    ids: createSystemIds(clock),
    logger,
    fetch,
    terminal: link,
    terminalAlone: true,
    personName: 'bench',
    problems: () => [],
  });
  for (const { channel } of channels) {
    await bot.prepare(channel);
    await channel.start(bot.sink);
    bot.attach(channel);
  }
  bot.start();
  return {
    says: talkAt(session, clock),
    async close() {
      await bot.stop(1_000);
      for (const { channel } of channels) await channel.stop();
      await close();
      storage.close();
    },
  };
}

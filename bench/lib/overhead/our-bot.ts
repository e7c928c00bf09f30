import { createTelegramChannel } from '../../../adapters/telegram/channel.ts';
import { createTelegramClient } from '../../../adapters/telegram/client.ts';
import type { TelegramApi } from '../../../adapters/telegram/telegram-api.ts';
import { createSystemParts } from '../../../config/cli/system-parts.ts';
import { composeBot } from '../../../config/compose.ts';
import { type LoadedSettings, loadSettings } from '../../../config/load-settings.ts';
import { openStorage, type Storage } from '../../../config/storage.ts';
import type { LimiterPort } from '../../../core/ports/limiter.ts';
import { type BotUnderTest, botToken, createMark, webhookPath, webhookSecret } from './bot-under-test.ts';
import { createStubModel } from './stub-model.ts';
import { personIds } from './updates.ts';

export interface OurBotOptions {
  readonly apiRoot: string;
  /** An empty folder on a real disk for the database. */
  readonly homeFolder: string;
  /** The only skills there are. */
  readonly skillsFolder: string;
}

/** The platform's floors do not count here; what the limiter itself costs is measured apart. */
const unlimited: LimiterPort = {
  run: (_call, job) => job(),
  queue: () => ({ waiting: 0, bound: 1 }),
  stop: async () => {},
};

function settingsFor({ homeFolder, skillsFolder }: OurBotOptions): LoadedSettings {
  const result = loadSettings({
    workingFolder: homeFolder,
    variables: {
      METACLAW_HOME: homeFolder,
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_SKILLS_SHIPPED: 'false',
      METACLAW_SKILLS_FOLDERS: skillsFolder,
      METACLAW_CHANNELS_TELEGRAM_ALLOW: personIds.map((id) => `telegram:user:${id}`).join(','),
    },
  });
  if (result.kind === 'loaded') return result.loaded;
  throw new Error(`The bench's settings are wrong: ${JSON.stringify(result.problems)}`);
}

/** The same storage, which tells when a turn has come to its end. */
function watched(storage: Storage, turnEnded: () => void): Storage {
  const { turns } = storage.stores;
  const end: typeof turns.end = async (turnId, ending) => {
    await turns.end(turnId, ending);
    turnEnded();
  };
  return { ...storage, stores: { ...storage.stores, turns: { ...turns, end } } };
}

/** The same client, which adds up the time of sends and knows whether a call is under way. */
function watchedApi(api: TelegramApi): TelegramApi & { takeSendMs(): number; quiet(): Promise<void> } {
  let sendMs = 0;
  const underWay = new Set<Promise<unknown>>();
  return {
    async callApi(method, payload, options) {
      const startedMs = performance.now();
      const call = api.callApi(method, payload, options);
      underWay.add(call);
      try {
        return await call;
      } finally {
        underWay.delete(call);
        if (method === 'sendMessage') sendMs += performance.now() - startedMs;
      }
    },
    takeSendMs() {
      const taken = sendMs;
      sendMs = 0;
      return taken;
    },
    async quiet() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

/** The whole bot as `config/compose.ts` builds it, with its Telegram channel in webhook mode and the stub for a model. */
export async function openOurBot(options: OurBotOptions): Promise<BotUnderTest> {
  const loaded = settingsFor(options);
  const { stdin, stdout, stderr } = process;
  const io = { stdin, stdout, stderr, variables: {}, workingFolder: options.homeFolder };
  const machine = { processId: process.pid, nodeVersion: process.versions.node, fetch, personName: 'bench' };
  const parts = createSystemParts({ ...io, ...machine }, loaded);
  const [asked, ended, stored] = [createMark(), createMark(), createMark()];
  const storage = openStorage(options.homeFolder, { ...parts, processId: process.pid });
  const { bot } = await composeBot({
    ...parts,
    loaded,
    fetch,
    storage: watched(storage, stored.mark),
    model: createStubModel({ asked: asked.mark, ended: ended.mark }),
    terminal: { listen: () => {}, show: () => {} },
    terminalAlone: true,
    personName: 'bench',
    problems: () => [],
  });
  const { apiRoot } = options;
  const api = watchedApi(createTelegramClient({ token: botToken, apiRoot }));
  const channel = createTelegramChannel(
    { token: botToken, apiRoot, mode: 'webhook', publicUrl: 'https://bench.invalid', webhookSecret },
    { ...parts, api, limiter: unlimited, cache: storage.cache },
  );
  bot.start();
  await bot.prepare(channel);
  await channel.start(bot.sink);
  bot.attach(channel);

  return {
    async answer(update) {
      const request = new Request(`http://127.0.0.1${webhookPath}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhookSecret },
        body: JSON.stringify(update),
      });
      api.takeSendMs();
      const times = [asked.next(), ended.next(), stored.next()] as const;
      const enteredMs = performance.now();
      const response = await channel.mount?.fetch(request);
      const acknowledgedMs = performance.now();
      if (response?.status !== 200) throw new Error(`The webhook answered ${response?.status}.`);
      const [askedMs, endedMs, storedMs] = await Promise.all(times);
      const platformMs = api.takeSendMs();
      await api.quiet();
      return { enteredMs, acknowledgedMs, askedMs, endedMs, storedMs, platformMs };
    },
    async close() {
      await bot.stop(1_000);
      await channel.stop();
      storage.close();
    },
  };
}

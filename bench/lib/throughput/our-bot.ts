import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { createSystemParts } from '../../../config/cli/system-parts.ts';
import { composeBot } from '../../../config/compose.ts';
import { type LoadedSettings, loadSettings } from '../../../config/load-settings.ts';
import { openStorage, type Storage } from '../../../config/storage.ts';
import type { Sink } from '../../../core/ports/channel.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { LimiterPort } from '../../../core/ports/limiter.ts';
import type { BenchPlatform } from './platform.ts';
import { createStubModel } from './stand-ins.ts';

export interface OurBotOptions {
  readonly platform: BenchPlatform;
  readonly address: string;
  /** An empty folder for the database. */
  readonly homeFolder: string;
  readonly conversations: number;
  /** How many answers may be written at once. */
  readonly maxRunning: number;
  readonly modelMs: number;
  /** False: messages are taken and stored, and none is answered. */
  readonly answers: boolean;
  readonly limiter: (clock: Clock) => LimiterPort;
  readonly onStored: () => void;
  readonly onTurnEnded: () => void;
}

function settingsFor({ platform, homeFolder, conversations, maxRunning }: OurBotOptions): LoadedSettings {
  const variables = {
    METACLAW_HOME: homeFolder,
    METACLAW_MODEL_DISCOVER: 'false',
    METACLAW_INTAKE_MAX_RUNNING: String(maxRunning),
    METACLAW_INTAKE_LANE_BOUND: '10000',
    METACLAW_LOG_LEVEL: 'warn',
    ...platform.settings(conversations),
  };
  const result = loadSettings({ workingFolder: homeFolder, variables });
  if (result.kind === 'loaded') return result.loaded;
  throw new Error(`The bench's settings are wrong: ${JSON.stringify(result.problems)}`);
}

/** The same storage, which tells when a turn is stored for good. */
function watched(storage: Storage, turnEnded: () => void): Storage {
  const { turns } = storage.stores;
  const end: typeof turns.end = async (turnId, ending) => {
    await turns.end(turnId, ending);
    turnEnded();
  };
  return { ...storage, stores: { ...storage.stores, turns: { ...turns, end } } };
}

/** The whole bot as `config/compose.ts` builds it, with one platform's channel and a stub for a model. */
export async function openOurBot(options: OurBotOptions): Promise<{ close(): Promise<void> }> {
  const loaded = settingsFor(options);
  const { stdin, stdout, stderr } = process;
  const io = { stdin, stdout, stderr, variables: {}, workingFolder: options.homeFolder };
  const machine = { processId: process.pid, nodeVersion: process.versions.node, fetch, personName: 'bench' };
  const parts = createSystemParts({ ...io, ...machine }, loaded);
  const storage = openStorage(options.homeFolder, { ...parts, processId: process.pid });
  const { bot } = await composeBot({
    ...parts,
    loaded,
    fetch,
    storage: watched(storage, options.onTurnEnded),
    model: createStubModel(options.modelMs),
    terminal: { listen: () => {}, show: () => {} },
    terminalAlone: true,
    personName: 'bench',
    problems: () => [],
  });
  const channel = await options.platform.openChannel(options.address, {
    ...parts,
    metrics: createMetrics(),
    markdown: createMarkdown(),
    cache: storage.cache,
    limiter: options.limiter(parts.clock),
  });
  const sink: Sink = async (event) => {
    const receipt = await bot.sink(event);
    if (receipt === 'stored') options.onStored();
    return receipt;
  };
  bot.start();
  // Work of a platform that is prepared and not attached waits.
  await bot.prepare(channel);
  await channel.start(sink);
  if (options.answers) bot.attach(channel);

  return {
    async close() {
      await bot.stop(1_000);
      await channel.stop();
      storage.close();
    },
  };
}

import { onTestFinished } from 'vitest';
import { createKeyvCache } from '../../adapters/keyv/cache.ts';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { createWriteGate } from '../../adapters/sqlite/write-gate.ts';
import { createWriteThread } from '../../adapters/sqlite/write-thread.ts';
import { createLocalLink } from '../../adapters/terminal/local-link.ts';
import { composeBot } from '../../config/compose.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { databasePath, type Storage } from '../../config/storage.ts';
import type { LogFields } from '../../core/ports/logger.ts';
import { createListeningLogger } from './listening-logger.ts';
import { talkAt } from './talk-at.ts';
import { steadyIds } from './training-bot.ts';
import type { SkippingClock } from './training-clock.ts';

/** One of several bots over the same data folder, and a person at its own keyboard. */
export interface ScheduleInstance {
  readonly stores: SqliteStores;
  says(line: string): Promise<string>;
  logged(event: string): Promise<LogFields>;
}

/** The storage of `start` without its lock, which keeps a second instance away from the file. */
function sharedStorage({ homeFolder }: LoadedSettings, clock: SkippingClock): Storage {
  const path = databasePath(homeFolder);
  const logger = createListeningLogger();
  const gate = createWriteGate();
  const database = openDatabase({ path, logger, clock, around: gate.ahead });
  const stores = openStores(database);
  return {
    stores,
    exchangeWrites: createWriteThread({ path, gate, logger }),
    cache: createKeyvCache({ table: stores.keyTable, clock }),
    lock: { announce: () => {}, release: () => {} },
    checkWritable: async () => {},
    close: () => database.close(),
  };
}

/** A bot as `start` makes it, but for the lock and the listener. */
export async function startInstance(loaded: LoadedSettings, clock: SkippingClock): Promise<ScheduleInstance> {
  const storage = sharedStorage(loaded, clock);
  const logger = createListeningLogger();
  const { link, session } = createLocalLink();
  const { bot, channels, close } = await composeBot({
    loaded,
    storage,
    clock,
    ids: steadyIds(clock),
    logger,
    fetch: globalThis.fetch,
    terminal: link,
    terminalAlone: true,
    personName: 'ada',
    problems: () => [],
  });
  for (const { channel } of channels) {
    await bot.prepare(channel);
    await channel.start(bot.sink);
    bot.attach(channel);
  }
  bot.start();
  onTestFinished(async () => {
    await bot.stop(1_000);
    for (const { channel } of channels) await channel.stop();
    await close();
    storage.close();
  });
  return { stores: storage.stores, says: talkAt(session, clock), logged: logger.wait };
}

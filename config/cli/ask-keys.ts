import { existsSync } from 'node:fs';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { type AppError, toAppError } from '../../core/domain/app-error.ts';
import { createApiKeys } from '../../core/intake/api-keys.ts';
import { utcMonthOf } from '../../core/intake/utc-month.ts';
import type { ApiKeyStore } from '../../core/ports/api-key-store.ts';
import { apiPlatform } from '../api-capabilities.ts';
import { createKeyRoutes, type keyPaths } from '../key-routes.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { databasePath, openStorage } from '../storage.ts';
import type { CommandIo } from './command-io.ts';
import { askRunningBot, findRunningBot } from './running-bot.ts';
import { createSystemParts, type SystemParts } from './system-parts.ts';

/** One request about keys. `list` changes nothing. */
export interface KeyQuestion {
  readonly path: (typeof keyPaths)[keyof typeof keyPaths];
  /** Absent: the list of them. */
  readonly body?: object;
}

/** Nothing is admitted here: only what is stored counts. */
const nobodyAdmitted = { set: () => {}, restore: () => {} };

async function askStore(
  store: ApiKeyStore,
  { path, body }: KeyQuestion,
  parts: SystemParts,
): Promise<unknown> {
  const routes = createKeyRoutes(
    createApiKeys({ ...parts, store, access: nobodyAdmitted, platform: apiPlatform }),
  );
  return await routes[`${body === undefined ? 'GET' : 'POST'} ${path}`]?.(body);
}

/** Without a bot: a list reads the file, a change takes it for writing. */
async function askAlone(io: CommandIo, loaded: LoadedSettings, question: KeyQuestion): Promise<unknown> {
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const path = databasePath(loaded.homeFolder);
  if (question.body !== undefined) {
    const storage = openStorage(loaded.homeFolder, { ...parts, processId: io.processId });
    try {
      return await askStore(storage.stores.apiKeys, question, parts);
    } finally {
      storage.close();
    }
  }
  if (!existsSync(path)) return { month: utcMonthOf(parts.clock.now()).name, keys: [] };
  const database = openDatabase({ path, logger: parts.logger, readOnly: true });
  try {
    return await askStore(openStores(database).apiKeys, question, parts);
  } finally {
    database.close();
  }
}

/** Asks the bot that is said to run: its answer, or why there is none. */
async function askRunning(
  io: CommandIo,
  loaded: LoadedSettings,
  { path, body }: KeyQuestion,
): Promise<{ readonly answer: unknown } | AppError | undefined> {
  const running = findRunningBot(loaded.homeFolder);
  if (running === undefined) return undefined;
  try {
    return { answer: await askRunningBot(io, running, body === undefined ? 'GET' : 'POST', path, body) };
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code === 'network' || error.code === 'auth_failed') return error;
    throw error;
  }
}

/** Asks the running bot about keys, or the database where none runs. Rejects with `AppError`. */
export async function askKeys(
  io: CommandIo,
  loaded: LoadedSettings,
  question: KeyQuestion,
): Promise<unknown> {
  const asked = await askRunning(io, loaded, question);
  if (asked !== undefined && 'answer' in asked) return asked.answer;
  try {
    return await askAlone(io, loaded, question);
  } catch (thrown) {
    const error = toAppError(thrown);
    // The bot may have been killed and have left its name behind: only the lock tells.
    throw asked !== undefined && error.code === 'already_running' ? asked : error;
  }
}

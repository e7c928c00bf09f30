import { accessSync, constants, existsSync, mkdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSkillFolderSource } from '../../adapters/skill-folder/skill-folder-source.ts';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { toAppError } from '../../core/domain/app-error.ts';
import { chooseModel, type ModelChoice } from '../choose-model.ts';
import { createHttpListener } from '../http-listener.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { skillFolders } from '../skill-folders.ts';
import { databasePath } from '../storage.ts';
import { unusedSecrets } from '../unused-secrets.ts';
import type { CommandIo } from './command-io.ts';
import { type Finding, findingsOf } from './doctor-finding.ts';
import { askRunningBot, findRunningBot } from './running-bot.ts';
import type { SystemParts } from './system-parts.ts';

export interface CheckContext {
  readonly io: CommandIo;
  readonly loaded: LoadedSettings;
  readonly parts: SystemParts;
}

const MEBIBYTE = 1_048_576;
const LEAST_FREE_BYTES = 64 * MEBIBYTE;
const FEW_FREE_BYTES = 512 * MEBIBYTE;
const ASK_TIMEOUT_MS = 5_000;

const ok = (check: string, message: string): Finding => findingsOf(check)('ok', message);
const warning = (check: string, message: string): Finding => findingsOf(check)('warning', message);
const problem = (check: string, message: string): Finding => findingsOf(check)('problem', message);

export function checkFolder({ loaded: { homeFolder } }: CheckContext): Finding {
  try {
    mkdirSync(homeFolder, { recursive: true, mode: 0o700 });
    accessSync(homeFolder, constants.R_OK | constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(homeFolder);
    const freeBytes = bavail * bsize;
    const free = `${Math.floor(freeBytes / MEBIBYTE)} MiB free`;
    if (freeBytes < LEAST_FREE_BYTES) {
      return problem(
        'data folder',
        `${homeFolder} has only ${free}. Make room, or set METACLAW_HOME to another disk.`,
      );
    }
    if (freeBytes < FEW_FREE_BYTES) return warning('data folder', `${homeFolder} has only ${free}.`);
    return ok('data folder', `${homeFolder} can be written, ${free}`);
  } catch (error) {
    return problem(
      'data folder',
      `${homeFolder} cannot be written (${toAppError(error).message}). Give this account the right, or set METACLAW_HOME to another folder.`,
    );
  }
}

export function checkEnvFile({ loaded: { workingFolder } }: CheckContext): Finding | undefined {
  const path = join(workingFolder, '.env');
  if (!existsSync(path)) return undefined;
  const othersMayRead = (statSync(path).mode & 0o077) !== 0;
  if (!othersMayRead) return ok('.env', 'only this account may read it');
  return warning('.env', `other accounts of this machine may read the secrets in it. Run: chmod 600 ${path}`);
}

export function checkDatabase({ loaded, parts }: CheckContext): Finding {
  const path = databasePath(loaded.homeFolder);
  if (!existsSync(path)) return ok('database', 'there is none yet; the first start makes it');
  try {
    const database = openDatabase({ path, logger: parts.logger, readOnly: true });
    try {
      const [fault] = database.integrityFaults();
      if (fault === undefined) return ok('database', `${path} is sound`);
      return problem('database', `${path} is damaged: ${fault}. Stop the bot and put a backup in its place.`);
    } finally {
      database.close();
    }
  } catch (error) {
    return problem('database', toAppError(error).message);
  }
}

/** Whether a bot runs on this data folder. */
export async function checkRunning({ io, loaded }: CheckContext): Promise<Finding> {
  const running = findRunningBot(loaded.homeFolder);
  if (running === undefined) return ok('bot', 'none runs on this data folder');
  try {
    const status = await askRunningBot(io, running, 'GET', '/control/status');
    return ok(
      'bot',
      `runs as process ${String(status['processId'])} at ${running.address} with ${String(status['model'])}`,
    );
  } catch (error) {
    return warning(
      'bot',
      `one said it would listen at ${running.address}, but: ${toAppError(error).message} If it was killed, the next start cleans up.`,
    );
  }
}

export async function checkPort({ loaded, parts }: CheckContext): Promise<Finding> {
  const running = findRunningBot(loaded.homeFolder);
  const { host, port } = loaded.settings.http;
  if (running !== undefined && new URL(running.address).port === String(port))
    return ok('port', `${port} is the running bot's`);
  const listener = createHttpListener({ ...loaded.settings.http, ...parts });
  try {
    await listener.listen();
    return ok('port', port === 0 ? 'any free one' : `${port} on ${host} is free`);
  } catch (error) {
    return problem('port', toAppError(error).message);
  } finally {
    await listener.close(0);
  }
}

async function askModelServer({ io }: CheckContext, { server, why }: ModelChoice): Promise<Finding> {
  const baseUrl = (server?.baseUrl ?? 'https://api.openai.com/v1').replace(/\/+$/, '');
  const { host } = new URL(baseUrl);
  const named = `${server?.model} at ${host} (${why})`;
  try {
    const response = await io.fetch(`${baseUrl}/models`, {
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      headers: server?.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` },
    });
    const text = await response.text();
    if (response.status === 401 || response.status === 403) {
      return problem('model', `${host} refuses the key. Set OPENAI_API_KEY to one that is valid there.`);
    }
    if (!response.ok)
      return warning('model', `${named} answers, but its list of models with ${response.status}.`);
    if (server !== undefined && !text.includes(JSON.stringify(server.model))) {
      return warning(
        'model',
        `${host} answers, but does not list ${server.model}. Is the name in OPENAI_MODEL right?`,
      );
    }
    return ok('model', named);
  } catch {
    return findingsOf('model')(
      'unasked',
      `${host} does not answer. Is the machine online, and OPENAI_BASE_URL right?`,
    );
  }
}

/** What a start would answer with. Rejects as it does. */
export function modelChoice({ io, loaded, parts }: CheckContext): Promise<ModelChoice> {
  const metrics = { count: () => {}, snapshot: () => ({}) };
  return chooseModel(loaded.settings, loaded.secrets, { ...parts, fetch: io.fetch, metrics });
}

export async function checkModel(context: CheckContext, chosen: Promise<ModelChoice>): Promise<Finding> {
  try {
    const choice = await chosen;
    if (choice.kind === 'engine') return ok('model', `the training engine answers (${choice.why})`);
    if (choice.server === undefined)
      return warning('model', `the built-in demo model will answer: ${choice.why}`);
    return await askModelServer(context, choice);
  } catch (error) {
    return problem('model', toAppError(error).message);
  }
}

export async function checkSkills({ loaded }: CheckContext): Promise<readonly Finding[]> {
  const source = createSkillFolderSource({
    folders: skillFolders(loaded),
    budgetTokens: loaded.settings.skills.budgetTokens,
  });
  const { skills, diagnostics } = await source.load();
  const count = ok('skills', `${skills.length} can be used`);
  const found = diagnostics.map(({ severity, source: file, message }): Finding => {
    const text = `${file}: ${message}`;
    return severity === 'error' ? problem('skills', text) : warning('skills', text);
  });
  return [count, ...found];
}

export function checkUnused({ loaded }: CheckContext): readonly Finding[] {
  return unusedSecrets(loaded).map((sentence) => warning('secrets', sentence));
}

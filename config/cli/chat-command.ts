import { runConsole } from '../../adapters/terminal/client.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import type { TerminalSession } from '../../adapters/terminal/link.ts';
import { createLocalLink } from '../../adapters/terminal/local-link.ts';
import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { machineZone } from '../environment.ts';
import type { LoadedSettings } from '../load-settings.ts';
import { watchProcess } from '../process-watch.ts';
import { startBot } from '../start-bot.ts';
import { type CommandIo, complain, say } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { findRunningBot } from './running-bot.ts';
import { settingsForCommand } from './settings-for-command.ts';
import { createSystemParts, type SystemParts } from './system-parts.ts';

const HINT =
  'Type a message, /help for commands, /good or /bad to rate the last answer, Ctrl-C twice to leave.';

async function talk(
  io: CommandIo,
  session: TerminalSession,
  parts: SystemParts,
  about: string,
): Promise<number> {
  const interactive = io.stdin.isTTY === true && io.stdout.isTTY === true;
  if (interactive) {
    say(io, about);
    say(io, HINT);
  }
  const reason = await runConsole({ ...parts, session, input: io.stdin, output: io.stdout, interactive });
  if (reason === undefined) return exitCodes.ok;
  complain(io, reason);
  return exitCodes.unavailable;
}

/** Joins the bot that is said to run: the session, why there is none, or `undefined` where none was said to. */
async function joinRunning(
  io: CommandIo,
  loaded: LoadedSettings,
): Promise<TerminalSession | AppError | undefined> {
  try {
    const running = findRunningBot(loaded.homeFolder);
    return running === undefined ? undefined : await joinTerminal({ ...running, fetch: io.fetch });
  } catch (error) {
    return toAppError(error);
  }
}

async function talkAlone(io: CommandIo, loaded: LoadedSettings): Promise<number> {
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const { link, session } = createLocalLink();
  const bot = await startBot({ ...io, ...parts, loaded, machineZone: machineZone(), terminalAlone: link });
  const watch = watchProcess({ logger: parts.logger, reload: () => {}, abandon: bot.abandon });
  void watch.stopAsked.then(() => session.close());
  try {
    await bot.launched;
    return await talk(io, session, parts, `MetaClaw with ${bot.model.description}; ${bot.model.why}`);
  } finally {
    await bot.stop();
    watch.end();
  }
}

/** `metaclaw chat`: talks to the running bot, or to one of its own when none runs. */
export async function runChat(io: CommandIo): Promise<number> {
  const loaded = settingsForCommand(io, false);
  if (loaded === undefined) return exitCodes.problem;
  try {
    const session = await joinRunning(io, loaded);
    if (session === undefined) return await talkAlone(io, loaded);
    if (session instanceof AppError) {
      // It may have been killed and have left its name behind: only the lock tells.
      return await talkAlone(io, loaded).catch((error: unknown) => {
        throw toAppError(error).code === 'already_running' ? session : error;
      });
    }
    const parts = createSystemParts(io, loaded, { level: 'silent' });
    const watch = watchProcess({ logger: parts.logger, reload: () => {}, abandon: () => {} });
    void watch.stopAsked.then(() => session.close());
    try {
      return await talk(io, session, parts, `MetaClaw, running on ${loaded.homeFolder}`);
    } finally {
      watch.end();
    }
  } catch (thrown) {
    const error = toAppError(thrown);
    complain(io, error.message);
    return exitCodeOf(error);
  }
}

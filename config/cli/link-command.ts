import { AppError } from '../../core/domain/app-error.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { askRunningBot, findRunningBot } from './running-bot.ts';
import { settingsForCommand } from './settings-for-command.ts';

/** `metaclaw link`: a new one-time code from the running bot. */
export async function runLink(io: CommandIo, { json }: { readonly json: boolean }): Promise<number> {
  const loaded = settingsForCommand(io, json);
  if (loaded === undefined) return exitCodes.problem;
  try {
    const running = findRunningBot(loaded.homeFolder);
    if (running === undefined) {
      throw new AppError('network', `No bot runs on ${loaded.homeFolder}. Start it with \`metaclaw start\`.`);
    }
    const { code } = await askRunningBot(io, running, 'POST', '/control/link');
    if (json) sayJson(io, { ok: true, code });
    else say(io, `Send this to the bot within 24 hours: /link ${String(code)}`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    return exitCodeOf(error);
  }
}

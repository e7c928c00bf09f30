import * as z from 'zod';
import { botPermissions, idInToken, inviteLink } from '../../adapters/discord/permissions.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { createAskDiscord } from './ask-discord.ts';
import { type CommandIo, complain, say, sayJson } from './command-io.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { type SettingsInUse, settingsForCommand } from './settings-for-command.ts';
import { createSystemParts } from './system-parts.ts';

const APPS_PAGE = 'https://discord.com/developers/applications';
const UNAUTHORISED = 401;

const applicationSchema = z.object({ id: z.string().regex(/^\d{15,21}$/) });

/** The token alone decides. */
const inviteSettings: SettingsInUse = {
  what: 'the link',
  isUsable: ({ loaded }, problems) =>
    loaded.secrets.DISCORD_BOT_TOKEN !== undefined &&
    problems.every(({ path }) => path !== 'DISCORD_BOT_TOKEN'),
};

export interface InviteOptions {
  readonly json: boolean;
  /** Address of Discord's API, for tests. */
  readonly apiRoot?: string;
}

interface Found {
  readonly applicationId: string;
  /** Discord said so itself. */
  readonly isConfirmed: boolean;
}

/** The application's id by Discord, or by the token where Discord does not answer. */
async function findApplication(ask: ReturnType<typeof createAskDiscord>, token: string): Promise<Found> {
  const answer = await ask('read own application', {});
  if (answer.kind === 'refused' && answer.status === UNAUTHORISED) {
    throw new AppError(
      'auth_failed',
      `Discord refuses the token. Press “Reset Token” at ${APPS_PAGE}, page “Bot”, and copy the new one into DISCORD_BOT_TOKEN.`,
    );
  }
  const application = applicationSchema.safeParse(answer.kind === 'answer' ? answer.value : undefined);
  if (application.success) return { applicationId: application.data.id, isConfirmed: true };
  const applicationId = idInToken(token);
  if (applicationId !== undefined) return { applicationId, isConfirmed: false };
  throw new AppError(
    'network',
    'Discord could not be asked which application this is. Is the machine online?',
  );
}

/** `metaclaw invite discord`: the invitation on standard output, what to do with it on standard error. */
export async function runInvite(io: CommandIo, { json, apiRoot }: InviteOptions): Promise<number> {
  const loaded = settingsForCommand(io, json, inviteSettings);
  if (loaded === undefined) return exitCodes.problem;
  const token = loaded.secrets.DISCORD_BOT_TOKEN;
  try {
    if (token === undefined) {
      throw new AppError(
        'config_invalid',
        `DISCORD_BOT_TOKEN is not set. Make an application at ${APPS_PAGE}, press “Reset Token” on its page “Bot”, and put the token into .env.`,
      );
    }
    const { clock } = createSystemParts(io, loaded, { level: 'silent' });
    const { applicationId, isConfirmed } = await findApplication(
      createAskDiscord({ io, clock, token, apiRoot }),
      token,
    );
    const url = inviteLink(applicationId);
    if (json) {
      sayJson(io, { url, clientId: applicationId, permissions: Object.keys(botPermissions), isConfirmed });
      return exitCodes.ok;
    }
    say(io, url);
    if (!isConfirmed)
      complain(io, 'Discord could not be asked; the application’s id is the one in the token.');
    complain(io, 'Open it, choose a server that you manage, and leave the permissions as they are:');
    for (const [name, why] of Object.entries(botPermissions)) complain(io, `  ${name}: ${why}`);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (json) sayJson(io, { ok: false, code: error.code, message: error.message });
    else complain(io, error.message);
    return exitCodeOf(error);
  }
}

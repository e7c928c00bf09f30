import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Ids } from '../../core/ports/ids.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { Metrics } from '../../core/ports/metrics.ts';
import type { DiscordClient } from './client.ts';

export const PLATFORM = 'discord';

export interface DiscordChannelOptions {
  /** Of the bot, as the developer portal shows it once. A leading `Bot ` is taken off. */
  readonly token: string;
  /** Address of the API without its version, for tests. Default `https://discord.com/api`. */
  readonly apiRoot?: string | undefined;
  /** Where commands are registered, by guild id. Default: everywhere, which takes Discord longer to show. */
  readonly guilds?: readonly string[] | undefined;
  /** `follow`: in a thread that it was addressed in, the bot answers without a new mention. Default `follow`. */
  readonly threadPolicy?: 'follow' | 'mention';
  /** How long one call may take. Default 15,000. */
  readonly callTimeoutMs?: number;
  /** How long connecting may go without any progress. Default 60,000. */
  readonly openTimeoutMs?: number;
  /** First wait after a second failure to connect; doubled up to 30,000. Default 1,000. */
  readonly backoffBaseMs?: number;
  /** Shortest time between two new sessions, which Discord wants to be five seconds. Default 5,000. */
  readonly identifyIntervalMs?: number;
  /** How long a person who used a command waits before Discord is told that the answer takes longer. Default 2,000. */
  readonly deferAfterMs?: number;
}

export interface DiscordEffects {
  /** `createDiscordClient(options, effects)`. */
  readonly client: DiscordClient;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** `DiscordChannelOptions` with every default in place. */
export type ResolvedDiscordOptions = Readonly<Required<Omit<DiscordChannelOptions, 'apiRoot' | 'guilds'>>> & {
  readonly apiRoot: string;
  readonly guilds: readonly string[];
};

const DEFAULT_API_ROOT = 'https://discord.com/api';

function problem(message: string): AppError {
  return new AppError('config_invalid', message);
}

/** Three parts of base 64 with dots between them; the first is the bot's id. */
function cleanToken(given: string): string {
  const token = given.trim().replace(/^Bot\s+/i, '');
  if (token === '') throw problem('The Discord bot token is empty: set DISCORD_BOT_TOKEN.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw problem(
      'DISCORD_BOT_TOKEN is not the token of a bot: copy it from the page "Bot" of the application at discord.com/developers. The client secret and the public key are something else.',
    );
  }
  return token;
}

/** Fills in the defaults. Throws `config_invalid` on settings that cannot work. */
export function resolveDiscordOptions(options: DiscordChannelOptions): ResolvedDiscordOptions {
  const apiRoot = options.apiRoot ?? DEFAULT_API_ROOT;
  if (!URL.canParse(apiRoot)) throw problem('The address of the Discord API is not a URL.');
  const guilds = options.guilds ?? [];
  const odd = guilds.find((id) => !/^\d{15,21}$/.test(id));
  if (odd !== undefined) {
    throw problem(
      `channels.discord.guilds holds "${odd}", which is no id of a server: switch on the developer mode in Discord and copy the id from the server's menu.`,
    );
  }
  return {
    token: cleanToken(options.token),
    apiRoot: apiRoot.replace(/\/+$/, ''),
    guilds: [...new Set(guilds)],
    threadPolicy: options.threadPolicy ?? 'follow',
    callTimeoutMs: options.callTimeoutMs ?? 15_000,
    openTimeoutMs: options.openTimeoutMs ?? 60_000,
    backoffBaseMs: options.backoffBaseMs ?? 1_000,
    identifyIntervalMs: options.identifyIntervalMs ?? 5_000,
    deferAfterMs: options.deferAfterMs ?? 2_000,
  };
}

import { toAppError } from '../../core/domain/app-error.ts';
import type { CommandDescription } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type CommandSchema, commandSchemas, sameCommands } from './command-schema.ts';
import type { RestCaller } from './rest-caller.ts';

export interface CommandRegistry {
  /**
   * Brings what Discord knows in line with `commands`, and writes only where it differs. Rejects with the first failure
   * when all servers were tried. Of those servers among `memberOf` that are to have none of their own, the first
   * `MAX_TIDIED` are rid of what is left there from before.
   */
  register(
    commands: readonly CommandDescription[],
    applicationId: string,
    memberOf: readonly string[],
  ): Promise<void>;
}

export interface CommandRegistryParts {
  readonly caller: RestCaller;
  /** Where to register; none means everywhere. */
  readonly guilds: readonly string[];
  readonly logger: Logger;
}

/** One call a server at every start. */
const MAX_TIDIED = 200;

const withTranslations = { with_localizations: 'true' };

export function createCommandRegistry({ caller, guilds, logger }: CommandRegistryParts): CommandRegistry {
  const call = { destination: 'commands' };

  async function everywhere(wanted: readonly CommandSchema[], application: string): Promise<void> {
    const params = { application };
    const known = await caller.call('read commands', params, { ...call, query: withTranslations });
    if (sameCommands(known, wanted, 'global')) return;
    await caller.call('replace commands', params, { ...call, body: wanted });
    logger.info('discord_commands_registered', { where: 'everywhere', count: wanted.length });
  }

  async function inGuild(
    guild: string,
    wanted: readonly CommandSchema[],
    application: string,
  ): Promise<void> {
    const params = { application, guild };
    const known = await caller.call('read commands of a server', params, {
      ...call,
      query: withTranslations,
    });
    if (sameCommands(known, wanted, 'guild')) return;
    await caller.call('replace commands of a server', params, { ...call, body: wanted });
    logger.info('discord_commands_registered', { where: guild, count: wanted.length });
  }

  /** Commands of a server's own stay until somebody takes them away, and show beside those that are everywhere. */
  async function tidy(others: readonly string[], application: string): Promise<void> {
    for (const guild of others.slice(0, MAX_TIDIED)) {
      try {
        await inGuild(guild, [], application);
      } catch (thrown) {
        const error = toAppError(thrown);
        logger.info('discord_commands_not_tidied', { where: guild, error });
        // Where the bot was let in without its commands there are none. Else it is no time to ask for more.
        if (error.code !== 'not_allowed' && error.code !== 'not_found') return;
      }
    }
    const left = others.length - MAX_TIDIED;
    if (left > 0) logger.info('discord_commands_not_tidied', { servers: left });
  }

  return {
    async register(commands, applicationId, memberOf) {
      // Next to those of a server, those that are everywhere would show a second time there.
      await everywhere(guilds.length === 0 ? commandSchemas(commands, 'global') : [], applicationId);
      const failures: unknown[] = [];
      const wanted = guilds.length === 0 ? [] : commandSchemas(commands, 'guild');
      for (const guild of guilds) {
        await inGuild(guild, wanted, applicationId).catch((error: unknown) => {
          failures.push(error);
          logger.warn('discord_commands_not_registered', { where: guild, error });
        });
      }
      const others = memberOf.filter((guild) => !guilds.includes(guild));
      await tidy(others, applicationId);
      if (failures.length > 0) throw failures[0];
    },
  };
}

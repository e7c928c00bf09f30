import type { CommandDescription } from '../../core/ports/channel.ts';
import type { Logger } from '../../core/ports/logger.ts';
import { type CommandSchema, commandSchemas, sameCommands } from './command-schema.ts';
import type { RestCaller } from './rest-caller.ts';

export interface CommandRegistry {
  /**
   * Brings what Discord knows in line with `commands`, and writes only where it differs. Rejects with the first failure
   * when all servers were tried.
   */
  register(commands: readonly CommandDescription[], applicationId: string): Promise<void>;
}

export interface CommandRegistryParts {
  readonly caller: RestCaller;
  /** Where to register; none means everywhere. */
  readonly guilds: readonly string[];
  readonly logger: Logger;
}

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
    commands: readonly CommandDescription[],
    application: string,
  ): Promise<void> {
    const wanted = commandSchemas(commands, 'guild');
    const params = { application, guild };
    const known = await caller.call('read commands of a server', params, {
      ...call,
      query: withTranslations,
    });
    if (sameCommands(known, wanted, 'guild')) return;
    await caller.call('replace commands of a server', params, { ...call, body: wanted });
    logger.info('discord_commands_registered', { where: guild, count: wanted.length });
  }

  return {
    async register(commands, applicationId) {
      // Next to those of a server, those that are everywhere would show a second time there.
      await everywhere(guilds.length === 0 ? commandSchemas(commands, 'global') : [], applicationId);
      const failures: unknown[] = [];
      for (const guild of guilds) {
        await inGuild(guild, commands, applicationId).catch((error: unknown) => {
          failures.push(error);
          logger.warn('discord_commands_not_registered', { where: guild, error });
        });
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

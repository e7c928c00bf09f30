import { type ApiCall, type ApiRoute, param } from './api-methods.ts';
import { refusal } from './api-refusal.ts';
import { commandJson } from './command-registry.ts';
import type { DiscordState } from './discord-state.ts';

/** Commands of the application: read, replaced as a whole, taken away. */
export function createCommandMethods(state: DiscordState): readonly ApiRoute[] {
  const { world, commands } = state;

  function scopeOf(call: ApiCall): string | undefined {
    if (param(call, 'application_id') !== world.applicationId) throw refusal(50001);
    const guildId = call.params['guild_id'];
    if (guildId !== undefined && !world.guilds.get(guildId)?.members.has(world.bot.id)) throw refusal(50001);
    return guildId;
  }

  const routes = (names: { list: string; replace: string; remove: string }, path: string): ApiRoute[] => [
    {
      operation: names.list,
      method: 'GET',
      path,
      run: (call) =>
        commands
          .list(scopeOf(call))
          .map((command) => commandJson(world, command, call.query.get('with_localizations') === 'true')),
    },
    {
      operation: names.replace,
      method: 'PUT',
      path,
      run: (call) =>
        commands.replace(scopeOf(call), call.body).map((command) => commandJson(world, command, true)),
    },
    {
      operation: names.remove,
      method: 'DELETE',
      path: `${path}/{command_id}`,
      run(call) {
        commands.remove(scopeOf(call), param(call, 'command_id'));
        return undefined;
      },
    },
  ];

  return [
    ...routes(
      {
        list: 'list_application_commands',
        replace: 'bulk_set_application_commands',
        remove: 'delete_application_command',
      },
      '/applications/{application_id}/commands',
    ),
    ...routes(
      {
        list: 'list_guild_application_commands',
        replace: 'bulk_set_guild_application_commands',
        remove: 'delete_guild_application_command',
      },
      '/applications/{application_id}/guilds/{guild_id}/commands',
    ),
  ];
}

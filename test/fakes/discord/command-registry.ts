import { refusal } from './api-refusal.ts';
import { type CommandOption, type GivenCommand, readCommands } from './command-rules.ts';
import { channelTypes, type FakeChannel, type Json } from './guild-model.ts';
import type { World } from './world.ts';

export interface RegisteredCommand {
  readonly id: string;
  readonly version: string;
  readonly type: number;
  readonly name: string;
  readonly guildId: string | undefined;
  readonly given: GivenCommand;
  readonly options: readonly CommandOption[];
}

/** Global commands, and those of single guilds. */
export interface CommandRegistry {
  list(guildId: string | undefined): readonly RegisteredCommand[];
  /** Replaces all of them, as PUT does; those that stay the same keep their ids. */
  replace(guildId: string | undefined, body: unknown): readonly RegisteredCommand[];
  remove(guildId: string | undefined, id: string): void;
  /** What a person finds in a channel; a guild's own hides a global one of the same name. */
  find(channel: FakeChannel, type: number, name: string): RegisteredCommand | undefined;
}

function isOfferedIn(command: RegisteredCommand, channel: FakeChannel): boolean {
  const isDirect = channel.type === channelTypes.direct;
  if (command.guildId !== undefined) return command.guildId === channel.guildId;
  const { contexts, dm_permission: inDirect } = command.given;
  if (contexts !== undefined && contexts !== null) return contexts.includes(isDirect ? 1 : 0);
  return !isDirect || inDirect !== false;
}

export function createCommandRegistry(world: World): CommandRegistry {
  const scopes = new Map<string, readonly RegisteredCommand[]>();
  const list = (guildId: string | undefined): readonly RegisteredCommand[] => scopes.get(guildId ?? '') ?? [];
  return {
    list,
    replace(guildId, body) {
      const before = list(guildId);
      const made = readCommands(body).map((given): RegisteredCommand => {
        const type = given.type ?? 1;
        const old = before.find((one) => one.name === given.name && one.type === type);
        const isSame = old !== undefined && JSON.stringify(old.given) === JSON.stringify(given);
        return {
          id: old?.id ?? world.nextId(),
          version: isSame ? old.version : world.nextId(),
          type,
          name: given.name,
          guildId,
          given,
          options: given.options ?? [],
        };
      });
      scopes.set(guildId ?? '', made);
      return made;
    },
    remove(guildId, id) {
      const before = list(guildId);
      if (!before.some((one) => one.id === id)) throw refusal(10063);
      scopes.set(
        guildId ?? '',
        before.filter((one) => one.id !== id),
      );
    },
    find: (channel, type, name) =>
      [...list(channel.guildId ?? 'none'), ...list(undefined)].find(
        (one) => one.type === type && one.name === name && isOfferedIn(one, channel),
      ),
  };
}

function optionJson(option: CommandOption): Json {
  const { name_localizations: names, description_localizations: descriptions, ...rest } = option;
  return {
    ...rest,
    ...(option.type < 3 && 'options' in option
      ? { options: (option.options ?? []).map((inside) => optionJson(inside)) }
      : {}),
    ...(names === undefined ? {} : { name_localizations: names }),
    ...(descriptions === undefined ? {} : { description_localizations: descriptions }),
  };
}

/** As the API gives it back: with defaults filled in, so that it never equals what was sent. */
export function commandJson(world: World, command: RegisteredCommand, withLocalisations: boolean): Json {
  const { given } = command;
  return {
    id: command.id,
    application_id: world.applicationId,
    version: command.version,
    default_member_permissions:
      given.default_member_permissions === undefined || given.default_member_permissions === null
        ? null
        : String(given.default_member_permissions),
    type: command.type,
    name: command.name,
    name_localizations: withLocalisations ? (given.name_localizations ?? null) : undefined,
    description: given.description ?? '',
    description_localizations: withLocalisations ? (given.description_localizations ?? null) : undefined,
    ...(command.guildId === undefined
      ? {
          dm_permission: given.dm_permission ?? true,
          contexts: given.contexts ?? null,
          integration_types: given.integration_types ?? [0],
        }
      : { guild_id: command.guildId }),
    ...(command.options.length === 0 ? {} : { options: command.options.map((one) => optionJson(one)) }),
    nsfw: given.nsfw ?? false,
  };
}

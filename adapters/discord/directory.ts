import {
  readChannel,
  readGuild,
  readRoleChange,
  readRoleGone,
  readThreads,
  type WireChannel,
  type WireRole,
} from './wire.ts';

/** What the gateway told of servers: what messages do not say of roles and channels. */
export type DiscordDirectory = ReadonlyMap<string, GuildEntry>;

export interface GuildEntry {
  readonly ownerId?: string | undefined;
  readonly roles: ReadonlyMap<string, RoleEntry>;
  readonly channels: ReadonlyMap<string, ChannelEntry>;
}

export interface RoleEntry {
  readonly name?: string | undefined;
  /** Whoever has it may manage the server. */
  readonly isMaintainer: boolean;
  /** The role that Discord made for this bot: to mention it is to mention the bot. */
  readonly botId?: string | undefined;
}

export interface ChannelEntry {
  readonly name?: string | undefined;
  /** A thread or a post of a forum. */
  readonly isThread: boolean;
}

export const emptyDirectory: DiscordDirectory = new Map();

/** https://docs.discord.com/developers/resources/channel#channel-object-channel-types */
const threadTypes: ReadonlySet<number> = new Set([10, 11, 12]);
export const isThreadType = (type: number | null | undefined): boolean =>
  typeof type === 'number' && threadTypes.has(type);

/** https://docs.discord.com/developers/topics/permissions: administrator, manage guild. */
const maintaining = 0x8n | 0x20n;

/** Whether a set of permissions is that of somebody who runs the server. */
export function maintains(permissions: string | null | undefined): boolean {
  if (typeof permissions !== 'string' || !/^\d{1,40}$/.test(permissions)) return false;
  return (BigInt(permissions) & maintaining) !== 0n;
}

const noGuild: GuildEntry = { roles: new Map(), channels: new Map() };

const channelEntry = ({ name, type }: WireChannel): ChannelEntry => ({
  name: name ?? undefined,
  isThread: isThreadType(type),
});

const roleEntry = ({ name, permissions, tags }: WireRole): RoleEntry => ({
  name: name ?? undefined,
  isMaintainer: maintains(permissions),
  botId: tags?.bot_id ?? undefined,
});

function known<T>(items: readonly (T | undefined)[] | null | undefined): readonly T[] {
  return (items ?? []).filter((item) => item !== undefined);
}

type Fold = (directory: DiscordDirectory, payload: unknown) => DiscordDirectory;

const withGuild = (
  directory: DiscordDirectory,
  guildId: string,
  change: (guild: GuildEntry) => GuildEntry,
): DiscordDirectory => new Map([...directory, [guildId, change(directory.get(guildId) ?? noGuild)]]);

const withEntry = <T>(
  entries: ReadonlyMap<string, T>,
  id: string,
  entry: T | undefined,
): ReadonlyMap<string, T> => {
  const next = new Map(entries);
  if (entry === undefined) next.delete(id);
  else next.set(id, entry);
  return next;
};

const foldGuild: Fold = (directory, payload) => {
  const reading = readGuild(payload);
  if (!reading.ok) return directory;
  const { id, owner_id: ownerId, roles, channels, threads } = reading.value;
  return withGuild(directory, id, (guild) => {
    const places = [...known(channels), ...known(threads)];
    return {
      ownerId: ownerId ?? guild.ownerId,
      roles: roles == null ? guild.roles : new Map(known(roles).map((role) => [role.id, roleEntry(role)])),
      // Of a server that changed only the server itself is told.
      channels:
        channels == null ? guild.channels : new Map(places.map((place) => [place.id, channelEntry(place)])),
    };
  });
};

/** Servers that cannot be reached at the moment are told of again. */
const foldGuildGone: Fold = (directory, payload) => {
  const reading = readGuild(payload);
  return reading.ok && directory.has(reading.value.id)
    ? withEntry(directory, reading.value.id, undefined)
    : directory;
};

const foldChannel =
  (isGone: boolean): Fold =>
  (directory, payload) => {
    const reading = readChannel(payload);
    if (!reading.ok || typeof reading.value.guild_id !== 'string') return directory;
    const channel = reading.value;
    // Threads come back with a dispatch of their own when somebody writes in them: the archive is not kept in mind.
    const isOver = isGone || channel.thread_metadata?.archived === true;
    return withGuild(directory, reading.value.guild_id, (guild) => ({
      ...guild,
      channels: withEntry(guild.channels, channel.id, isOver ? undefined : channelEntry(channel)),
    }));
  };

const foldThreads: Fold = (directory, payload) => {
  const reading = readThreads(payload);
  if (!reading.ok) return directory;
  const threads = known(reading.value.threads).map((thread) => [thread.id, channelEntry(thread)] as const);
  return withGuild(directory, reading.value.guild_id, (guild) => ({
    ...guild,
    channels: new Map([...guild.channels, ...threads]),
  }));
};

const foldRole: Fold = (directory, payload) => {
  const reading = readRoleChange(payload);
  if (!reading.ok) return directory;
  const { guild_id: guildId, role } = reading.value;
  return withGuild(directory, guildId, (guild) => ({
    ...guild,
    roles: withEntry(guild.roles, role.id, roleEntry(role)),
  }));
};

const foldRoleGone: Fold = (directory, payload) => {
  const reading = readRoleGone(payload);
  if (!reading.ok) return directory;
  const { guild_id: guildId, role_id: roleId } = reading.value;
  return withGuild(directory, guildId, (guild) => ({
    ...guild,
    roles: withEntry(guild.roles, roleId, undefined),
  }));
};

/** By the kind of dispatch; the others change nothing here. */
export const directoryFolds: Readonly<Record<string, Fold>> = {
  GUILD_CREATE: foldGuild,
  GUILD_UPDATE: foldGuild,
  GUILD_DELETE: foldGuildGone,
  GUILD_ROLE_CREATE: foldRole,
  GUILD_ROLE_UPDATE: foldRole,
  GUILD_ROLE_DELETE: foldRoleGone,
  CHANNEL_CREATE: foldChannel(false),
  CHANNEL_UPDATE: foldChannel(false),
  CHANNEL_DELETE: foldChannel(true),
  THREAD_CREATE: foldChannel(false),
  THREAD_UPDATE: foldChannel(false),
  THREAD_DELETE: foldChannel(true),
  THREAD_LIST_SYNC: foldThreads,
};

/** The directory after a dispatch; the same one where it says nothing of servers. Pure and total. */
export function foldDirectory(
  directory: DiscordDirectory,
  { t, d }: { readonly t: string; readonly d: unknown },
): DiscordDirectory {
  const fold = Object.hasOwn(directoryFolds, t) ? directoryFolds[t] : undefined;
  return fold === undefined ? directory : fold(directory, d);
}

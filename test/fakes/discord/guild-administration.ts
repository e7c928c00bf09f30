import type { DiscordPerson } from './discord-person.ts';
import type { EventFeed } from './event-feed.ts';
import type { GatewayHub } from './gateway-hub.ts';
import { channelTypes, type FakeChannel, type FakeGuild, type FakeRole } from './guild-model.ts';
import { intents } from './intents.ts';
import { roleJson } from './json.ts';
import { bitsOf, type PermissionName } from './permissions.ts';
import type { World } from './world.ts';

export interface ChannelOptions {
  /** Default: the first guild. */
  readonly guild?: FakeGuild;
  readonly name?: string;
}

/** What those who run a guild do in it. */
export interface GuildAdministration {
  /** The first guild is there from the beginning, and everybody who speaks in a guild is a member of it. */
  guild(options?: { readonly name?: string; readonly ownerId?: string }): FakeGuild;
  readonly home: FakeGuild;
  channel(options?: ChannelOptions): FakeChannel;
  forum(options?: ChannelOptions): FakeChannel;
  /** A voice channel, which has a chat. */
  voice(options?: ChannelOptions): FakeChannel;
  /** A role with permissions, given to somebody. */
  grant(person: DiscordPerson, permissions: readonly PermissionName[], guild?: FakeGuild): FakeRole;
  setPermissions(role: FakeRole, permissions: readonly PermissionName[], guild?: FakeGuild): void;
  /** Takes permissions from the bot in one channel. */
  forbid(channel: FakeChannel, ...permissions: readonly PermissionName[]): void;
  archive(thread: FakeChannel, isLocked?: boolean): void;
  /** Somebody takes the bot out of a guild. */
  kick(guild: FakeGuild): void;
}

export function createGuildAdministration(
  world: World,
  feed: EventFeed,
  hub: GatewayHub,
): GuildAdministration {
  const home = world.addGuild({ name: 'Home', hasBot: true });

  function addChannel(
    type: typeof channelTypes.text | typeof channelTypes.forum | typeof channelTypes.voice,
    { guild = home, name }: ChannelOptions,
  ): FakeChannel {
    const channel = world.addChannel({ type, guildId: guild.id, ...(name === undefined ? {} : { name }) });
    feed.channel('CHANNEL_CREATE', channel);
    return channel;
  }

  const tellRole = (event: string, guild: FakeGuild, role: FakeRole): void =>
    feed.inGuild(event, guild.id, { guild_id: guild.id, role: roleJson(role, guild.roles.size) });

  return {
    home,
    guild(options = {}) {
      const guild = world.addGuild({ ...options, hasBot: true });
      hub.introduce(guild);
      return guild;
    },
    channel: (options = {}) => addChannel(channelTypes.text, options),
    forum: (options = {}) => addChannel(channelTypes.forum, options),
    voice: (options = {}) => addChannel(channelTypes.voice, options),
    grant(person, permissions, guild = home) {
      const role = world.addRole(guild, permissions.join(' '), bitsOf(permissions));
      tellRole('GUILD_ROLE_CREATE', guild, role);
      world.join(guild, person.user.id).roles.add(role.id);
      return role;
    },
    setPermissions(role, permissions, guild = home) {
      role.permissions = bitsOf(permissions);
      tellRole('GUILD_ROLE_UPDATE', guild, role);
    },
    forbid(channel, ...permissions) {
      const before = channel.overwrites.get(world.bot.id);
      channel.overwrites.set(world.bot.id, {
        allow: before?.allow ?? 0n,
        deny: (before?.deny ?? 0n) | bitsOf(permissions),
      });
      feed.channel('CHANNEL_UPDATE', channel);
    },
    archive(thread, isLocked = false) {
      thread.isArchived = true;
      thread.isLocked = isLocked;
      feed.channel('THREAD_UPDATE', thread);
    },
    kick(guild) {
      guild.members.delete(world.bot.id);
      hub.dispatch('GUILD_DELETE', guild.id, (session) =>
        (session.intents & intents.guilds) === 0 ? undefined : { id: guild.id },
      );
    },
  };
}

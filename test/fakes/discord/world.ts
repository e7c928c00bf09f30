import {
  channelTypes,
  type FakeChannel,
  type FakeGuild,
  type FakeMember,
  type FakeMessage,
  type FakeRole,
  type FakeUser,
  isThread,
  type MessageParts,
} from './guild-model.ts';
import {
  bitsOf,
  channelPermissions,
  directPermissions,
  everyonePermissions,
  type PermissionName,
  permissionBits,
} from './permissions.ts';
import { createSnowflakes } from './snowflakes.ts';

export interface World {
  readonly applicationId: string;
  readonly bot: FakeUser;
  readonly users: ReadonlyMap<string, FakeUser>;
  readonly guilds: Map<string, FakeGuild>;
  readonly channels: ReadonlyMap<string, FakeChannel>;
  now(): number;
  nextId(): string;
  addUser(user: Partial<FakeUser>): FakeUser;
  addGuild(options: { name?: string | undefined; hasBot: boolean; ownerId?: string | undefined }): FakeGuild;
  join(guild: FakeGuild, userId: string): FakeMember;
  addRole(guild: FakeGuild, name: string, permissions: bigint, isManaged?: boolean): FakeRole;
  addChannel(
    channel: Pick<FakeChannel, 'type'> &
      Partial<Pick<FakeChannel, 'id' | 'guildId' | 'name' | 'parentId' | 'recipientId' | 'ownerId'>>,
  ): FakeChannel;
  dmOf(userId: string): FakeChannel;
  add(channel: FakeChannel, author: FakeUser, parts: MessageParts): FakeMessage;
  guildOf(channel: FakeChannel): FakeGuild | undefined;
  permissionsOf(userId: string, channel: FakeChannel): bigint;
  may(userId: string, channel: FakeChannel, ...names: readonly PermissionName[]): boolean;
}

export function createWorld(options: {
  readonly now: () => number;
  readonly botPermissions: readonly PermissionName[];
}): World {
  const { now } = options;
  const nextId = createSnowflakes(now);
  const applicationId = nextId();
  // The bot's user has the application's id, as every application of these days has.
  const bot: FakeUser = { id: applicationId, username: 'metaclaw', global_name: null, bot: true };
  const users = new Map<string, FakeUser>([[bot.id, bot]]);
  const guilds = new Map<string, FakeGuild>();
  const channels = new Map<string, FakeChannel>();

  const world: World = {
    applicationId,
    bot,
    users,
    guilds,
    channels,
    now,
    nextId,
    addUser(user) {
      const id = user.id ?? nextId();
      const made = {
        id,
        username: user.username ?? `user${id.slice(-4)}`,
        global_name: user.global_name ?? null,
        bot: user.bot ?? false,
      };
      users.set(id, made);
      return made;
    },
    addGuild({ name = 'Fake Guild', hasBot, ownerId = nextId() }) {
      const id = nextId();
      const guild: FakeGuild = { id, name, ownerId, roles: new Map(), members: new Map() };
      guild.roles.set(id, { id, name: '@everyone', permissions: everyonePermissions, isManaged: false });
      guilds.set(id, guild);
      if (hasBot) {
        const role = world.addRole(guild, bot.username, bitsOf(options.botPermissions), true);
        world.join(guild, bot.id).roles.add(role.id);
      }
      return guild;
    },
    join(guild, userId) {
      const member: FakeMember = guild.members.get(userId) ?? {
        userId,
        nick: null,
        roles: new Set(),
        joinedAt: now(),
      };
      guild.members.set(userId, member);
      return member;
    },
    addRole(guild, name, permissions, isManaged = false) {
      const role = { id: nextId(), name, permissions, isManaged };
      guild.roles.set(role.id, role);
      return role;
    },
    addChannel(channel) {
      const id = channel.id ?? nextId();
      const made: FakeChannel = {
        id,
        type: channel.type,
        guildId: channel.guildId,
        name: channel.name ?? `channel-${id.slice(-4)}`,
        parentId: channel.parentId,
        recipientId: channel.recipientId,
        ownerId: channel.ownerId,
        overwrites: new Map(),
        messages: new Map(),
        members: new Set(),
        isArchived: false,
        isLocked: false,
      };
      channels.set(id, made);
      return made;
    },
    dmOf(userId) {
      for (const channel of channels.values()) {
        if (channel.type === channelTypes.direct && channel.recipientId === userId) return channel;
      }
      return world.addChannel({ type: channelTypes.direct, recipientId: userId, name: '' });
    },
    add(channel, author, parts) {
      const message: FakeMessage = {
        id: parts.id ?? nextId(),
        channelId: channel.id,
        author,
        type: parts.type ?? 0,
        createdAt: now(),
        content: parts.content,
        editedAt: undefined,
        flags: parts.flags ?? 0,
        components: parts.components ?? [],
        embeds: parts.embeds ?? [],
        attachments: parts.attachments ?? [],
        contents: parts.contents ?? new Map(),
        nonce: parts.nonce,
        replyTo: parts.replyTo,
        pings: parts.pings ?? [],
        privateTo: parts.privateTo,
        extra: parts.extra ?? {},
        reactions: new Map(),
        isRemoved: false,
      };
      channel.messages.set(message.id, message);
      return message;
    },
    guildOf: (channel) => guilds.get(channel.guildId ?? ''),
    permissionsOf(userId, channel) {
      const guild = world.guildOf(channel);
      if (guild === undefined) {
        return userId === bot.id || userId === channel.recipientId ? directPermissions : 0n;
      }
      if (!guild.members.has(userId)) return 0n;
      const parent = isThread(channel) ? channels.get(channel.parentId ?? '') : channel;
      const bits = parent === undefined ? 0n : channelPermissions(guild, userId, parent);
      const isHidden =
        channel.type === channelTypes.privateThread &&
        !channel.members.has(userId) &&
        (bits & permissionBits.ManageThreads) === 0n;
      return isHidden ? 0n : bits;
    },
    may(userId, channel, ...names) {
      const wanted = bitsOf(names);
      return (world.permissionsOf(userId, channel) & wanted) === wanted;
    },
  };
  return world;
}

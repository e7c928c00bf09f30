import {
  channelTypes,
  type FakeChannel,
  type FakeGuild,
  type FakeMember,
  type FakeMessage,
  type FakeRole,
  type FakeUser,
  isThread,
  type Json,
} from './guild-model.ts';
import type { World } from './world.ts';

export const isoOf = (at: number): string => new Date(at).toISOString().replace('Z', '000+00:00');

export const userJson = (user: FakeUser): Json => ({
  id: user.id,
  username: user.username,
  global_name: user.global_name,
  discriminator: user.bot ? '6184' : '0',
  avatar: null,
  avatar_decoration_data: null,
  collectibles: null,
  primary_guild: null,
  public_flags: 0,
  flags: 0,
  ...(user.bot ? { bot: true } : {}),
});

/** Without `user`, as messages carry it. */
export const memberJson = (member: FakeMember): Json => ({
  nick: member.nick,
  roles: [...member.roles],
  joined_at: isoOf(member.joinedAt),
  avatar: null,
  banner: null,
  communication_disabled_until: null,
  deaf: false,
  mute: false,
  flags: 0,
  pending: false,
  premium_since: null,
});

export const roleJson = (role: FakeRole, position: number): Json => ({
  id: role.id,
  name: role.name,
  permissions: String(role.permissions),
  position,
  color: 0,
  colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
  hoist: false,
  icon: null,
  unicode_emoji: null,
  managed: role.isManaged,
  mentionable: false,
  flags: 0,
});

export const rolesJson = (guild: FakeGuild): readonly Json[] =>
  [...guild.roles.values()].map((role, position) => roleJson(role, position));

const overwritesJson = (guild: FakeGuild, channel: FakeChannel): readonly Json[] =>
  [...channel.overwrites].map(([id, { allow, deny }]) => ({
    id,
    type: guild.roles.has(id) ? 0 : 1,
    allow: String(allow),
    deny: String(deny),
  }));

function threadFields(world: World, thread: FakeChannel): Json {
  const shown = [...thread.messages.values()].filter((message) => !message.isRemoved);
  return {
    parent_id: thread.parentId,
    owner_id: thread.ownerId,
    message_count: shown.length,
    total_message_sent: shown.length,
    member_count: thread.members.size,
    rate_limit_per_user: 0,
    thread_metadata: {
      archived: thread.isArchived,
      locked: thread.isLocked,
      auto_archive_duration: 1_440,
      archive_timestamp: isoOf(world.now()),
      create_timestamp: isoOf(world.now()),
      ...(thread.type === channelTypes.privateThread ? { invitable: true } : {}),
    },
    ...(thread.members.has(world.bot.id)
      ? { member: { flags: 0, join_timestamp: isoOf(world.now()), user_id: world.bot.id, id: thread.id } }
      : {}),
  };
}

export function channelJson(world: World, channel: FakeChannel): Json {
  const last = [...channel.messages.keys()].at(-1) ?? null;
  const base = { id: channel.id, type: channel.type, last_message_id: last, flags: 0 };
  const recipient = world.users.get(channel.recipientId ?? '');
  if (recipient !== undefined) return { ...base, recipients: [userJson(recipient)] };
  const guild = world.guildOf(channel);
  const inGuild = { ...base, guild_id: channel.guildId, name: channel.name };
  if (isThread(channel)) return { ...inGuild, ...threadFields(world, channel) };
  return {
    ...inGuild,
    position: 0,
    parent_id: null,
    topic: null,
    nsfw: false,
    rate_limit_per_user: 0,
    permission_overwrites: guild === undefined ? [] : overwritesJson(guild, channel),
    ...(channel.type === channelTypes.forum
      ? {
          available_tags: [],
          default_reaction_emoji: null,
          default_sort_order: null,
          default_forum_layout: 0,
        }
      : {}),
  };
}

export const unavailableGuild = (guild: FakeGuild): Json => ({ id: guild.id, unavailable: true });

/** As `GET /guilds/{guild.id}` gives it. */
export const guildJson = (guild: FakeGuild): Json => ({
  id: guild.id,
  name: guild.name,
  icon: null,
  splash: null,
  discovery_splash: null,
  banner: null,
  description: null,
  owner_id: guild.ownerId,
  region: 'deprecated',
  afk_channel_id: null,
  afk_timeout: 300,
  widget_enabled: false,
  widget_channel_id: null,
  verification_level: 0,
  default_message_notifications: 0,
  explicit_content_filter: 0,
  roles: rolesJson(guild),
  emojis: [],
  stickers: [],
  features: [],
  mfa_level: 0,
  application_id: null,
  system_channel_id: null,
  system_channel_flags: 0,
  rules_channel_id: null,
  max_presences: null,
  max_members: 500_000,
  vanity_url_code: null,
  premium_tier: 0,
  premium_subscription_count: 0,
  preferred_locale: 'en-US',
  public_updates_channel_id: null,
  nsfw_level: 0,
  premium_progress_bar_enabled: false,
  safety_alerts_channel_id: null,
});

/** As GUILD_CREATE gives it: with channels, active threads and members. */
export function guildCreateJson(world: World, guild: FakeGuild): Json {
  const channels = [...world.channels.values()].filter((channel) => channel.guildId === guild.id);
  const visible = channels.filter((channel) => world.may(world.bot.id, channel, 'ViewChannel'));
  const botMember = guild.members.get(world.bot.id);
  return {
    ...guildJson(guild),
    joined_at: isoOf(botMember?.joinedAt ?? world.now()),
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members: botMember === undefined ? [] : [{ ...memberJson(botMember), user: userJson(world.bot) }],
    channels: channels.filter((channel) => !isThread(channel)).map((channel) => channelJson(world, channel)),
    threads: visible
      .filter((channel) => isThread(channel) && !channel.isArchived)
      .map((channel) => channelJson(world, channel)),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

/** `👍`, or `name:id` of a custom one. */
export function emojiJson(key: string): Json {
  const custom = /^(?<name>\w+):(?<id>\d+)$/.exec(key)?.groups;
  return custom === undefined
    ? { id: null, name: key }
    : { id: custom['id'], name: custom['name'], animated: false };
}

/** What `<@…>` in the text names; a reply names its author too where the writer left that on. */
export function mentionedUsers(world: World, message: FakeMessage): readonly FakeUser[] {
  const ids = [...message.content.matchAll(/<@!?(\d+)>/g)].map((match) => match[1] ?? '');
  const replied =
    message.replyTo === undefined || !message.pings.includes('reply')
      ? undefined
      : repliedTo(world, message)?.author;
  const users = [...ids, replied?.id ?? ''].flatMap((id) => world.users.get(id) ?? []);
  return [...new Set(users)];
}

export function repliedTo(world: World, message: FakeMessage): FakeMessage | undefined {
  const { replyTo } = message;
  if (replyTo === undefined) return undefined;
  const found = world.channels.get(replyTo.channelId)?.messages.get(replyTo.messageId);
  return found?.isRemoved === true ? undefined : found;
}

/** Without privileged intents an app reads these only: https://docs.discord.com/developers/events/gateway#message-content-intent */
export function isReadable(world: World, message: FakeMessage): boolean {
  const channel = world.channels.get(message.channelId);
  return (
    message.author.id === world.bot.id ||
    channel?.type === channelTypes.direct ||
    mentionedUsers(world, message).some((user) => user.id === world.bot.id)
  );
}

export interface MessageView {
  /** False: without the message content intent. */
  readonly readsContent: boolean;
  /** With `guild_id`, `member` and `channel_type`, which only the gateway sends. */
  readonly isEvent: boolean;
}

export function messageJson(world: World, message: FakeMessage, view: MessageView): Json {
  const channel = world.channels.get(message.channelId);
  const guild = channel === undefined ? undefined : world.guildOf(channel);
  const member = guild?.members.get(message.author.id);
  const mentions = mentionedUsers(world, message);
  const isShown = view.readsContent || isReadable(world, message);
  const replied = repliedTo(world, message);
  const reactions = [...message.reactions].map(([key, users]) => ({
    emoji: emojiJson(key),
    count: users.size,
    count_details: { burst: 0, normal: users.size },
    burst_colors: [],
    me: users.has(world.bot.id),
    me_burst: false,
  }));
  return {
    type: message.type,
    content: isShown ? message.content : '',
    mentions: mentions.map((user) => {
      const mentioned = guild?.members.get(user.id);
      return view.isEvent && mentioned !== undefined
        ? { ...userJson(user), member: memberJson(mentioned) }
        : userJson(user);
    }),
    mention_roles: [...message.content.matchAll(/<@&(\d+)>/g)].map((match) => match[1]),
    attachments: isShown ? message.attachments : [],
    embeds: isShown ? message.embeds : [],
    timestamp: isoOf(message.createdAt),
    edited_timestamp: message.editedAt === undefined ? null : isoOf(message.editedAt),
    flags: message.flags,
    components: isShown ? message.components : [],
    id: message.id,
    channel_id: message.channelId,
    author: userJson(message.author),
    pinned: false,
    mention_everyone: message.pings.includes('everyone'),
    tts: false,
    ...(message.nonce === undefined ? {} : { nonce: message.nonce }),
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(message.replyTo === undefined
      ? {}
      : {
          message_reference: {
            type: 0,
            channel_id: message.replyTo.channelId,
            message_id: message.replyTo.messageId,
            ...(guild === undefined ? {} : { guild_id: guild.id }),
          },
          // A reply, or the first message of a thread that grew from one.
          ...(message.type === 19 || message.type === 21
            ? {
                referenced_message:
                  replied === undefined
                    ? null
                    : messageJson(world, replied, { readsContent: view.readsContent, isEvent: false }),
              }
            : {}),
        }),
    ...message.extra,
    ...(view.isEvent
      ? {
          channel_type: channel?.type,
          ...(guild === undefined ? {} : { guild_id: guild.id }),
          ...(member === undefined ? {} : { member: memberJson(member) }),
        }
      : {}),
  };
}

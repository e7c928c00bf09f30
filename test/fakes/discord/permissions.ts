import type { FakeChannel, FakeGuild } from './guild-model.ts';

/** https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags */
export const permissionBits = {
  KickMembers: 1n << 1n,
  BanMembers: 1n << 2n,
  Administrator: 1n << 3n,
  ManageChannels: 1n << 4n,
  ManageGuild: 1n << 5n,
  AddReactions: 1n << 6n,
  ViewChannel: 1n << 10n,
  SendMessages: 1n << 11n,
  ManageMessages: 1n << 13n,
  EmbedLinks: 1n << 14n,
  AttachFiles: 1n << 15n,
  ReadMessageHistory: 1n << 16n,
  MentionEveryone: 1n << 17n,
  UseExternalEmojis: 1n << 18n,
  ManageRoles: 1n << 28n,
  UseApplicationCommands: 1n << 31n,
  ManageThreads: 1n << 34n,
  CreatePublicThreads: 1n << 35n,
  CreatePrivateThreads: 1n << 36n,
  SendMessagesInThreads: 1n << 38n,
  UseExternalApps: 1n << 50n,
} as const;

export type PermissionName = keyof typeof permissionBits;

export const bitsOf = (names: readonly PermissionName[]): bigint =>
  names.reduce((bits, name) => bits | permissionBits[name], 0n);

const EVERYTHING = (1n << 53n) - 1n;

/** What everybody may do unless a channel says otherwise. */
export const everyonePermissions = bitsOf([
  'AddReactions',
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'UseExternalEmojis',
  'UseApplicationCommands',
  'CreatePublicThreads',
  'CreatePrivateThreads',
  'SendMessagesInThreads',
  'UseExternalApps',
]);

/** In direct messages there are neither roles nor overwrites. */
export const directPermissions = bitsOf([
  'AddReactions',
  'ViewChannel',
  'SendMessages',
  'EmbedLinks',
  'AttachFiles',
  'ReadMessageHistory',
  'MentionEveryone',
  'UseExternalEmojis',
  'UseApplicationCommands',
]);

export function guildPermissions(guild: FakeGuild, userId: string): bigint {
  if (guild.ownerId === userId) return EVERYTHING;
  const roles = guild.members.get(userId)?.roles ?? new Set<string>();
  const base = [guild.id, ...roles].reduce((bits, id) => bits | (guild.roles.get(id)?.permissions ?? 0n), 0n);
  return (base & permissionBits.Administrator) === 0n ? base : EVERYTHING;
}

/** What somebody may do in a channel; threads go by their parent. https://docs.discord.com/developers/topics/permissions#permission-overwrites */
export function channelPermissions(guild: FakeGuild, userId: string, channel: FakeChannel): bigint {
  const base = guildPermissions(guild, userId);
  if (base === EVERYTHING) return base;
  const roles = guild.members.get(userId)?.roles ?? new Set<string>();
  const apply = (bits: bigint, ids: readonly string[]): bigint => {
    const own = ids.flatMap((id) => channel.overwrites.get(id) ?? []);
    const denied = own.reduce((sum, { deny }) => sum | deny, 0n);
    const allowed = own.reduce((sum, { allow }) => sum | allow, 0n);
    return (bits & ~denied) | allowed;
  };
  const bits = apply(apply(apply(base, [guild.id]), [...roles]), [userId]);
  return (bits & permissionBits.ViewChannel) === 0n ? 0n : bits;
}

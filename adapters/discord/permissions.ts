import { type PermissionName, permissionBits, permissionsInUse } from './routes.ts';

/** Every permission that the invitation asks for, and what the bot does with it. */
export const botPermissions: Readonly<Record<PermissionName, string>> = {
  'View Channel': 'sees what is said and how people react in the channels it may answer in',
  'Send Messages': 'answers, edits its answer while it grows, and shows that it is typing',
  'Attach Files': 'shows pictures, such as the curve of a skill’s effect',
  'Send Messages in Threads': 'the same in threads and in posts of forums',
  'Read Message History': 'answers as a reply to your message, and reads the thread that it is called into',
};

const names: readonly PermissionName[] = Object.keys(permissionBits).filter(isPermissionName);

function isPermissionName(name: string): name is PermissionName {
  return Object.hasOwn(permissionBits, name);
}

/**
 * Where somebody who manages a server adds the bot to it, with what it needs there and nothing else:
 * https://docs.discord.com/developers/topics/oauth2#bot-authorization-flow
 */
export function inviteLink(applicationId: string): string {
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: 'bot applications.commands',
    permissions: String(permissionsInUse()),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}

/** The id in the first part of a bot's token: of the bot, and of nearly every application too. */
export function idInToken(token: string): string | undefined {
  const [first = ''] = token.split('.');
  if (!/^[\w-]{20,40}$/.test(first)) return undefined;
  const id = atob(first.replaceAll('-', '+').replaceAll('_', '/'));
  return /^\d{15,21}$/.test(id) ? id : undefined;
}

/** What a channel adds to and takes from a role or a member. */
export interface Overwrite {
  /** Of the role or the member. */
  readonly id: string;
  readonly allow: bigint;
  readonly deny: bigint;
}

/** A member of a server, as far as permissions go by it. */
export interface Membership {
  readonly guildId: string;
  readonly ownerId: string;
  readonly userId: string;
  /** Of the member; the one that everybody has need not be among them. */
  readonly roleIds: readonly string[];
  /** Permissions of the server's roles, by their ids. */
  readonly roles: ReadonlyMap<string, bigint>;
  /** Taken from speaking by a moderator at present. */
  readonly isTimedOut: boolean;
}

const ADMINISTRATOR = 1n << 3n;
const EVERYTHING = ~0n;
const LEFT_IN_TIMEOUT = permissionBits['View Channel'] | permissionBits['Read Message History'];

/**
 * What a member may do in a channel; threads go by the channel they are in:
 * https://docs.discord.com/developers/topics/permissions#permission-overwrites
 */
export function permissionsIn(member: Membership, overwrites: readonly Overwrite[]): bigint {
  const { guildId, userId, roleIds, roles } = member;
  if (userId === member.ownerId) return EVERYTHING;
  const base = [guildId, ...roleIds].reduce((bits, id) => bits | (roles.get(id) ?? 0n), 0n);
  if ((base & ADMINISTRATOR) !== 0n) return EVERYTHING;
  const apply = (bits: bigint, ids: readonly string[]): bigint => {
    const own = overwrites.filter(({ id }) => ids.includes(id));
    const denied = own.reduce((sum, { deny }) => sum | deny, 0n);
    const allowed = own.reduce((sum, { allow }) => sum | allow, 0n);
    return (bits & ~denied) | allowed;
  };
  const others = roleIds.filter((id) => id !== guildId);
  const bits = [[guildId], others, [userId]].reduce(apply, base);
  if ((bits & permissionBits['View Channel']) === 0n) return 0n;
  return member.isTimedOut ? bits & LEFT_IN_TIMEOUT : bits;
}

/** https://docs.discord.com/developers/resources/channel#channel-object-channel-types: text, announcements. */
const textTypes: ReadonlySet<number> = new Set([0, 5]);
/** Forums and media channels: all that is written there is written in threads. */
const forumTypes: ReadonlySet<number> = new Set([15, 16]);

/** The chat of voice and stage channels, which has no threads. */
const voiceTypes: ReadonlySet<number> = new Set([2, 13]);

/** What the bot needs in a channel of this type; nothing where it does not speak. */
export function neededIn(channelType: number): readonly PermissionName[] {
  if (textTypes.has(channelType)) return names;
  if (voiceTypes.has(channelType)) return names.filter((name) => name !== 'Send Messages in Threads');
  return forumTypes.has(channelType) ? names.filter((name) => name !== 'Send Messages') : [];
}

/** Those of `needed` that are not among `bits`. */
export function missingOf(needed: readonly PermissionName[], bits: bigint): readonly PermissionName[] {
  return needed.filter((name) => (bits & permissionBits[name]) === 0n);
}

import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { type EventId, eventId, personId, type SpaceId, spaceId } from '../../core/domain/ids.ts';
import type { Admission, InboundEvent, Interaction, Person } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { CommandDescription } from '../../core/ports/channel.ts';
import { type DiscordDirectory, type GuildEntry, maintains } from './directory.ts';
import { encodeHandle, FIRST_ANSWER_MS, type InteractionHandle } from './interaction-handle.ts';
import { PLATFORM } from './options.ts';
import type { WireMember, WireUser } from './wire.ts';

/** What mapping needs to know beside the packet. */
export interface DiscordFacts {
  readonly botUserId: string;
  readonly threadPolicy: 'follow' | 'mention';
  /** Those that are registered: they say in which order values belong into a line. */
  readonly commands: readonly CommandDescription[];
  readonly directory: DiscordDirectory;
  /** Epoch milliseconds: when the packet reached us. */
  readonly now: number;
}

/** One dispatch of the gateway, as far as mapping reads it. */
export interface DiscordPacket {
  readonly t: string;
  /** Its number in the session; the same when it is replayed. */
  readonly s: number;
  readonly d: unknown;
  readonly sessionId: string;
}

/** Ours to understand, and not understood. `problem` names fields and never holds what was said. */
export interface DiscordNotice {
  readonly kind: 'unreadable';
  readonly what: string;
  readonly problem: string;
}

/**
 * What the adapter answers by itself. `update`: at once, that a press was taken, which changes nothing on the screen.
 * `private`: that the answer takes longer, where none has come after two seconds; only the asker will see it. `form`:
 * nothing as long as a form may still be opened, which is nearly three seconds, then as `update` or `private`. `choices`:
 * no choices, where none have come. `thanks`: at once, a word of thanks that only this person sees, since Discord demands
 * an answer.
 */
export type OwnAnswer = 'update' | 'private' | 'form' | 'choices' | 'thanks';

export interface PendingInteraction {
  readonly handle: Exclude<InteractionHandle, { readonly kind: 'message' }>;
  readonly ownAnswer: OwnAnswer;
}

export interface DiscordInbound {
  readonly events: readonly InboundEvent[];
  readonly notice?: DiscordNotice;
  /** Why nothing came of it, for debug logs: `own_message`, `type_7`. */
  readonly ignored?: string;
  /** Of an interaction, also of one that is ignored: somebody waits for an answer. */
  readonly pending?: PendingInteraction;
}

export interface MappingContext {
  readonly packet: DiscordPacket;
  readonly facts: DiscordFacts;
}

export const ignored = (why: string): DiscordInbound => ({ events: [], ignored: why });

export const unreadable = (what: string, problem: string): DiscordInbound => ({
  events: [],
  notice: { kind: 'unreadable', what, problem },
});

/** A name of Discord's as part of a reason: never more than a name. */
export const slug = (name: string): string => (/^[A-Z_]{1,60}$/.test(name) ? name.toLowerCase() : 'unknown');

export const discordId = (...parts: readonly string[]): EventId => eventId(PLATFORM, parts.join(':'));

const sequenceDigits = 10;

/** Names a packet: the same when it is replayed in its session, and later ones compare greater as strings. */
export const packetId = ({ sessionId, s }: DiscordPacket): string =>
  `${sessionId}.${String(s).padStart(sequenceDigits, '0')}`;

const epochMs = 1_420_070_400_000n;

/** When a snowflake was given, epoch milliseconds: https://docs.discord.com/developers/reference#snowflakes */
export const snowflakeAt = (snowflake: string): number => Number((BigInt(snowflake) >> 22n) + epochMs);

export const refOf = (channelId: string, messageId: string): MessageRef => ({
  platform: PLATFORM,
  channelId,
  messageId,
});

/** Where something happened. Without a server it is a direct message, or a group of people that has no server. */
export interface Place {
  readonly channelId: string;
  readonly guildId: string | undefined;
}

export const placeOf = (payload: {
  readonly channel_id: string;
  readonly guild_id?: string | null | undefined;
}): Place => ({ channelId: payload.channel_id, guildId: payload.guild_id ?? undefined });

export const spaceOf = ({ channelId, guildId }: Place): SpaceId =>
  spaceId(PLATFORM, guildId ?? `dm.${channelId}`);

/** Threads and posts of forums are channels of their own. */
export const conversationOf = (place: Place): ConversationAddress => ({
  platform: PLATFORM,
  spaceId: spaceOf(place),
  audience: place.guildId === undefined ? 'direct' : 'group',
  channelId: place.channelId,
});

/** Whoever runs a server decides who is in it, and nobody without a server in common can write to the bot. */
export const openToAll: Admission = { kind: 'open' };

export const guildOf = ({ guildId }: Place, { directory }: DiscordFacts): GuildEntry | undefined =>
  guildId === undefined ? undefined : directory.get(guildId);

const filled = (text: string | null | undefined): string | undefined =>
  text === null || text === undefined || text.trim() === '' ? undefined : text;

/** Stands for whoever has no name. */
const NAMELESS = 'Somebody';

export const nameOf = (user: WireUser, member?: WireMember | null): string =>
  filled(member?.nick) ?? filled(user.global_name) ?? filled(user.username) ?? NAMELESS;

/** Interactions say what somebody may do; messages name roles only. */
function isMaintainer(userId: string, member: WireMember, place: Place, facts: DiscordFacts): boolean {
  if (maintains(member.permissions)) return true;
  const guild = guildOf(place, facts);
  if (guild === undefined || place.guildId === undefined) return false;
  // Everybody has the role that has the server's own id.
  const roles = [...(member.roles ?? []), place.guildId];
  return guild.ownerId === userId || roles.some((id) => guild.roles.get(id)?.isMaintainer === true);
}

export function personOf(
  user: WireUser,
  member: WireMember | null | undefined,
  place: Place,
  facts: DiscordFacts,
): Person {
  const isInGuild = member !== null && member !== undefined && place.guildId !== undefined;
  return {
    personId: personId(PLATFORM, user.id),
    displayName: nameOf(user, member),
    isBot: user.bot === true,
    ...(isInGuild && isMaintainer(user.id, member, place, facts) ? { role: 'maintainer' as const } : {}),
  };
}

/** Discord's clock may differ from ours: the three seconds count from here. */
export const interactionOf = (handle: PendingInteraction['handle']): Interaction => ({
  handle: encodeHandle(handle),
  deadlineAt: handle.issuedAt + FIRST_ANSWER_MS,
});

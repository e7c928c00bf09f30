export const channelTypes = {
  text: 0,
  direct: 1,
  voice: 2,
  category: 4,
  announcement: 5,
  publicThread: 11,
  privateThread: 12,
  forum: 15,
} as const;
export type ChannelType = (typeof channelTypes)[keyof typeof channelTypes];

export interface FakeUser {
  readonly id: string;
  readonly username: string;
  readonly global_name: string | null;
  readonly bot: boolean;
}

export interface FakeRole {
  readonly id: string;
  readonly name: string;
  permissions: bigint;
  readonly isManaged: boolean;
}

export interface FakeMember {
  readonly userId: string;
  nick: string | null;
  readonly roles: Set<string>;
  readonly joinedAt: number;
}

export interface FakeGuild {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly roles: Map<string, FakeRole>;
  readonly members: Map<string, FakeMember>;
}

export interface FakeChannel {
  readonly id: string;
  readonly type: ChannelType;
  readonly guildId: string | undefined;
  readonly name: string;
  /** Of a thread. */
  readonly parentId: string | undefined;
  /** Of a direct channel. */
  readonly recipientId: string | undefined;
  readonly ownerId: string | undefined;
  readonly overwrites: Map<string, { readonly allow: bigint; readonly deny: bigint }>;
  readonly messages: Map<string, FakeMessage>;
  /** Of a thread. */
  readonly members: Set<string>;
  isArchived: boolean;
  isLocked: boolean;
}

export type Json = Readonly<Record<string, unknown>>;

/** What a message is made of, whoever makes it. */
export interface MessageParts {
  readonly content: string;
  /** https://docs.discord.com/developers/resources/message#message-object-message-types Default 0. */
  readonly type?: number | undefined;
  readonly flags?: number | undefined;
  readonly components?: readonly Json[] | undefined;
  readonly embeds?: readonly Json[] | undefined;
  readonly attachments?: readonly Json[] | undefined;
  /** What is in them, by id, where the bot attached them. */
  readonly contents?: ReadonlyMap<string, Uint8Array> | undefined;
  readonly nonce?: string | number | undefined;
  /** The message that it answers. */
  readonly replyTo?: { readonly channelId: string; readonly messageId: string } | undefined;
  /** Who is told: what `allowed_mentions` left over. */
  readonly pings?: readonly string[] | undefined;
  readonly privateTo?: string | undefined;
  /** Fields of answers to interactions: `interaction_metadata`, `webhook_id` … */
  readonly extra?: Json | undefined;
  /** The id, where it must be that of a thread. */
  readonly id?: string | undefined;
}

export interface FakeMessage {
  readonly id: string;
  readonly channelId: string;
  readonly author: FakeUser;
  readonly type: number;
  readonly createdAt: number;
  content: string;
  editedAt: number | undefined;
  flags: number;
  components: readonly Json[];
  embeds: readonly Json[];
  attachments: readonly Json[];
  contents: ReadonlyMap<string, Uint8Array>;
  readonly nonce: string | number | undefined;
  readonly replyTo: MessageParts['replyTo'];
  pings: readonly string[];
  readonly privateTo: string | undefined;
  readonly extra: Json;
  /** Users by emoji: the character, or `name:id`. */
  readonly reactions: Map<string, Set<string>>;
  isRemoved: boolean;
}

export const isThread = (channel: FakeChannel): boolean =>
  channel.type === channelTypes.publicThread || channel.type === channelTypes.privateThread;

import { z } from 'zod';
import { reader } from '../../core/domain/reading.ts';

/*
 * The slice of what Discord sends that this adapter reads: https://docs.discord.com/developers/events/gateway-events and
 * …/interactions/receiving-and-responding. Unknown fields are dropped, so that a newer API changes nothing here; what we
 * use is strict.
 */

const snowflake = z.string().regex(/^\d{1,20}$/);
/** Becomes part of an address. */
const token = z.string().regex(/^[\w.~+=:-]{1,2000}$/);

/** A field that tells something extra: what makes no sense counts as not said. */
const extra = <T extends z.ZodType>(schema: T) => schema.nullish().catch(undefined);

const userSchema = z.object({
  id: snowflake,
  username: extra(z.string()),
  global_name: extra(z.string()),
  bot: extra(z.boolean()),
});

const memberSchema = z.object({
  nick: extra(z.string()),
  roles: extra(z.array(snowflake)),
  /** In the channel of an interaction; messages do not have it. */
  permissions: extra(z.string()),
});

const mentionedSchema = userSchema.extend({ member: extra(memberSchema) });

const attachmentSchema = z.object({ content_type: extra(z.string()) });

const referencedSchema = z.object({
  id: extra(snowflake),
  author: extra(userSchema),
  content: extra(z.string()),
});

const messageSchema = z.object({
  id: snowflake,
  channel_id: snowflake,
  guild_id: snowflake.nullish(),
  channel_type: extra(z.number()),
  /** 0: written; 19: written as a reply. Others are the platform's. */
  type: extra(z.number()),
  author: userSchema,
  member: extra(memberSchema),
  webhook_id: extra(z.string()),
  content: z.string().nullish(),
  mentions: extra(z.array(mentionedSchema)),
  mention_roles: extra(z.array(snowflake)),
  attachments: extra(z.array(attachmentSchema)),
  sticker_items: extra(z.array(z.unknown())),
  poll: extra(z.looseObject({})),
  flags: extra(z.int()),
  edited_timestamp: extra(z.string().max(100)),
  message_reference: extra(
    z.object({ type: extra(z.number()), message_id: extra(snowflake), channel_id: extra(snowflake) }),
  ),
  referenced_message: extra(referencedSchema),
  message_snapshots: extra(z.array(z.object({ message: z.object({ content: extra(z.string()) }) }))),
});

const changedMessageSchema = messageSchema.extend({ author: userSchema.nullish() });

const deletedSchema = z.object({ id: snowflake, channel_id: snowflake, guild_id: snowflake.nullish() });
const bulkDeletedSchema = z.object({
  ids: z.array(snowflake).max(1_000),
  channel_id: snowflake,
  guild_id: snowflake.nullish(),
});

const emojiSchema = z.object({ id: snowflake.nullish(), name: z.string().max(200).nullish() });

const placedReaction = { channel_id: snowflake, message_id: snowflake, guild_id: snowflake.nullish() };
const reactionSchema = z.object({
  ...placedReaction,
  user_id: snowflake,
  member: extra(memberSchema.extend({ user: extra(userSchema) })),
  /** Only where a reaction was added. */
  message_author_id: extra(snowflake),
  emoji: emojiSchema,
});
const clearedSchema = z.object(placedReaction);
const clearedEmojiSchema = z.object({ ...placedReaction, emoji: emojiSchema });

const interactionSchema = z.object({
  id: snowflake,
  application_id: snowflake,
  /** 2 command, 3 component, 4 autocompletion, 5 form. */
  type: z.number(),
  token,
  guild_id: snowflake.nullish(),
  channel_id: snowflake.nullish(),
  channel: extra(z.object({ id: snowflake, type: extra(z.number()) })),
  member: memberSchema.extend({ user: userSchema }).nullish(),
  user: userSchema.nullish(),
  message: z.object({ id: snowflake }).nullish(),
  data: z.looseObject({}).nullish(),
});

const optionSchema = z.object({
  name: z.string().min(1).max(32),
  type: z.number(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullish(),
  focused: extra(z.boolean()),
});
/** Discord nests two deep: a group, its subcommand, the values. */
const innerOptionSchema = optionSchema.extend({ options: z.array(optionSchema).max(25).nullish() });
const outerOptionSchema = optionSchema.extend({ options: z.array(innerOptionSchema).max(25).nullish() });

const commandSchema = z.object({
  name: z.string().min(1).max(32),
  /** 1 typed, 2 menu of a user, 3 menu of a message. */
  type: z.number(),
  target_id: snowflake.nullish(),
  options: z.array(outerOptionSchema).max(25).nullish(),
});

const componentSchema = z.object({ custom_id: z.string().min(1).max(100), component_type: z.number() });

const inputSchema = z.object({
  custom_id: z.string().min(1).max(100),
  value: z.string().nullish(),
  values: z.array(z.string()).nullish(),
});
/** An input under its label. */
const labelledSchema = z.object({ component: inputSchema });
const otherComponentSchema = z.looseObject({}).transform(() => undefined);
const modalSchema = z.object({
  custom_id: z.string().min(1).max(100),
  components: z.array(z.union([labelledSchema, otherComponentSchema])).max(40),
});

const roleSchema = z.object({
  id: snowflake,
  name: extra(z.string()),
  permissions: extra(z.string()),
  tags: extra(z.object({ bot_id: extra(snowflake) })),
});
const channelSchema = z.object({
  id: snowflake,
  guild_id: extra(snowflake),
  type: extra(z.number()),
  name: extra(z.string()),
  thread_metadata: extra(z.object({ archived: extra(z.boolean()) })),
});
/** Of these a bad one does not take the others with it. */
const list = <T extends z.ZodType>(schema: T) => extra(z.array(schema.catch(undefined as never)));
const guildSchema = z.object({
  id: snowflake,
  owner_id: extra(snowflake),
  roles: list(roleSchema),
  channels: list(channelSchema),
  threads: list(channelSchema),
});
const roleChangeSchema = z.object({ guild_id: snowflake, role: roleSchema });
const roleGoneSchema = z.object({ guild_id: snowflake, role_id: snowflake });
const threadsSchema = z.object({ guild_id: snowflake, threads: list(channelSchema) });

export type WireUser = z.infer<typeof userSchema>;
export type WireMember = z.infer<typeof memberSchema>;
export type WireMentioned = z.infer<typeof mentionedSchema>;
export type WireMessage = z.infer<typeof messageSchema>;
export type WireEmoji = z.infer<typeof emojiSchema>;
export type WireInteraction = z.infer<typeof interactionSchema>;
export type WireCommand = z.infer<typeof commandSchema>;
export type WireOption = z.infer<typeof outerOptionSchema>;
export type WireInput = z.infer<typeof inputSchema>;
export type WireRole = z.infer<typeof roleSchema>;
export type WireChannel = z.infer<typeof channelSchema>;

export const readMessage = reader(messageSchema);
export const readChangedMessage = reader(changedMessageSchema);
export const readDeleted = reader(deletedSchema);
export const readBulkDeleted = reader(bulkDeletedSchema);
export const readReaction = reader(reactionSchema);
export const readCleared = reader(clearedSchema);
export const readClearedEmoji = reader(clearedEmojiSchema);
export const readInteraction = reader(interactionSchema);
export const readCommand = reader(commandSchema);
export const readComponent = reader(componentSchema);
export const readModal = reader(modalSchema);
export const readGuild = reader(guildSchema);
export const readChannel = reader(channelSchema);
export const readRoleChange = reader(roleChangeSchema);
export const readRoleGone = reader(roleGoneSchema);
export const readThreads = reader(threadsSchema);

/* What we read of the answers to our own calls: https://docs.discord.com/developers/reference */

const postedSchema = z.object({ id: snowflake, channel_id: snowflake });

/** Which message it was that was posted or answered with. */
export function parsePosted(
  answer: unknown,
): { readonly messageId: string; readonly channelId: string } | undefined {
  const parsed = postedSchema.safeParse(answer);
  return parsed.success ? { messageId: parsed.data.id, channelId: parsed.data.channel_id } : undefined;
}

const readySchema = z.object({ user: userSchema, application: z.object({ id: snowflake }) });
const applicationSchema = z.object({ id: snowflake, bot: userSchema });

/** Who the bot is, by the dispatch `READY` or by `GET /applications/@me`. */
export function parseIdentity(
  answer: unknown,
): { readonly botUserId: string; readonly applicationId: string } | undefined {
  const ready = readySchema.safeParse(answer);
  if (ready.success) return { botUserId: ready.data.user.id, applicationId: ready.data.application.id };
  const application = applicationSchema.safeParse(answer);
  if (!application.success) return undefined;
  return { botUserId: application.data.bot.id, applicationId: application.data.id };
}

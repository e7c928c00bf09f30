import { z } from 'zod';

/*
 * The slice of the Bot API that this adapter reads (https://core.telegram.org/bots/api). Unknown fields are dropped,
 * so that a newer API changes nothing here.
 */

const id = z.int();

const userSchema = z.object({
  id,
  is_bot: z.boolean(),
  first_name: z.string(),
  last_name: z.string().optional(),
  username: z.string().optional(),
});

const chatSchema = z.object({
  id,
  type: z.enum(['private', 'group', 'supergroup', 'channel']),
  is_direct_messages: z.boolean().optional(),
});

const entitySchema = z.object({
  type: z.string(),
  /** UTF-16 code units. */
  offset: z.int().min(0),
  length: z.int().min(0),
  user: userSchema.optional(),
});

const present = z.unknown().optional();

/** The fields of a message that say what came along, with the name core knows it by. */
export const attachmentKinds = {
  photo: 'photo',
  voice: 'voice',
  audio: 'audio',
  video: 'video',
  video_note: 'video',
  animation: 'animation',
  document: 'file',
  sticker: 'sticker',
  contact: 'contact',
  location: 'location',
  venue: 'location',
  poll: 'poll',
  checklist: 'checklist',
  dice: 'dice',
  game: 'game',
  story: 'story',
  paid_media: 'paid media',
} as const;

const messageSchema = z.object({
  message_id: id,
  /** Seconds. */
  date: z.int(),
  edit_date: z.int().optional(),
  chat: chatSchema,
  from: userSchema.optional(),
  sender_chat: z.object({ id }).optional(),
  is_automatic_forward: z.boolean().optional(),
  message_thread_id: id.optional(),
  is_topic_message: z.boolean().optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  entities: z.array(entitySchema).optional(),
  caption_entities: z.array(entitySchema).optional(),
  forward_origin: present,
  forward_date: present,
  quote: z.object({ text: z.string() }).optional(),
  reply_to_message: z
    .object({
      message_id: id,
      from: userSchema.optional(),
      forward_origin: present,
      text: z.string().optional(),
      caption: z.string().optional(),
      forum_topic_created: present,
    })
    .optional(),
  photo: present,
  voice: present,
  audio: present,
  video: present,
  video_note: present,
  animation: present,
  document: present,
  sticker: present,
  contact: present,
  location: present,
  venue: present,
  poll: present,
  checklist: present,
  dice: present,
  game: present,
  story: present,
  paid_media: present,
});

const reactionSchema = z.union([
  z.object({ type: z.literal('emoji'), emoji: z.string() }),
  z.object({ type: z.literal('custom_emoji'), custom_emoji_id: z.string() }),
  z.object({ type: z.string() }),
]);

const messageReactionSchema = z.object({
  chat: chatSchema,
  message_id: id,
  user: userSchema.optional(),
  /** Seconds. */
  date: z.int(),
  old_reaction: z.array(reactionSchema),
  new_reaction: z.array(reactionSchema),
});

const callbackQuerySchema = z.object({
  id: z.string(),
  from: userSchema,
  message: z
    .object({
      message_id: id,
      chat: chatSchema,
      message_thread_id: id.optional(),
      is_topic_message: z.boolean().optional(),
      text: z.string().optional(),
    })
    .optional(),
  data: z.string().optional(),
});

const updateSchema = z.object({
  update_id: z.int().min(0),
  message: messageSchema.optional(),
  edited_message: messageSchema.optional(),
  message_reaction: messageReactionSchema.optional(),
  callback_query: callbackQuerySchema.optional(),
});

export type TelegramUser = z.infer<typeof userSchema>;
export type TelegramChat = z.infer<typeof chatSchema>;
export type TelegramEntity = z.infer<typeof entitySchema>;
export type TelegramMessage = z.infer<typeof messageSchema>;
export type TelegramReaction = z.infer<typeof reactionSchema>;
export type TelegramMessageReaction = z.infer<typeof messageReactionSchema>;
export type TelegramCallbackQuery = z.infer<typeof callbackQuerySchema>;
export type TelegramUpdate = z.infer<typeof updateSchema>;

/** `undefined` for anything that is not an update with parts as documented. */
export function parseUpdate(value: unknown): TelegramUpdate | undefined {
  const parsed = updateSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const updateHeadSchema = z.object({ update_id: z.int().min(0) });

/** The id of an update, also of one whose parts make no sense to us: it still has to be confirmed. */
export function updateIdOf(value: unknown): number | undefined {
  const parsed = updateHeadSchema.safeParse(value);
  return parsed.success ? parsed.data.update_id : undefined;
}

const MAX_KINDS = 5;
const MAX_KIND_CHARS = 40;

/** What an update that makes no sense to us is said to be: the names of its parts, and nothing of what is in them. */
export function kindsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const kinds = Object.keys(value).filter((key) => key !== 'update_id');
  return kinds.slice(0, MAX_KINDS).map((key) => key.slice(0, MAX_KIND_CHARS));
}

const pressHeadSchema = z.object({ callback_query: z.object({ id: z.string() }) });

/** The id of a press, also of one that makes no sense to us otherwise: its button is busy until somebody answers. */
export function callbackQueryIdOf(value: unknown): string | undefined {
  const parsed = pressHeadSchema.safeParse(value);
  return parsed.success ? parsed.data.callback_query.id : undefined;
}

/** The chat that an update belongs to, as a string; updates without one share the empty string. */
export function chatIdOf(update: TelegramUpdate): string {
  const holder =
    update.message ?? update.edited_message ?? update.message_reaction ?? update.callback_query?.message;
  return holder === undefined ? '' : String(holder.chat.id);
}

const botSchema = z.object({
  id,
  username: z.string(),
  can_read_all_group_messages: z.boolean().optional(),
  can_join_groups: z.boolean().optional(),
});

/** The answer to `getMe`. */
export function parseBot(value: unknown): z.infer<typeof botSchema> | undefined {
  const parsed = botSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const webhookSchema = z.object({
  /** Empty when updates are polled. */
  url: z.string(),
  pending_update_count: z.int().optional(),
  /** Seconds. */
  last_error_date: z.int().optional(),
  last_error_message: z.string().optional(),
  /** Absent: all but the few that have to be asked for. */
  allowed_updates: z.array(z.string()).optional(),
});

export type TelegramWebhook = z.infer<typeof webhookSchema>;

/** The answer to `getWebhookInfo`. */
export function parseWebhook(value: unknown): TelegramWebhook | undefined {
  const parsed = webhookSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const memberSchema = z.object({ status: z.string(), is_anonymous: z.boolean().optional() });

/** The status in the answer to `getChatMember`. */
export function parseMemberStatus(value: unknown): string | undefined {
  const parsed = memberSchema.safeParse(value);
  return parsed.success ? parsed.data.status : undefined;
}

/** Whether the member in the answer to `getChatMember` speaks as the group itself. */
export function parseIsAnonymous(value: unknown): boolean {
  const parsed = memberSchema.safeParse(value);
  return parsed.success && parsed.data.is_anonymous === true;
}

const commandsSchema = z.array(z.object({ command: z.string(), description: z.string() }));

/** The answer to `getMyCommands`. */
export function parseCommands(value: unknown): z.infer<typeof commandsSchema> | undefined {
  const parsed = commandsSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const menuNamesSchema = z.array(z.string().regex(/^[a-z_]+(?:\/[a-z]{2})?$/));

/** The menus that were set, as they are kept; none where nothing that makes sense is. */
export function parseMenuNames(value: unknown): readonly string[] {
  const parsed = menuNamesSchema.safeParse(value);
  return parsed.success ? parsed.data : [];
}

const sentSchema = z.object({ message_id: id });

/** The id in the answer to a send. */
export function parseSentId(value: unknown): number | undefined {
  const parsed = sentSchema.safeParse(value);
  return parsed.success ? parsed.data.message_id : undefined;
}

const updatesSchema = z.array(z.unknown());

export function parseUpdates(value: unknown): readonly unknown[] | undefined {
  const parsed = updatesSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

const apiErrorSchema = z.object({
  response: z.object({
    error_code: z.int(),
    description: z.string().optional(),
    parameters: z
      .object({ retry_after: z.number().optional(), migrate_to_chat_id: z.int().optional() })
      .optional(),
  }),
});

export interface ApiRefusal {
  readonly status: number;
  readonly description: string;
  readonly retryAfterSeconds?: number;
  readonly migratedToChatId?: number;
}

/** What the server said, out of the error that the library throws for it. */
export function parseRefusal(thrown: unknown): ApiRefusal | undefined {
  const parsed = apiErrorSchema.safeParse(thrown);
  if (!parsed.success) return undefined;
  const { error_code: status, description = '', parameters = {} } = parsed.data.response;
  const { retry_after: retryAfterSeconds, migrate_to_chat_id: migratedToChatId } = parameters;
  return {
    status,
    description,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(migratedToChatId === undefined ? {} : { migratedToChatId }),
  };
}

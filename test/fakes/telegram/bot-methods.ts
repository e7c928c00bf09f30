import { z } from 'zod';
import { ApiFault, badRequest } from './api-fault.ts';
import {
  type ChatStore,
  type FakeChat,
  type FakeTelegramMessage,
  type FakeUser,
  messageJson,
} from './chats.ts';
import { detectEntities, normalise, type ParsedText, parseHtml } from './html-entities.ts';
import type { UpdateQueue } from './update-queue.ts';
import { InputFile } from './uploads.ts';

type Payload = Readonly<Record<string, unknown>>;
export type BotMethod = (payload: Payload, gone: AbortSignal) => unknown;

export interface CallbackAnswer {
  readonly callback_query_id: string;
  readonly text?: string | undefined;
  readonly show_alert?: boolean | undefined;
}

export interface BotState {
  readonly bot: FakeUser;
  /** Whether the bot sees every group message. */
  readonly readsAllGroupMessages: boolean;
  readonly canJoinGroups: boolean;
  readonly chats: ChatStore;
  readonly updates: UpdateQueue;
  /** Callback queries that wait for an answer. */
  readonly openCallbacks: Set<string>;
  readonly callbackAnswers: CallbackAnswer[];
  readonly chatActions: { readonly chatId: number; readonly threadId?: number; readonly action: string }[];
  /** By scope and language: `default`, `all_group_chats/de`. */
  readonly commands: Map<string, readonly FakeCommand[]>;
}

export interface FakeCommand {
  readonly command: string;
  readonly description: string;
}

const MAX_TEXT_CHARS = 4_096;
const MAX_CAPTION_CHARS = 1_024;
const MAX_PHOTO_BYTES = 10 * 1024 * 1024;

/** The emoji that a bot may react with, as far as tests use them. */
const reactionEmoji = new Set([
  '❤',
  '👍',
  '👎',
  '🔥',
  '🥰',
  '👏',
  '😁',
  '🤔',
  '🎉',
  '🙏',
  '👌',
  '👀',
  '💯',
  '🤝',
]);

const keyboardSchema = z.object({
  inline_keyboard: z.array(z.array(z.object({ text: z.string(), callback_data: z.string() }))),
});
const forceReplySchema = z.object({
  force_reply: z.literal(true),
  selective: z.boolean().optional(),
  input_field_placeholder: z.string().min(1).max(64).optional(),
});
const textSchema = z.object({
  chat_id: z.union([z.int(), z.string()]),
  message_thread_id: z.int().optional(),
  message_id: z.int().optional(),
  text: z.string(),
  parse_mode: z.string().optional(),
  reply_parameters: z
    .object({ message_id: z.int(), allow_sending_without_reply: z.boolean().optional() })
    .optional(),
  reply_markup: z.union([keyboardSchema, forceReplySchema]).optional(),
});
const photoSchema = z.object({
  chat_id: z.union([z.int(), z.string()]),
  message_thread_id: z.int().optional(),
  photo: z.instanceof(InputFile),
  caption: z.string().optional(),
  reply_parameters: textSchema.shape.reply_parameters,
});
const isPng = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
const commandsSchema = z.array(z.object({ command: z.string(), description: z.string() }));
const scopeSchema = z.object({ type: z.string() }).optional();
const languageSchema = z
  .string()
  .regex(/^([a-z]{2})?$/)
  .optional();

/** Commands are kept by scope and language: `default`, `all_group_chats/de`. */
function commandsKey(payload: Payload): string {
  const type = read(scopeSchema, payload['scope'])?.type ?? 'default';
  const language = read(languageSchema, payload['language_code']) ?? '';
  return language === '' ? type : `${type}/${language}`;
}
const pollSchema = z.object({
  offset: z.int().optional(),
  limit: z.int().optional(),
  timeout: z.int().optional(),
  allowed_updates: z.array(z.string()).optional(),
});
const webhookSchema = z.object({
  url: z.string(),
  secret_token: z.string().optional(),
  allowed_updates: z.array(z.string()).optional(),
  drop_pending_updates: z.boolean().optional(),
});
const callbackAnswerSchema = z.object({
  callback_query_id: z.string(),
  text: z.string().optional(),
  show_alert: z.boolean().optional(),
});
const reactionSchema = z.array(
  z.union([
    z.object({ type: z.literal('emoji'), emoji: z.string() }),
    z.object({ type: z.literal('custom_emoji'), custom_emoji_id: z.string() }),
  ]),
);

function read<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw badRequest(
    `parameters are wrong: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
  );
}

function readText(text: string, parseMode: string | undefined): ParsedText {
  if (parseMode !== undefined && parseMode !== 'HTML') throw badRequest('unsupported parse_mode');
  const parsed = normalise(parseMode === 'HTML' ? parseHtml(text) : { text, entities: [] });
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8');
  if (parsed.text === '') throw badRequest('message text is empty');
  if (parsed.text.length > MAX_TEXT_CHARS) throw badRequest('message is too long');
  return parsed;
}

type Markup = z.infer<typeof textSchema>['reply_markup'];

const keyboardIn = (markup: Markup): z.infer<typeof keyboardSchema> | undefined =>
  markup !== undefined && 'inline_keyboard' in markup ? markup : undefined;

function checkKeyboard(markup: Markup): void {
  for (const button of (keyboardIn(markup)?.inline_keyboard ?? []).flat()) {
    const bytes = Buffer.byteLength(button.callback_data);
    if (bytes < 1 || bytes > 64) throw badRequest('BUTTON_DATA_INVALID');
    if (button.text === '')
      throw badRequest("can't parse inline keyboard button: Text buttons are unallowed");
  }
}

export function createBotMethods(state: BotState): Readonly<Record<string, BotMethod>> {
  const { bot, chats, updates } = state;

  function writable(chatId: unknown): FakeChat {
    const chat = chats.get(chatId);
    if (chat.botIsMember) return chat;
    const reason =
      chat.type === 'private' ? 'bot was blocked by the user' : `bot was kicked from the ${chat.type} chat`;
    throw new ApiFault(403, `Forbidden: ${reason}`);
  }

  function existing(chat: FakeChat, messageId: unknown, verb: string): FakeTelegramMessage {
    const message = chat.messages.get(Number(messageId));
    if (message === undefined) throw badRequest(`message to ${verb} not found`);
    return message;
  }

  /** Telegram shows what it finds beside what markup says, but not in code and links. */
  const withDetected = (parsed: ParsedText): ParsedText => {
    const closed = parsed.entities.filter(({ type }) => ['code', 'pre', 'text_link'].includes(type));
    const found = detectEntities(parsed.text).filter(
      ({ offset, length }) =>
        !closed.some((entity) => offset < entity.offset + entity.length && entity.offset < offset + length),
    );
    return {
      text: parsed.text,
      entities: [...parsed.entities, ...found.map((entity) => ({ ...entity, type: `auto:${entity.type}` }))],
    };
  };

  function replyExtra(chat: FakeChat, reply: z.infer<typeof textSchema>['reply_parameters']): object {
    if (reply === undefined) return {};
    const original = chat.messages.get(reply.message_id);
    if (original !== undefined) return { reply_to_message: messageJson(chat, original) };
    if (reply.allow_sending_without_reply === true) return {};
    throw badRequest('message to be replied not found');
  }

  return {
    getMe: () => ({
      ...bot,
      can_join_groups: state.canJoinGroups,
      can_read_all_group_messages: state.readsAllGroupMessages,
      supports_inline_queries: false,
    }),
    async getUpdates(payload, gone) {
      const { offset, limit, timeout, allowed_updates } = read(pollSchema, payload);
      return await updates.poll(
        { offset, limit, timeoutSeconds: timeout, allowedUpdates: allowed_updates },
        gone,
      );
    },
    setWebhook(payload) {
      const { url, secret_token, allowed_updates, drop_pending_updates } = read(webhookSchema, payload);
      updates.setWebhook({
        url,
        secretToken: secret_token,
        allowedUpdates: allowed_updates,
        dropPending: drop_pending_updates,
      });
      return true;
    },
    deleteWebhook(payload) {
      updates.deleteWebhook(payload['drop_pending_updates'] === true);
      return true;
    },
    getWebhookInfo: () => updates.webhookInfo(),
    sendMessage(payload) {
      const call = read(textSchema, payload);
      const chat = writable(call.chat_id);
      const { text, entities } = withDetected(readText(call.text, call.parse_mode));
      checkKeyboard(call.reply_markup);
      if (call.message_thread_id !== undefined && !chat.topics.has(call.message_thread_id)) {
        throw badRequest('message thread not found');
      }
      const message: FakeTelegramMessage = {
        message_id: chats.nextMessageId(),
        from: bot,
        date: chats.now(),
        text,
        entities,
        reply_markup: keyboardIn(call.reply_markup),
        ...(call.reply_markup !== undefined && 'force_reply' in call.reply_markup
          ? { forceReply: call.reply_markup }
          : {}),
        extra: { ...replyExtra(chat, call.reply_parameters) },
        reactions: new Map(),
        ...(call.message_thread_id === undefined ? {} : { message_thread_id: call.message_thread_id }),
      };
      chat.messages.set(message.message_id, message);
      return messageJson(chat, message);
    },
    sendPhoto(payload) {
      const call = read(photoSchema, payload);
      const chat = writable(call.chat_id);
      const caption = call.caption ?? '';
      if (call.photo.bytes.length === 0) throw badRequest('file must be non-empty');
      if (call.photo.bytes.length > MAX_PHOTO_BYTES) throw new ApiFault(413, 'Request Entity Too Large');
      if (!isPng(call.photo.bytes)) throw badRequest('IMAGE_PROCESS_FAILED');
      if (caption.length > MAX_CAPTION_CHARS) throw badRequest('message caption is too long');
      if (call.message_thread_id !== undefined && !chat.topics.has(call.message_thread_id)) {
        throw badRequest('message thread not found');
      }
      const message: FakeTelegramMessage = {
        message_id: chats.nextMessageId(),
        from: bot,
        date: chats.now(),
        text: '',
        entities: [],
        photo: { caption, bytes: call.photo.bytes },
        extra: { ...replyExtra(chat, call.reply_parameters) },
        reactions: new Map(),
        ...(call.message_thread_id === undefined ? {} : { message_thread_id: call.message_thread_id }),
      };
      chat.messages.set(message.message_id, message);
      return messageJson(chat, message);
    },
    editMessageText(payload) {
      const call = read(textSchema, payload);
      const chat = writable(call.chat_id);
      const message = existing(chat, call.message_id, 'edit');
      // Of the kinds of markup only buttons under the message let it be edited.
      if (message.from.id !== bot.id || message.forceReply !== undefined)
        throw badRequest("message can't be edited");
      if (message.photo !== undefined) throw badRequest('there is no text in the message to edit');
      if (call.reply_markup !== undefined && keyboardIn(call.reply_markup) === undefined)
        throw badRequest('inline keyboard expected');
      const { text, entities } = withDetected(readText(call.text, call.parse_mode));
      checkKeyboard(call.reply_markup);
      const flat = (of: object): string => JSON.stringify(of);
      const before = flat([message.text, message.entities, message.reply_markup ?? null]);
      if (before === flat([text, entities, call.reply_markup ?? null])) {
        throw badRequest(
          'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
        );
      }
      message.text = text;
      message.entities = entities;
      message.reply_markup = keyboardIn(call.reply_markup);
      message.edit_date = chats.now();
      return messageJson(chat, message);
    },
    deleteMessage(payload) {
      const chat = writable(payload['chat_id']);
      const message = existing(chat, payload['message_id'], 'delete');
      chat.messages.delete(message.message_id);
      return true;
    },
    setMessageReaction(payload) {
      const chat = writable(payload['chat_id']);
      const message = chat.messages.get(Number(payload['message_id']));
      if (message === undefined) throw badRequest('message to react not found');
      const reactions = read(reactionSchema, payload['reaction'] ?? []);
      if (reactions.length > 1) throw badRequest('REACTIONS_TOO_MANY');
      if (reactions.some((reaction) => 'emoji' in reaction && !reactionEmoji.has(reaction.emoji))) {
        throw badRequest('REACTION_INVALID');
      }
      message.reactions.set(bot.id, reactions);
      return true;
    },
    sendChatAction(payload) {
      const chat = writable(payload['chat_id']);
      const threadId = payload['message_thread_id'];
      state.chatActions.push({
        chatId: chat.id,
        action: String(payload['action']),
        ...(typeof threadId === 'number' ? { threadId } : {}),
      });
      return true;
    },
    answerCallbackQuery(payload) {
      const answer = read(callbackAnswerSchema, payload);
      if (!state.openCallbacks.delete(answer.callback_query_id)) {
        throw badRequest('query is too old and response timeout expired or query ID is invalid');
      }
      if ((answer.text ?? '').length > 200) throw badRequest('MESSAGE_TOO_LONG');
      state.callbackAnswers.push(answer);
      return true;
    },
    setMyCommands(payload) {
      const commands = read(commandsSchema, payload['commands']);
      if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH');
      for (const { command, description } of commands) {
        if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
        if (description.length < 1 || description.length > 256)
          throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
      }
      state.commands.set(commandsKey(payload), commands);
      return true;
    },
    deleteMyCommands(payload) {
      state.commands.delete(commandsKey(payload));
      return true;
    },
    getMyCommands: (payload) => state.commands.get(commandsKey(payload)) ?? [],
    getChatMember(payload) {
      const chat = chats.get(payload['chat_id']);
      const userId = Number(payload['user_id']);
      if (userId !== bot.id) {
        // Everybody with a Telegram client has a private chat here.
        if (chats.find(userId) === undefined) throw badRequest('PARTICIPANT_ID_INVALID');
        const person = { id: userId, is_bot: false, first_name: 'Somebody' };
        return chat.anonymousAdmins.has(userId)
          ? { status: 'administrator', user: person, is_anonymous: true }
          : { status: 'member', user: person };
      }
      const user = { id: bot.id, is_bot: true, first_name: bot.first_name };
      if (!chat.botIsMember) return { status: 'left', user };
      return { status: chat.botIsAdmin ? 'administrator' : 'member', user };
    },
  };
}

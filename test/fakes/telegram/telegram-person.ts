import type { BotState } from './bot-methods.ts';
import {
  chatJson,
  type FakeChat,
  type FakeReaction,
  type FakeTelegramMessage,
  type FakeUser,
  messageJson,
} from './chats.ts';
import { detectEntities, type FakeEntity, normalise } from './html-entities.ts';
import type { FakeUpdate } from './update-queue.ts';

export interface SayOptions {
  readonly threadId?: number;
  readonly replyTo?: number;
  /** Laid over what Telegram would find by itself. */
  readonly entities?: readonly FakeEntity[];
  /** Further fields of the message: `photo`, `forward_origin`, `quote` … */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Who has written what administrators write as the group. */
const anonymousAdmin: FakeUser = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
};

/** Somebody with a Telegram client. */
export interface TelegramPerson {
  readonly user: FakeUser;
  /** Resolves with the message's number. Default chat: the private one with the bot. */
  say(text: string, chat?: FakeChat, options?: SayOptions): number;
  edit(messageId: number, text: string, chat?: FakeChat): void;
  /** Makes these the person's whole set of reactions. */
  react(messageId: number, emojis: readonly string[], chat?: FakeChat): void;
  /** Presses the button with this data; gives the query's id. */
  press(messageId: number, data: string, chat?: FakeChat): string;
  readonly privateChat: FakeChat;
}

const toReaction = (name: string): FakeReaction => {
  const custom = /^:(.+):$/.exec(name)?.[1];
  if (name === 'paid') return { type: 'paid' };
  return custom === undefined
    ? { type: 'emoji', emoji: name }
    : { type: 'custom_emoji', custom_emoji_id: custom };
};

export function createTelegramPerson(
  state: BotState,
  user: FakeUser,
  delivered: (update: FakeUpdate | undefined) => void,
): TelegramPerson {
  const { bot, chats, updates } = state;
  const privateChat =
    chats.find(user.id) ?? chats.add({ id: user.id, type: 'private', first_name: user.first_name });

  /** In groups, a bot with privacy mode sees commands, replies to it and mentions of it. */
  function isSeenByBot(chat: FakeChat, message: FakeTelegramMessage, replyTo: number | undefined): boolean {
    if (!chat.botIsMember) return false;
    if (chat.type === 'private' || chat.botIsAdmin || state.readsAllGroupMessages) return true;
    const own = `@${bot.username ?? ''}`.toLowerCase();
    const isMeant = message.entities.some((entity) => {
      const words = message.text.slice(entity.offset, entity.offset + entity.length).toLowerCase();
      if (entity.type === 'mention') return words === own;
      if (entity.type === 'bot_command') return !words.includes('@') || words.endsWith(own);
      return entity.type === 'text_mention' && entity.user?.id === bot.id;
    });
    const original = replyTo === undefined ? undefined : chat.messages.get(replyTo);
    return isMeant || original?.from.id === bot.id;
  }

  return {
    user,
    privateChat,
    say(text, chat = privateChat, options = {}) {
      const clean = normalise({ text, entities: options.entities ?? [] });
      const original = options.replyTo === undefined ? undefined : chat.messages.get(options.replyTo);
      const isAnonymous = chat.anonymousAdmins.has(user.id);
      const message: FakeTelegramMessage = {
        message_id: chats.nextMessageId(),
        from: isAnonymous ? anonymousAdmin : user,
        date: chats.now(),
        text: clean.text,
        entities: options.entities === undefined ? detectEntities(clean.text) : clean.entities,
        extra: {
          ...(original === undefined ? {} : { reply_to_message: messageJson(chat, original) }),
          ...(isAnonymous ? { sender_chat: chatJson(chat) } : {}),
          ...options.extra,
        },
        reactions: new Map(),
        ...(options.threadId === undefined ? {} : { message_thread_id: options.threadId }),
      };
      chat.messages.set(message.message_id, message);
      if (isSeenByBot(chat, message, options.replyTo)) {
        delivered(updates.push('message', messageJson(chat, message)));
      }
      return message.message_id;
    },
    edit(messageId, text, chat = privateChat) {
      const message = chat.messages.get(messageId);
      if (message === undefined || message.from.id !== user.id)
        throw new Error('only own messages can be edited');
      message.text = normalise({ text, entities: [] }).text;
      message.entities = detectEntities(message.text);
      message.edit_date = chats.now();
      if (isSeenByBot(chat, message, undefined)) {
        delivered(updates.push('edited_message', messageJson(chat, message)));
      }
    },
    react(messageId, emojis, chat = privateChat) {
      const message = chat.messages.get(messageId);
      if (message === undefined) throw new Error('there is no such message');
      const before = message.reactions.get(user.id) ?? [];
      const now = emojis.map(toReaction);
      message.reactions.set(user.id, now);
      // Outside private chats only administrators are told.
      if (chat.type !== 'private' && !chat.botIsAdmin) return;
      delivered(
        updates.push('message_reaction', {
          chat: chatJson(chat),
          message_id: messageId,
          user,
          date: chats.now(),
          old_reaction: before,
          new_reaction: now,
        }),
      );
    },
    press(messageId, data, chat = privateChat) {
      const message = chat.messages.get(messageId);
      const buttons = (message?.reply_markup?.inline_keyboard ?? []).flat();
      if (message === undefined || !buttons.some((button) => button.callback_data === data)) {
        throw new Error(`there is no button ${data}`);
      }
      const id = String(4_000_000_000 + chats.nextMessageId());
      state.openCallbacks.add(id);
      delivered(
        updates.push('callback_query', {
          id,
          from: user,
          message: messageJson(chat, message),
          chat_instance: String(chat.id),
          data,
        }),
      );
      return id;
    },
  };
}

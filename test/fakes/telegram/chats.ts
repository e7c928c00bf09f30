import { badRequest } from './api-fault.ts';
import type { FakeEntity } from './html-entities.ts';

export interface FakeUser {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly last_name?: string;
  readonly username?: string;
}

export type FakeReaction =
  | { readonly type: 'emoji'; readonly emoji: string }
  | { readonly type: 'custom_emoji'; readonly custom_emoji_id: string }
  | { readonly type: 'paid' };

export interface FakeKeyboard {
  readonly inline_keyboard: readonly (readonly { readonly text: string; readonly callback_data: string }[])[];
}

export interface FakeTelegramMessage {
  readonly message_id: number;
  readonly from: FakeUser;
  /** Seconds. */
  readonly date: number;
  readonly message_thread_id?: number;
  text: string;
  entities: readonly FakeEntity[];
  reply_markup?: FakeKeyboard | undefined;
  /** It opens the reply field; not told in the message's JSON. */
  readonly forceReply?: {
    readonly selective?: boolean | undefined;
    readonly input_field_placeholder?: string | undefined;
  };
  edit_date?: number;
  /** Its text is empty then; what is said of it stands under it. */
  readonly photo?: { readonly caption: string; readonly bytes: Uint8Array };
  /** Everything else that goes over the wire as it is. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** By user id. */
  readonly reactions: Map<number, readonly FakeReaction[]>;
}

export interface FakeChat {
  readonly id: number;
  readonly type: 'private' | 'group' | 'supergroup';
  readonly title?: string;
  readonly first_name?: string;
  readonly username?: string;
  readonly is_forum?: boolean;
  botIsMember: boolean;
  botIsAdmin: boolean;
  /** By user id: they press buttons under their own name and write under the group's. */
  readonly anonymousAdmins: Set<number>;
  /** Topics of a forum by id. */
  readonly topics: Set<number>;
  readonly messages: Map<number, FakeTelegramMessage>;
}

export interface ChatStore {
  add(
    chat: Omit<FakeChat, 'messages' | 'topics' | 'anonymousAdmins' | 'botIsMember' | 'botIsAdmin'>,
  ): FakeChat;
  /** 400 when there is none. */
  get(chatId: unknown): FakeChat;
  find(chatId: number): FakeChat | undefined;
  nextMessageId(): number;
  /** Seconds; one later each time it is asked. */
  now(): number;
}

export function createChatStore(): ChatStore {
  const chats = new Map<number, FakeChat>();
  let lastMessageId = 100;
  let seconds = Date.UTC(2026, 0, 1) / 1_000;
  return {
    add(chat) {
      const full: FakeChat = {
        ...chat,
        botIsMember: true,
        botIsAdmin: false,
        anonymousAdmins: new Set(),
        topics: new Set(),
        messages: new Map(),
      };
      chats.set(chat.id, full);
      return full;
    },
    get(chatId) {
      const chat = chats.get(Number(chatId));
      if (chat === undefined) throw badRequest('chat not found');
      return chat;
    },
    find: (chatId) => chats.get(chatId),
    nextMessageId() {
      lastMessageId += 1;
      return lastMessageId;
    },
    now() {
      seconds += 1;
      return seconds;
    },
  };
}

/** A chat as it stands inside other objects. */
export function chatJson(chat: FakeChat): object {
  const { id, type, title, first_name, username, is_forum } = chat;
  return {
    id,
    type,
    ...(title === undefined ? {} : { title }),
    ...(first_name === undefined ? {} : { first_name }),
    ...(username === undefined ? {} : { username }),
    ...(is_forum === true ? { is_forum } : {}),
  };
}

export function messageJson(chat: FakeChat, message: FakeTelegramMessage): Record<string, unknown> {
  const { message_id, from, date, message_thread_id, text, entities, reply_markup, edit_date, extra } =
    message;
  return {
    message_id,
    from,
    chat: chatJson(chat),
    date,
    ...(message_thread_id === undefined ? {} : { message_thread_id, is_topic_message: true }),
    ...(edit_date === undefined ? {} : { edit_date }),
    ...(text === '' ? {} : { text }),
    ...(entities.length === 0 ? {} : { entities }),
    ...(reply_markup === undefined ? {} : { reply_markup }),
    ...(message.photo === undefined
      ? {}
      : {
          photo: [
            {
              file_id: `photo-${message_id}`,
              file_unique_id: `photo-${message_id}`,
              width: 1,
              height: 1,
              file_size: message.photo.bytes.length,
            },
          ],
          ...(message.photo.caption === '' ? {} : { caption: message.photo.caption }),
        }),
    ...extra,
  };
}

import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { type EventId, eventId, personId, spaceId } from '../../core/domain/ids.ts';
import type { Admission, Person } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { HandlePerson } from './interaction-handle.ts';
import { PLATFORM } from './platform.ts';
import type { TelegramChat, TelegramEntity, TelegramMessage, TelegramUser } from './wire.ts';

/** Fixed width, so that ids sort as strings. `part` tells the events of one update apart. */
export function idOf(updateId: number, part = 0): EventId {
  return eventId(PLATFORM, `${String(updateId).padStart(12, '0')}.${String(part).padStart(2, '0')}`);
}

export const refIn = (chatId: number | string, messageId: number | string): MessageRef => ({
  platform: PLATFORM,
  channelId: String(chatId),
  messageId: String(messageId),
});

export const refOf = (chat: TelegramChat, messageId: number): MessageRef => refIn(chat.id, messageId);

export const spaceOf = (chat: TelegramChat) => spaceId(PLATFORM, String(chat.id));

export function personOf(user: TelegramUser): Person {
  const fullName = [user.first_name, user.last_name]
    .filter((name) => name !== undefined && name !== '')
    .join(' ');
  return {
    personId: personId(PLATFORM, String(user.id)),
    displayName: fullName === '' ? (user.username ?? String(user.id)) : fullName,
    isBot: user.is_bot,
  };
}

export const handlePerson = (user: TelegramUser): HandlePerson => ({
  userId: String(user.id),
  name: personOf(user).displayName,
});

export function admissionOf(chat: TelegramChat, user: TelegramUser): Admission {
  const person = `${PLATFORM}:user:${user.id}`;
  return {
    kind: 'linked',
    subjects: chat.type === 'private' ? [person] : [`${PLATFORM}:chat:${chat.id}`, person],
  };
}

/** Replies in ordinary supergroups carry a thread id too; only topics are conversations of their own. */
export function conversationOf(
  chat: TelegramChat,
  holder: {
    readonly message_thread_id?: number | undefined;
    readonly is_topic_message?: boolean | undefined;
  },
): ConversationAddress {
  const threadId = holder.is_topic_message === true ? holder.message_thread_id : undefined;
  return {
    platform: PLATFORM,
    spaceId: spaceOf(chat),
    audience: chat.type === 'private' ? 'direct' : 'group',
    channelId: String(chat.id),
    ...(threadId === undefined ? {} : { threadId: String(threadId) }),
  };
}

/** Channels and their direct messages are no conversations of ours. */
export const isOurKindOfChat = (chat: TelegramChat): boolean =>
  chat.type !== 'channel' && chat.is_direct_messages !== true;

/** The person who wrote it; `undefined` for bots, channels and anonymous administrators. */
export function authorOf(message: TelegramMessage): TelegramUser | undefined {
  if (!isOurKindOfChat(message.chat) || message.is_automatic_forward === true) return undefined;
  if (message.sender_chat !== undefined || message.from === undefined || message.from.is_bot)
    return undefined;
  return message.from;
}

export interface Words {
  readonly raw: string;
  readonly entities: readonly TelegramEntity[];
  readonly isForwarded: boolean;
}

/** What stands in a message, or under what came with it. */
export const wordsOf = (message: TelegramMessage): Words => ({
  raw: message.text ?? message.caption ?? '',
  entities: (message.text === undefined ? message.caption_entities : message.entities) ?? [],
  isForwarded: message.forward_origin !== undefined || message.forward_date !== undefined,
});

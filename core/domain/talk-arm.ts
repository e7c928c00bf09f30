import { type ConversationKey, decodeConversationKey, encodeConversationKey } from './conversation.ts';

/** A direct talk that nobody named: a digest of what opened it, then what tells it from others that open alike. */
const openedChannel = /^(o\.[0-9a-f]{32})\../;

/** The channel id of a talk that opened so and was not answered yet. `opening`: 32 hexadecimal digits. */
export function openingChannelId(opening: string): string {
  return `o.${opening}`;
}

/** The channel id of a talk that opened so; `apart` tells it from others that did, and is not empty. */
export function openedChannelId(opening: string, apart: string): string {
  return `${openingChannelId(opening)}.${apart}`;
}

/**
 * The key by which a conversation is drawn for trials and for what is kept out of learning: its own. Of a talk that is known by its opening it is
 * that opening's alone, as whoever answers it first must be drawn before anything is answered: talks that open alike share an arm.
 */
export function armKeyOf(key: ConversationKey): ConversationKey {
  if (!key.includes('/o.')) return key;
  const address = decodeConversationKey(key);
  if (address === undefined || address.audience !== 'direct' || address.threadId !== undefined) return key;
  const [, opening] = openedChannel.exec(address.channelId) ?? [];
  return opening === undefined ? key : encodeConversationKey({ ...address, channelId: opening });
}

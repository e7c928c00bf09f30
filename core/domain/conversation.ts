import type { Brand } from './brand.ts';
import { nativeId, type Platform, type SpaceId } from './ids.ts';

/** One serial line of talk: a DM, thread, topic, or channel the bot answers in. */
export interface ConversationAddress {
  readonly platform: Platform;
  readonly spaceId: SpaceId;
  /** `direct`: one person and the bot. `group`: others read along. */
  readonly audience: 'direct' | 'group';
  /** The platform's own id of the chat, channel or DM. */
  readonly channelId: string;
  /** The platform's own id of the thread or topic, where there is one. */
  readonly threadId?: string;
}

/** A `ConversationAddress` as one string, for keys and columns. */
export type ConversationKey = Brand<'ConversationKey'>;

const escapePart = (part: string): string => part.replaceAll('%', '%25').replaceAll('/', '%2F');
const unescapePart = (part: string): string => part.replaceAll('%2F', '/').replaceAll('%25', '%');

/** Injective: two addresses have the same key only if all their parts are equal. */
export function encodeConversationKey(address: ConversationAddress): ConversationKey {
  const parts = [
    address.platform,
    address.audience === 'direct' ? 'd' : 'g',
    address.spaceId,
    address.channelId,
    ...(address.threadId === undefined ? [] : [address.threadId]),
  ];
  return parts.map(escapePart).join('/') as ConversationKey;
}

/** The inverse of `encodeConversationKey`; `undefined` for a string it could not have made. */
export function decodeConversationKey(key: string): ConversationAddress | undefined {
  const parts = key.split('/').map(unescapePart);
  const [platform, audience, space, channelId, threadId] = parts;
  if (parts.length < 4 || parts.length > 5 || platform === undefined) return undefined;
  if (space === undefined || channelId === undefined || (audience !== 'd' && audience !== 'g'))
    return undefined;
  return {
    platform,
    audience: audience === 'd' ? 'direct' : 'group',
    spaceId: space as SpaceId,
    channelId,
    ...(threadId === undefined ? {} : { threadId }),
  };
}

/** Whether a key names this conversation or a thread in it. */
export function isWithin(key: ConversationKey, whole: ConversationKey): boolean {
  return key === whole || key.startsWith(`${whole}/`);
}

/**
 * Whether a space is this direct conversation and nothing else: an account's page, a direct chat that is no part of a workspace.
 * Such spaces are named after their channel.
 */
export function isWholeSpace({ audience, spaceId, channelId }: ConversationAddress): boolean {
  const native = nativeId(spaceId);
  return audience === 'direct' && (native === channelId || native.endsWith(`.${channelId}`));
}

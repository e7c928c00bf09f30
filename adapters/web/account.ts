import {
  type ConversationAddress,
  type ConversationKey,
  encodeConversationKey,
} from '../../core/domain/conversation.ts';
import { type PersonId, personId, spaceId } from '../../core/domain/ids.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';

export const platform = 'web';

const accountPattern = /^[A-Za-z0-9_]{4,64}$/;

/** Whether this could be the name of an account. An account is one browser: its person, its space and its one conversation. */
export function isAccount(value: string): boolean {
  return accountPattern.test(value);
}

export function addressOf(account: string): ConversationAddress {
  return { platform, spaceId: spaceId(platform, account), audience: 'direct', channelId: account };
}

export function keyOf(account: string): ConversationKey {
  return encodeConversationKey(addressOf(account));
}

export function personOf(account: string): PersonId {
  return personId(platform, account);
}

export function refOf(account: string, messageId: string): MessageRef {
  return { platform, channelId: account, messageId };
}

/** Ids are unique over all accounts, and no page can name an answer's: the two kinds never meet. */
export function personMessageId(account: string, clientId: string): string {
  return `${account}.p.${clientId}`;
}

/** The same send key gives the same id, also after a restart. */
export function answerMessageId(account: string, sendKeyDigest: string): string {
  return `${account}.b.${sendKeyDigest.slice(0, 32)}`;
}

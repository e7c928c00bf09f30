import type { ConversationAddress } from '../domain/conversation.ts';
import { nativeId, platformOf, type TurnId } from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { ApiCaller } from '../ports/api-access.ts';

type Digest = (text: string) => string;

/** 128 bits. */
const keyChars = 32;
/** Of a longer text its length and both ends stand for it: an opening may hold a whole project. */
const longestDigested = 65_536;

function standIn(text: string): string {
  if (text.length <= longestDigested) return text;
  const half = longestDigested / 2;
  return `${text.slice(0, half)}${text.slice(-half)}`;
}

/** Each with its length before it, so that no two lists of texts are one. */
function digestOf(texts: readonly string[], digest: Digest): string {
  const whole = texts.map((text) => `${text.length}:${standIn(text)}`).join('');
  return digest(whole).slice(0, keyChars);
}

function talkIn({ spaceId }: ApiCaller, channelId: string): ConversationAddress {
  return { platform: platformOf(spaceId), spaceId, audience: 'direct', channelId };
}

/** The talk that its caller calls so. Another person's of that name is another talk. */
export function namedTalk(caller: ApiCaller, name: string, digest: Digest): ConversationAddress {
  return talkIn(caller, `n.${digestOf([caller.personId, name], digest)}`);
}

/** The talk of a person that opened and was first answered so. */
export function openedTalk(
  caller: ApiCaller,
  opening: string,
  firstAnswer: string,
  digest: Digest,
): ConversationAddress {
  return talkIn(caller, `o.${digestOf([caller.personId, opening, firstAnswer], digest)}`);
}

/** A talk of one turn: nothing was answered that a further request could show. */
export function loneTalk(caller: ApiCaller, turnId: TurnId): ConversationAddress {
  return talkIn(caller, `t.${turnId}`);
}

/** A message of an answer in the caller's space, by the id that the caller was told. */
export function answerRef({ spaceId }: ApiCaller, messageId: string): MessageRef {
  return { platform: platformOf(spaceId), channelId: nativeId(spaceId), messageId };
}

/** The id under which an answer is found by its caller's own name for it. */
export function ownKeyId(ownKey: string): string {
  return `key:${ownKey}`;
}

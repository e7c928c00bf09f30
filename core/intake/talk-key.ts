import type { ConversationAddress } from '../domain/conversation.ts';
import { nativeId, type PersonId, platformOf, type TurnId } from '../domain/ids.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import { openedChannelId, openingChannelId } from '../domain/talk-arm.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { TalkMark } from '../ports/exchange-desk.ts';

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

function openingOf({ personId }: ApiCaller, opening: string, digest: Digest): string {
  return digestOf([personId, opening], digest);
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
  const apart = digestOf([firstAnswer], digest);
  return talkIn(caller, openedChannelId(openingOf(caller, opening, digest), apart));
}

/** The talk of a person whose first answer is none of ours, by one that is: what was answered to so many messages of the person. */
export function broughtTalk(
  caller: ApiCaller,
  { opening, firstAnswer = '' }: Pick<TalkMark, 'opening' | 'firstAnswer'>,
  { text, wordsIndex }: NonNullable<TalkMark['lastAnswer']>,
  digest: Digest,
): ConversationAddress {
  const apart = digestOf([firstAnswer, `${wordsIndex}`, text], digest);
  return talkIn(caller, openedChannelId(openingOf(caller, opening, digest), `b.${apart}`));
}

/** A talk of one turn: nothing was answered that a further request could show. */
export function loneTalk(
  caller: ApiCaller,
  opening: string,
  turnId: TurnId,
  digest: Digest,
): ConversationAddress {
  return talkIn(caller, openedChannelId(openingOf(caller, opening, digest), `t.${turnId}`));
}

/**
 * By what a talk is drawn for trials and for what is kept out of learning, before anything of it is answered: its key is what
 * `armKeyOf` makes of the key of the talk that is stored.
 */
export function armTalk(
  caller: ApiCaller,
  { name, opening }: Pick<TalkMark, 'name' | 'opening'>,
  digest: Digest,
): ConversationAddress {
  if (name !== undefined) return namedTalk(caller, name, digest);
  return talkIn(caller, openingChannelId(openingOf(caller, opening, digest)));
}

/** A message of an answer in the caller's space, by the id that the caller was told. */
export function answerRef({ spaceId }: ApiCaller, messageId: string): MessageRef {
  return { platform: platformOf(spaceId), channelId: nativeId(spaceId), messageId };
}

/** The id under which an answer is found by its caller's own name for it. Two persons may use the same name. */
export function ownKeyId(personId: PersonId, ownKey: string): string {
  const native = nativeId(personId);
  return `key:${native.length}:${native}:${ownKey}`;
}

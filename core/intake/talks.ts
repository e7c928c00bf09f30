import { toAppError } from '../domain/app-error.ts';
import {
  type ConversationAddress,
  type ConversationKey,
  encodeConversationKey,
} from '../domain/conversation.ts';
import type { PersonId, SessionId, TurnId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Session } from '../domain/session.ts';
import type { Turn } from '../domain/turn.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { ExchangeStart, TalkMark } from '../ports/exchange-desk.ts';
import type { Ids } from '../ports/ids.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { EnteredSession, Sessions } from './sessions.ts';
import { type Soon, whenKnown } from './soon.ts';
import type { TalkAuthors } from './talk-authors.ts';
import { answerRef, broughtTalk, loneTalk, namedTalk, openedTalk } from './talk-key.ts';

export interface TalksDeps {
  readonly sessions: Pick<Sessions, 'enterSoon' | 'beginSoon' | 'look'>;
  readonly turns: Pick<TurnStore, 'byReply'>;
  readonly authors: Pick<TalkAuthors, 'of'>;
  readonly ids: Pick<Ids, 'digest'>;
}

/** Where a turn of a talk is stored. */
export interface TalkPlace {
  readonly conversation: ConversationAddress;
  readonly key: ConversationKey;
  readonly session: EnteredSession;
}

/** The talk of one request. */
export interface Talk {
  readonly sessionId: SessionId;
  /** Absent for one that has only begun: it is known by its first answer. */
  readonly known?: TalkPlace;
  /** Somebody else's talk, whose words the server has before it. */
  readonly reads?: ConversationKey;
  /** The store could not tell whether it is one that has gone on for long. */
  readonly isUnsure?: true;
  /** Where the answer belongs. `firstAnswer`: '' where nothing was answered. The same place again each time. */
  settle(firstAnswer: string, turnId: TurnId): TalkPlace;
}

/** Finds the talk that a request belongs to, by what the request shows of it. */
export interface Talks {
  /** Where the store is away the talk goes on in memory, and is stored when it can be. */
  enter(start: Pick<ExchangeStart, 'caller' | 'talk' | 'wordsIndex'>): Promise<Talk>;
  /** Where that would be, if the talk is there already; opens nothing. Rejects with storage errors. */
  find(caller: ApiCaller, mark: TalkMark): Soon<ConversationAddress | undefined>;
  look(conversation: ConversationAddress): Promise<Session | undefined>;
  /** These messages were answered there: a request may go on from one before it is stored. */
  answered(caller: ApiCaller, messageIds: readonly string[], turn: TurnInTalk): void;
  /** A turn of the caller's space, by a message of its answer; of several by servers that repeat their ids the caller's own. Rejects with storage errors. */
  turnOf(caller: ApiCaller, messageId: string): Soon<TurnInTalk | undefined>;
}

export type TurnInTalk = Pick<Turn, 'turnId' | 'conversation'> & { readonly askerId: PersonId };

const rememberedMessages = 20_000;
/** By one id, of as many persons. */
const turnsOfMessage = 8;
const rememberedAnswers = 10_000;

/** What the marks of a request lead to. */
interface Found extends Pick<Talk, 'reads' | 'isUnsure'> {
  readonly conversation?: ConversationAddress;
  /** Its first answer is none of ours. */
  readonly isBrought?: true;
}

function throwUnlessStorage(thrown: unknown): void {
  const error = toAppError(thrown);
  if (!error.code.startsWith('storage_')) throw error;
}

export function createTalks({ sessions, turns, authors, ids }: TalksDeps): Talks {
  const digest = (text: string): string => ids.digest(text);
  const byMessage = createLatestMap<string, readonly TurnInTalk[]>(rememberedMessages);
  /** Talks whose first answer is none of ours, by each answer that is. */
  const byLaterAnswer = createLatestMap<ConversationKey, ConversationAddress>(rememberedAnswers);
  /** Conversations that are being entered. */
  const entering = new Map<ConversationKey, Promise<EnteredSession>>();

  const messageKey = (caller: ApiCaller, messageId: string): string => `${caller.spaceId} ${messageId}`;

  function turnOf(caller: ApiCaller, messageId: string): Soon<TurnInTalk | undefined> {
    const known = byMessage.get(messageKey(caller, messageId));
    if (known !== undefined) return known.find((turn) => turn.askerId === caller.personId) ?? known.at(-1);
    return turns
      .byReply(answerRef(caller, messageId))
      .then((turn) => (turn?.conversation.spaceId === caller.spaceId ? turn : undefined));
  }

  function isKnown(key: ConversationKey): Soon<boolean> {
    return whenKnown(authors.of(key), (found) => found !== undefined);
  }

  /** Answers that a caller brings along, as examples or from elsewhere, make no talk one that we know. */
  function findOpened(caller: ApiCaller, mark: TalkMark): Soon<Found> {
    const { opening, firstAnswer, lastAnswer } = mark;
    if (firstAnswer === undefined) return {};
    const conversation = openedTalk(caller, opening, firstAnswer, digest);
    if (lastAnswer === undefined) return { conversation };
    return whenKnown(isKnown(encodeConversationKey(conversation)), (isOurs) =>
      isOurs ? { conversation } : findBrought(broughtTalk(caller, mark, lastAnswer, digest)),
    );
  }

  function findBrought(conversation: ConversationAddress): Soon<Found> {
    const key = encodeConversationKey(conversation);
    const known = byLaterAnswer.get(key);
    if (known !== undefined) return { conversation: known, isBrought: true };
    return whenKnown(isKnown(key), (isOurs) => ({ ...(isOurs && { conversation }), isBrought: true }));
  }

  function lookUp(caller: ApiCaller, mark: TalkMark): Soon<Found> {
    const { name, after } = mark;
    if (name !== undefined) return { conversation: namedTalk(caller, name, digest) };
    if (after === undefined) return findOpened(caller, mark);
    return whenKnown(turnOf(caller, after), (before) => {
      if (before === undefined) return findOpened(caller, mark);
      if (before.askerId === caller.personId) return { conversation: before.conversation };
      // Who comes by the id of somebody else's message does not get into that talk, but its words are in the prompt.
      const reads = encodeConversationKey(before.conversation);
      return whenKnown(findOpened(caller, mark), (found) => ({ ...found, reads }));
    });
  }

  async function lookUpNow(caller: ApiCaller, mark: TalkMark): Promise<Found> {
    try {
      return await lookUp(caller, mark);
    } catch (thrown) {
      throwUnlessStorage(thrown);
      const { opening, firstAnswer } = mark;
      if (firstAnswer === undefined) return { isUnsure: true };
      return { conversation: openedTalk(caller, opening, firstAnswer, digest), isUnsure: true };
    }
  }

  /** Whoever comes meanwhile is in the same session, also where there is no store to ask. */
  function enterOne(key: ConversationKey): Promise<EnteredSession> {
    const before = entering.get(key);
    if (before !== undefined) return before;
    const entered = sessions
      .enterSoon(key)
      .catch((thrown) => {
        throwUnlessStorage(thrown);
        return sessions.beginSoon().settle(key);
      })
      .finally(() => entering.delete(key));
    entering.set(key, entered);
    return entered;
  }

  function begun(conversationOf: (answer: string, turnId: TurnId) => ConversationAddress): Talk {
    const session = sessions.beginSoon();
    let place: TalkPlace | undefined;
    return {
      sessionId: session.sessionId,
      settle(answer, turnId) {
        if (place === undefined) {
          const conversation = conversationOf(answer, turnId);
          const key = encodeConversationKey(conversation);
          place = { conversation, key, session: session.settle(key) };
        }
        return place;
      },
    };
  }

  return {
    async enter({ caller, talk: mark, wordsIndex }) {
      const { opening } = mark;
      const { conversation, isBrought, ...found } = await lookUpNow(caller, mark);
      const brought = (text: string): ConversationAddress =>
        broughtTalk(caller, mark, { text, wordsIndex }, digest);
      if (conversation === undefined) {
        const talk = begun((answer, turnId) => {
          if (answer === '') return loneTalk(caller, opening, turnId, digest);
          return isBrought ? brought(answer) : openedTalk(caller, opening, answer, digest);
        });
        return { ...found, ...talk };
      }
      const key = encodeConversationKey(conversation);
      const session = await enterOne(key);
      const known: TalkPlace = { conversation, key, session };
      return {
        ...found,
        sessionId: session.session.sessionId,
        known,
        settle(answer) {
          // Its next request shows no other answer that is ours.
          if (isBrought && answer !== '') {
            byLaterAnswer.set(encodeConversationKey(brought(answer)), conversation);
          }
          return known;
        },
      };
    },
    find: (caller, mark) => whenKnown(lookUp(caller, mark), ({ conversation }) => conversation),
    look: (conversation) => sessions.look(encodeConversationKey(conversation)),
    answered(caller, messageIds, { turnId, conversation, askerId }) {
      // Of the turn no more than this: what was asked may be long.
      const turn: TurnInTalk = { turnId, conversation, askerId };
      for (const id of messageIds) {
        const key = messageKey(caller, id);
        const others = (byMessage.get(key) ?? []).filter((other) => other.askerId !== askerId);
        byMessage.set(key, [...others, turn].slice(-turnsOfMessage));
      }
    },
    turnOf,
  };
}

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
import type { TalkMark } from '../ports/exchange-desk.ts';
import type { Ids } from '../ports/ids.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { EnteredSession, Sessions } from './sessions.ts';
import { answerRef, loneTalk, namedTalk, openedTalk } from './talk-key.ts';

export interface TalksDeps {
  readonly sessions: Pick<Sessions, 'enterSoon' | 'beginSoon' | 'look'>;
  readonly turns: Pick<TurnStore, 'byReply'>;
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
  /** Where the answer belongs. `firstAnswer`: '' where nothing was answered. The same place again each time. */
  settle(firstAnswer: string, turnId: TurnId): TalkPlace;
}

/** Finds the talk that a request belongs to, by what the request shows of it. */
export interface Talks {
  /** Rejects with storage errors. */
  enter(caller: ApiCaller, mark: TalkMark): Promise<Talk>;
  /** Where that would be, if the talk is there already; opens nothing. */
  find(caller: ApiCaller, mark: TalkMark): Promise<ConversationAddress | undefined>;
  look(conversation: ConversationAddress): Promise<Session | undefined>;
  /** These messages were answered there: a request may go on from one before it is stored. */
  answered(caller: ApiCaller, messageIds: readonly string[], turn: TurnInTalk): void;
  /** A turn of the caller's space, by a message of its answer. */
  turnOf(caller: ApiCaller, messageId: string): Promise<TurnInTalk | undefined>;
}

export type TurnInTalk = Pick<Turn, 'turnId' | 'conversation'> & { readonly askerId: PersonId };

const rememberedMessages = 20_000;

export function createTalks({ sessions, turns, ids }: TalksDeps): Talks {
  const digest = (text: string): string => ids.digest(text);
  const byMessage = createLatestMap<string, TurnInTalk>(rememberedMessages);

  const messageKey = (caller: ApiCaller, messageId: string): string => `${caller.spaceId} ${messageId}`;

  async function turnOf(caller: ApiCaller, messageId: string): Promise<TurnInTalk | undefined> {
    const known = byMessage.get(messageKey(caller, messageId));
    if (known !== undefined) return known;
    const turn = await turns.byReply(answerRef(caller, messageId));
    return turn?.conversation.spaceId === caller.spaceId ? turn : undefined;
  }

  async function find(caller: ApiCaller, mark: TalkMark): Promise<ConversationAddress | undefined> {
    const { name, after, opening, firstAnswer } = mark;
    if (name !== undefined) return namedTalk(caller, name, digest);
    const before = after === undefined ? undefined : await turnOf(caller, after);
    // Who comes by the id of somebody else's message does not get into that talk.
    if (before?.askerId === caller.personId) return before.conversation;
    return firstAnswer === undefined ? undefined : openedTalk(caller, opening, firstAnswer, digest);
  }

  function begun(caller: ApiCaller, opening: string): Talk {
    const session = sessions.beginSoon();
    let place: TalkPlace | undefined;
    return {
      sessionId: session.sessionId,
      settle(firstAnswer, turnId) {
        if (place === undefined) {
          const conversation =
            firstAnswer === '' ? loneTalk(caller, turnId) : openedTalk(caller, opening, firstAnswer, digest);
          const key = encodeConversationKey(conversation);
          place = { conversation, key, session: session.settle(key) };
        }
        return place;
      },
    };
  }

  return {
    async enter(caller, mark) {
      const conversation = await find(caller, mark);
      if (conversation === undefined) return begun(caller, mark.opening);
      const key = encodeConversationKey(conversation);
      const session = await sessions.enterSoon(key);
      const known: TalkPlace = { conversation, key, session };
      return { sessionId: session.session.sessionId, known, settle: () => known };
    },
    find,
    look: (conversation) => sessions.look(encodeConversationKey(conversation)),
    answered(caller, messageIds, turn) {
      for (const id of messageIds) byMessage.set(messageKey(caller, id), turn);
    },
    turnOf,
  };
}

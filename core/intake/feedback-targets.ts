import { type ConversationKey, encodeConversationKey } from '../domain/conversation.ts';
import type { TurnId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Turn } from '../domain/turn.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { ApiFeedback, TalkMark } from '../ports/exchange-desk.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { type Soon, whenKnown } from './soon.ts';
import { ownKeyId } from './talk-key.ts';
import type { Talks } from './talks.ts';

export interface FeedbackTargetsDeps {
  readonly turns: Pick<TurnStore, 'get' | 'last' | 'recent'>;
  readonly talks: Pick<Talks, 'find' | 'turnOf'>;
}

/** Which answer a caller means. */
export interface FeedbackTargets {
  /**
   * By what is known at the moment of the call: what is answered later is not meant. Undefined where there is none. Rejects with
   * storage errors.
   */
  turnOf(feedback: Pick<ApiFeedback, 'caller' | 'about'>): Soon<TurnId | undefined>;
  /** The same later, of answers that had ended by then, epoch milliseconds. */
  turnBefore(feedback: Pick<ApiFeedback, 'caller' | 'about'>, at: number): Soon<TurnId | undefined>;
  /** This was the last whole answer there to a person's words. */
  answered(turn: Pick<Turn, 'turnId' | 'conversationKey'>): void;
}

const rememberedTalks = 10_000;
const turnsLookedAt = 50;

export function createFeedbackTargets({ turns, talks }: FeedbackTargetsDeps): FeedbackTargets {
  const lastTurnOf = createLatestMap<ConversationKey, TurnId>(rememberedTalks);

  async function lastStored(key: ConversationKey, endedBy: number): Promise<TurnId | undefined> {
    const isMeant = ({ line, state, endedAt = Number.POSITIVE_INFINITY }: Turn): boolean =>
      line === 'main' && state === 'done' && endedAt <= endedBy;
    const last = await turns.last(key);
    if (last === undefined || isMeant(last)) return last?.turnId;
    for (const { turnId } of (await turns.recent(last.sessionId, turnsLookedAt)).toReversed()) {
      const turn = await turns.get(turnId);
      if (turn !== undefined && isMeant(turn)) return turnId;
    }
    return undefined;
  }

  function byMessage(caller: ApiCaller, messageId: string): Soon<TurnId | undefined> {
    return whenKnown(talks.turnOf(caller, messageId), (found) => found?.turnId);
  }

  function find(
    { caller, about }: Pick<ApiFeedback, 'caller' | 'about'>,
    lastIn: (key: ConversationKey) => Soon<TurnId | undefined>,
  ): Soon<TurnId | undefined> {
    if ('messageId' in about) return byMessage(caller, about.messageId);
    if ('ownKey' in about) return byMessage(caller, ownKeyId(caller.personId, about.ownKey));
    const mark: TalkMark = about.talk;
    if (mark.name === undefined && mark.after !== undefined) return byMessage(caller, mark.after);
    return whenKnown(talks.find(caller, mark), (conversation) =>
      conversation === undefined ? undefined : lastIn(encodeConversationKey(conversation)),
    );
  }

  return {
    turnOf: (feedback) =>
      find(feedback, (key) => lastTurnOf.get(key) ?? lastStored(key, Number.POSITIVE_INFINITY)),
    turnBefore: (feedback, at) => find(feedback, (key) => lastStored(key, at)),
    answered: ({ turnId, conversationKey }) => void lastTurnOf.set(conversationKey, turnId),
  };
}

import { type ConversationKey, encodeConversationKey } from '../domain/conversation.ts';
import { eventId, platformOf, type TurnId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Turn } from '../domain/turn.ts';
import {
  type ApiFeedbackDeps,
  type ApiVerdict,
  checkedVerdict,
  recordApiFeedback,
  type VerdictOrigin,
} from '../feedback/record-api-feedback.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { ApiFeedback, FeedbackReceipt, TalkMark } from '../ports/exchange-desk.ts';
import type { Ids } from '../ports/ids.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { createLanesByKey } from '../schedule/lanes-by-key.ts';
import type { ExchangeRecorder } from './exchange-recorder.ts';
import { ownKeyId } from './talk-key.ts';
import type { Talks } from './talks.ts';

export interface ExchangeFeedbackDeps extends ApiFeedbackDeps {
  readonly turns: Pick<TurnStore, 'get' | 'last' | 'recent'>;
  readonly talks: Pick<Talks, 'find' | 'turnOf'>;
  readonly recorder: Pick<ExchangeRecorder, 'flushed'>;
  readonly ids: Pick<Ids, 'next' | 'digest'>;
}

/** What callers say of answers, and which answer they mean. */
export interface ExchangeFeedback {
  /** As `ExchangeDesk.feedback`. */
  take(feedback: ApiFeedback): Promise<FeedbackReceipt>;
  /** This was the last answer there to a person's words. */
  answered(turn: Pick<Turn, 'turnId' | 'conversationKey'>): void;
  /** Resolves when none is being written down. */
  settled(): Promise<void>;
}

const rememberedTalks = 10_000;
const turnsLookedAt = 50;

export function createExchangeFeedback(deps: ExchangeFeedbackDeps): ExchangeFeedback {
  const { turns, talks, recorder, ids } = deps;
  /** What one person says is written in the order in which it was said. */
  const byPerson = createLanesByKey();
  const lastTurnOf = createLatestMap<ConversationKey, TurnId>(rememberedTalks);

  async function lastTurnIn(caller: ApiCaller, mark: TalkMark): Promise<Turn | undefined> {
    const conversation = await talks.find(caller, mark);
    if (conversation === undefined) return undefined;
    const key = encodeConversationKey(conversation);
    const remembered = lastTurnOf.get(key);
    if (remembered !== undefined) return turns.get(remembered);
    const last = await turns.last(key);
    if (last === undefined || last.line === 'main') return last;
    for (const { turnId } of (await turns.recent(last.sessionId, turnsLookedAt)).toReversed()) {
      const turn = await turns.get(turnId);
      if (turn?.line === 'main') return turn;
    }
    return undefined;
  }

  async function byMessage(caller: ApiCaller, messageId: string): Promise<Turn | undefined> {
    const found = await talks.turnOf(caller, messageId);
    return found && turns.get(found.turnId);
  }

  function turnAbout({ caller, about }: ApiFeedback): Promise<Turn | undefined> {
    if ('messageId' in about) return byMessage(caller, about.messageId);
    if ('ownKey' in about) return byMessage(caller, ownKeyId(about.ownKey));
    const { name, after } = about.talk;
    return name === undefined && after !== undefined
      ? byMessage(caller, after)
      : lastTurnIn(caller, about.talk);
  }

  function originOf({ caller: { personId }, idempotencyKey }: ApiFeedback): VerdictOrigin {
    const native =
      idempotencyKey === undefined
        ? ids.next('feedback')
        : `feedback_${ids.digest(JSON.stringify([personId, idempotencyKey]))}`;
    return { eventId: eventId(platformOf(personId), native), actorId: personId };
  }

  async function takeOne(feedback: ApiFeedback, verdict: ApiVerdict): Promise<FeedbackReceipt> {
    // Feedback right after the last byte finds its turn.
    await recorder.flushed();
    const turn = await turnAbout(feedback);
    if (turn === undefined) return { kind: 'unknown' };
    const kind = await recordApiFeedback(turn, verdict, originOf(feedback), deps);
    return { kind, turnId: turn.turnId };
  }

  return {
    async take(feedback) {
      const verdict = checkedVerdict(feedback);
      return byPerson.run(feedback.caller.personId, () => takeOne(feedback, verdict));
    },
    answered: ({ turnId, conversationKey }) => void lastTurnOf.set(conversationKey, turnId),
    settled: byPerson.settled,
  };
}

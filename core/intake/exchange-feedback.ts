import { type EventId, eventId, type PersonId, personId, platformOf, type TurnId } from '../domain/ids.ts';
import type { Turn } from '../domain/turn.ts';
import {
  type ApiFeedbackDeps,
  type ApiVerdict,
  checkedVerdict,
  recordApiFeedback,
  type VerdictOrigin,
} from '../feedback/record-api-feedback.ts';
import type { ApiCaller } from '../ports/api-access.ts';
import type { Clock } from '../ports/clock.ts';
import type { ApiFeedback, FeedbackReceipt } from '../ports/exchange-desk.ts';
import type { Ids } from '../ports/ids.ts';
import { localName } from './api-access.ts';
import type { ExchangeRecorder } from './exchange-recorder.ts';
import { createFeedbackTargets, type FeedbackTargetsDeps } from './feedback-targets.ts';
import { createKeptFeedback } from './kept-feedback.ts';

export interface ExchangeFeedbackDeps extends ApiFeedbackDeps, FeedbackTargetsDeps {
  readonly recorder: Pick<ExchangeRecorder, 'flushed'>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly ids: Pick<Ids, 'next' | 'digest'>;
}

/** What callers say of answers, and which answer they mean. */
export interface ExchangeFeedback {
  /** As `ExchangeDesk.feedback`. */
  take(feedback: ApiFeedback): Promise<FeedbackReceipt>;
  /** This was the last whole answer there to a person's words. */
  answered(turn: Pick<Turn, 'turnId' | 'conversationKey'>): void;
  /** Resolves when none is being written down; what could not be is given up. */
  stop(): Promise<void>;
}

/** All for whom a key asks: whom they are is for its owner to say. */
function keyPerson({ personId: person, keyId }: ApiCaller): PersonId {
  return personId(platformOf(person), keyId ?? localName);
}

/** An answer's asker speaks for themselves; others have one voice a key, however many names it gives itself. */
function voiceOn({ askerId }: Pick<Turn, 'askerId'>, caller: ApiCaller): PersonId {
  return caller.personId === askerId ? caller.personId : keyPerson(caller);
}

export function createExchangeFeedback(deps: ExchangeFeedbackDeps): ExchangeFeedback {
  const { turns, recorder, clock, ids } = deps;
  const targets = createFeedbackTargets(deps);
  const kept = createKeptFeedback(clock);

  /** Of what came along there is no name: it is the same where its giver has said nothing else of that answer since. */
  function idOf(
    { caller: { personId: giver }, idempotencyKey, cameAlong }: ApiFeedback,
    { rating, text }: ApiVerdict,
    turnId: TurnId,
  ): VerdictOrigin['eventId'] {
    const idBy = (...parts: readonly unknown[]): EventId =>
      eventId(platformOf(giver), `feedback_${ids.digest(JSON.stringify([giver, ...parts]))}`);
    if (idempotencyKey !== undefined) return idBy(idempotencyKey);
    if (cameAlong === undefined) return eventId(platformOf(giver), ids.next('feedback'));
    const said = rating === undefined ? 'words' : rating;
    return (last) => idBy(turnId, said, text ?? '', last ?? '');
  }

  async function write(
    feedback: ApiFeedback,
    verdict: ApiVerdict,
    target: Promise<TurnId | undefined>,
  ): Promise<FeedbackReceipt> {
    const turnId = await target;
    // Feedback right after the last byte finds its turn.
    await recorder.flushed();
    const turn = turnId === undefined ? undefined : await turns.get(turnId);
    if (turn === undefined) return { kind: 'unknown' };
    const origin = { eventId: idOf(feedback, verdict, turn.turnId), actorId: voiceOn(turn, feedback.caller) };
    return { kind: await recordApiFeedback(turn, verdict, origin, deps), turnId: turn.turnId };
  }

  return {
    async take(feedback) {
      const verdict = checkedVerdict(feedback);
      const saidAt = clock.now();
      // Before anything is waited for: the next answer may begin at once.
      const target = Promise.resolve(targets.turnOf(feedback));
      // It is looked at when it is this one's turn.
      target.catch(() => undefined);
      return kept.take({
        personId: keyPerson(feedback.caller),
        isKept: feedback.cameAlong === true,
        write: () =>
          write(
            feedback,
            verdict,
            target.catch(() => targets.turnBefore(feedback, saidAt)),
          ),
      });
    },
    answered: targets.answered,
    stop: kept.stop,
  };
}

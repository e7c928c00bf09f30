import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { turnId as asTurnId, eventId, sessionId, type TurnId } from '../../../core/domain/ids.ts';
import type { SampledTokens } from '../../../core/domain/sampling.ts';
import { defaultBurstLimits } from '../../../core/feedback/brigading.ts';
import { dueTimes, settleDue } from '../../../core/feedback/settlement.ts';
import { openTerms } from '../evolve/system.ts';
import { type PlannedTurn, platform, space, type Word } from './community.ts';
import type { Drawer } from './drawn-answers.ts';
import { beginsAt, configuredStamp, DAY_MS, type OurRig, talkIn } from './our-rig.ts';
import type { ToyTalk } from './toy-talk.ts';

export const quietTimes = { skills: 10 * 60_000, weights: 6 * 3_600_000 } as const;

/** Turns and words as a channel would bring them, written by the real stores and settled by the real rules. */
export interface OurServing {
  answer(
    day: number,
    turn: PlannedTurn,
  ): Promise<{ readonly turnId: TurnId; readonly sampled: SampledTokens }>;
  say(turnId: TurnId, words: readonly Word[]): Promise<void>;
  settle(): Promise<void>;
}

export function createOurServing(rig: OurRig, talk: ToyTalk, drawer: Drawer): OurServing {
  const { clock, ids, stores, library, desk, isHoldOut } = rig;
  const { turns, ledger } = stores;
  const settler = {
    ledger,
    turns,
    clock,
    logger: rig.log,
    burstLimits: defaultBurstLimits,
    contentPolicy: new Map([[platform, openTerms]]),
    hasConsent: () => true,
    isStale: library.isStale,
  };

  return {
    async answer(day, { asker, kind, thread, at }) {
      clock.moveTo(beginsAt + day * DAY_MS + at);
      const conversation = talkIn(thread);
      const conversationKey = encodeConversationKey(conversation);
      const requestText = talk.requestText(kind);
      const { personId } = asker;
      const audience = { platform, spaceId: space, conversationKey, personId, isShared: true };
      const skills = library.retrieve(requestText, audience, { sessionId: sessionId(thread) });
      const policyId = desk.policyFor(conversation, conversationKey)?.policyId;
      const sampled = await drawer.next(rig.sourceOf(policyId), kind);
      const turnId = asTurnId(ids.next('turn'));
      await turns.open({
        turnId,
        conversationKey,
        conversation,
        sessionId: sessionId(thread),
        askerId: personId,
        askerName: personId,
        eventIds: [eventId(platform, ids.next('event'))],
        requestRefs: [],
        requestText,
        line: 'main',
        isHoldOut: isHoldOut(conversationKey),
        promptAuthors: [personId],
        generation: skills.generation,
        skills: skills.shown,
        maskedSkills: skills.masked,
        policy: policyId ?? configuredStamp,
        promptHash: turnId,
        startedAt: clock.now(),
      });
      await turns.answer(turnId, talk.answerText(sampled.tokens), undefined, [sampled]);
      const dueAt = dueTimes(clock.now(), quietTimes);
      await turns.end(turnId, { state: 'done', endedAt: clock.now(), dueAt });
      return { turnId, sampled };
    },
    async say(turnId, words) {
      for (const { actorId, polarity } of words) {
        await ledger.schedule(turnId, dueTimes(clock.now(), quietTimes));
        await ledger.append({
          eventId: eventId(platform, ids.next('event')),
          platform,
          spaceId: space,
          target: { kind: 'turn', turnId },
          actorId,
          actorIsBot: false,
          change: 'given',
          kind: 'button',
          slot: 'button',
          name: polarity > 0 ? 'good' : 'bad',
          polarity,
          authority: 'explicit',
          weight: 1,
          rule: 'bench@1',
          occurredAt: clock.now(),
          recordedAt: clock.now(),
        });
      }
    },
    async settle() {
      await settleDue(settler);
    },
  };
}

import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { eventId, type PersonId, personId, sessionId, turnId } from '../../../../core/domain/ids.ts';
import type { Signal } from '../../../../core/domain/signal.ts';
import type { SkillScope } from '../../../../core/domain/skill.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import { type Failure, failureOf, type Hint } from '../../../../core/skills/evolver/failure.ts';
import {
  sampleAt,
  sampleConversation,
  sampleKey,
  sampleSignal,
  sampleTurn,
} from '../../../contract/store-samples.ts';

export const space = sampleConversation.spaceId;
export const person = (name: string): PersonId => personId('web', name);
export const ann = person('ann');

export const userScope = (name = 'ann'): Extract<SkillScope, { kind: 'user' }> => ({
  kind: 'user',
  platform: 'web',
  spaceId: space,
  personId: person(name),
});
export const spaceScope: Extract<SkillScope, { kind: 'space' }> = {
  kind: 'space',
  platform: 'web',
  spaceId: space,
};
export const conversationScope: Extract<SkillScope, { kind: 'conversation' }> = {
  kind: 'conversation',
  platform: 'web',
  spaceId: space,
  conversationKey: sampleKey,
};

/** Where Ann talks to the bot alone. */
export const direct = { ...sampleConversation, audience: 'direct', channelId: 'dm' } as const;

/** A delivered answer; `minute` orders it. */
export function turn(id: string, asker: string, requestText: string, changes: Partial<Turn> = {}): Turn {
  const conversation = changes.conversation ?? sampleConversation;
  return {
    ...sampleTurn(id),
    conversation,
    conversationKey: encodeConversationKey(conversation),
    askerId: person(asker),
    promptAuthors: [person(asker)],
    skills: [],
    state: 'done',
    replyText: `The answer to ${id}.`,
    replyRefs: [],
    startedAt: sampleAt + id.length,
    sessionId: sessionId('session-1'),
    requestText,
    ...changes,
  };
}

export function failure(
  id: string,
  asker: string,
  requestText: string,
  hints: readonly string[] = [],
  changes: Partial<Turn> = {},
): Failure {
  const said = hints.map((text): Hint => ({ actorId: person(asker), kind: 'correction', text }));
  return failureOf(turn(id, asker, requestText, changes), said);
}

/** A row about a turn. */
export function row(turnName: string, id: string, changes: Partial<Signal>): Signal {
  return sampleSignal(id, {
    eventId: eventId('web', id),
    target: { kind: 'turn', turnId: turnId(turnName) },
    ...changes,
  });
}

export const correction = (turnName: string, asker: string, text: string): Signal =>
  row(turnName, `${turnName}-${asker}-correction`, {
    kind: 'correction',
    slot: 'correction',
    name: 'wrong',
    polarity: -1,
    actorId: person(asker),
    text,
  });

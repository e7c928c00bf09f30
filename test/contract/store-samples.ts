import { type ConversationKey, encodeConversationKey } from '../../core/domain/conversation.ts';
import type { Document } from '../../core/domain/document.ts';
import { eventId, personId, sessionId, spaceId, turnId } from '../../core/domain/ids.ts';
import type {
  ActionInvoked,
  CommandInvoked,
  MessageReceived,
  Person,
} from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { SampledTokens } from '../../core/domain/sampling.ts';
import type { Session } from '../../core/domain/session.ts';
import type { Signal } from '../../core/domain/signal.ts';
import { isSkillName, type SkillName, type SkillScope } from '../../core/domain/skill.ts';
import type { DigestedSkill } from '../../core/ports/library-store.ts';
import type { NewTurn } from '../../core/ports/turn-store.ts';

/** Values with every optional part set somewhere, so that a store which forgets one is found out. */
export const sampleAt = Date.UTC(2026, 0, 5, 12);

export const sampleConversation = {
  platform: 'web',
  spaceId: spaceId('web', 'team'),
  audience: 'group',
  channelId: 'general',
  threadId: 'thread/1',
} as const;

export const sampleKey: ConversationKey = encodeConversationKey(sampleConversation);

export const otherKey: ConversationKey = encodeConversationKey({ ...sampleConversation, channelId: 'other' });

export const sampleRef = (messageId: string, channelId = 'general'): MessageRef => ({
  platform: 'web',
  channelId,
  messageId,
});

const ann: Person = {
  personId: personId('web', 'ann'),
  displayName: 'Ann Ø "the" O\'Neil 👩‍🚀',
  isBot: false,
  role: 'operator',
};

export function sampleMessage(id: string, changes: Partial<MessageReceived> = {}): MessageReceived {
  return {
    type: 'message_received',
    eventId: eventId('web', id),
    platform: 'web',
    spaceId: sampleConversation.spaceId,
    occurredAt: sampleAt + 0.125,
    conversation: sampleConversation,
    admission: { kind: 'linked', subjects: ['web:user:ann', 'web:chat:general'] },
    ref: sampleRef(id),
    author: ann,
    addressing: 'mention',
    text: `Was gibt es? {"$": "%s"} '); DROP TABLE inbox; -- 你好 👍🏽 ${id}`,
    replyTo: sampleRef('earlier'),
    quotedText: 'earlier words',
    attachments: ['photo'],
    ...changes,
  };
}

export function sampleCommand(id: string): CommandInvoked {
  return {
    type: 'command_invoked',
    eventId: eventId('web', id),
    platform: 'web',
    spaceId: sampleConversation.spaceId,
    occurredAt: sampleAt,
    conversation: sampleConversation,
    admission: { kind: 'open' },
    actor: ann,
    line: 'skill search pdf tables',
    isWritten: true,
    interaction: { handle: 'h-1', deadlineAt: sampleAt + 3_000 },
  };
}

export function sampleAction(id: string): ActionInvoked {
  return {
    type: 'action_invoked',
    eventId: eventId('web', id),
    platform: 'web',
    spaceId: sampleConversation.spaceId,
    occurredAt: sampleAt,
    conversation: sampleConversation,
    admission: { kind: 'open' },
    actor: ann,
    actionId: 'turn.retry',
    target: sampleRef('answer'),
    interaction: { handle: 'h-2' },
  };
}

export function skillName(name: string): SkillName {
  if (!isSkillName(name)) throw new Error(`not a skill's name: ${name}`);
  return name;
}

/** One scope of each kind, narrowest last. */
export const sampleScopes = {
  global: { kind: 'global' },
  space: { kind: 'space', platform: 'web', spaceId: sampleConversation.spaceId },
  conversation: {
    kind: 'conversation',
    platform: 'web',
    spaceId: sampleConversation.spaceId,
    conversationKey: sampleKey,
  },
  user: { kind: 'user', platform: 'web', spaceId: sampleConversation.spaceId, personId: ann.personId },
} as const satisfies Readonly<Record<SkillScope['kind'], SkillScope>>;

/** What a call of an engine read and wrote; each `number` makes other ids. */
export function sampleSampled(samplerVersion: string, number: number): SampledTokens {
  return {
    prompt: Int32Array.of(1, number, 50_000),
    tokens: Int32Array.of(number, 2),
    logprobs: Float32Array.of(-0.1 * number, -1e-7),
    stopReason: 'stop',
    params: { maxTokens: 64, temperature: 1, topP: 1, topK: -1, seed: number },
    tokenizerHash: 'hash',
    baseModel: 'base',
    samplerVersion,
  };
}

export function sampleTurn(id: string, changes: Partial<NewTurn> = {}): NewTurn {
  return {
    turnId: turnId(id),
    conversationKey: sampleKey,
    conversation: sampleConversation,
    sessionId: sessionId('session-1'),
    askerId: ann.personId,
    askerName: ann.displayName,
    eventIds: [eventId('web', `${id}-ask`)],
    requestRefs: [sampleRef(`${id}-ask`)],
    requestText: `What is ${id}? 🤔\nSecond line.`,
    line: 'main',
    isHoldOut: false,
    promptAuthors: [ann.personId],
    generation: 3,
    skills: [
      {
        name: skillName('short-answers'),
        version: 2,
        contentHash: 'abc',
        score: 0.75,
        propensity: 0.5,
        because: ['short', 'answer'],
      },
    ],
    maskedSkills: [],
    policy: 'gpt-5-mini',
    promptHash: 'hash',
    startedAt: sampleAt,
    ...changes,
  };
}

export const sampleBody = (text: string): Document => ({
  blocks: [
    {
      type: 'paragraph',
      children: [{ type: 'strong', children: [{ type: 'text', text }] }, { type: 'break' }],
    },
    { type: 'code_block', language: 'ts', text: 'const a = `b`;' },
  ],
});

export function sampleSession(id: string, changes: Partial<Session> = {}): Session {
  return {
    sessionId: sessionId(id),
    conversationKey: sampleKey,
    startedAt: sampleAt,
    lastActiveAt: sampleAt,
    ...changes,
  };
}

export function sampleSignal(id: string, changes: Partial<Signal> = {}): Signal {
  return {
    eventId: eventId('web', id),
    platform: 'web',
    spaceId: sampleConversation.spaceId,
    target: { kind: 'message', ref: sampleRef('answer') },
    actorId: ann.personId,
    actorIsBot: false,
    change: 'given',
    kind: 'reaction',
    slot: '👍',
    name: '👍',
    polarity: 1,
    authority: 'explicit',
    weight: 1,
    rule: 'polarity-table@1',
    occurredAt: sampleAt,
    recordedAt: sampleAt + 5,
    ...changes,
  };
}

export function sampleSkill(
  name: string,
  content: string,
  source = `skills/${name}/SKILL.md`,
): DigestedSkill {
  return {
    name: skillName(name),
    description: `Use it for ${content}.`,
    triggers: ['first', 'second "quoted"'],
    body: `# ${content}\n\n- do\n- do not`,
    source,
    contentHash: `hash of ${content}`,
  };
}

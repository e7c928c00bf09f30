import type { ConversationAddress } from '../../core/domain/conversation.ts';
import { eventId, personId, spaceId } from '../../core/domain/ids.ts';
import type { InboundEvent, Person } from '../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { TerminalInput } from './link.ts';
import { PLATFORM } from './options.ts';

/** The one conversation of a terminal: whoever has the machine and the bot. */
export const terminalConversation: ConversationAddress = {
  platform: PLATFORM,
  spaceId: spaceId(PLATFORM, 'local'),
  audience: 'direct',
  channelId: 'console',
};

/** What the person can rate: the last answer, and what they said of it so far. */
export interface Ratable {
  readonly ref: MessageRef;
  readonly mark?: 'good' | 'bad';
}

/** What a line means. `nothing_to_rate`: `/good` before any answer; it is no event. */
export type Understood = InboundEvent | 'empty' | 'nothing_to_rate';

export function refOf(messageId: string): MessageRef {
  return { platform: PLATFORM, channelId: terminalConversation.channelId, messageId };
}

/**
 * A line to an event. `/` begins a command, `//` a text that begins with `/`. `/good` and `/bad` rate the last answer;
 * said again they take the rating back. Pure; never throws.
 */
export function understand(
  input: TerminalInput,
  personName: string,
  ratable: Ratable | undefined,
): Understood {
  const { inputId, enteredAt: occurredAt } = input;
  const conversation = terminalConversation;
  const actor: Person = {
    personId: personId(PLATFORM, 'operator'),
    displayName: personName === '' ? 'operator' : personName,
    isBot: false,
    role: 'operator',
  };
  const base = {
    eventId: eventId(PLATFORM, inputId),
    platform: PLATFORM,
    spaceId: conversation.spaceId,
    occurredAt,
    admission: { kind: 'open' },
  } as const;
  const interaction = { handle: inputId };
  const { text } = input;

  if (input.kind === 'complete') {
    return {
      ...base,
      type: 'completion_requested',
      conversation,
      actor,
      line: text.replace(/^\//, ''),
      interaction,
    };
  }
  if (text.trim() === '') return 'empty';
  if (!text.startsWith('/') || text.startsWith('//')) {
    return {
      ...base,
      type: 'message_received',
      conversation,
      ref: refOf(inputId),
      author: actor,
      addressing: 'direct',
      text: text.startsWith('//') ? text.slice(1) : text,
    };
  }
  const line = text.slice(1).trim();
  if (line === 'good' || line === 'bad') {
    if (ratable === undefined) return 'nothing_to_rate';
    const type = ratable.mark === line ? 'signal_withdrawn' : 'signal_given';
    return { ...base, type, actor, target: ratable.ref, mark: { kind: 'button', name: line } };
  }
  return { ...base, type: 'command_invoked', conversation, actor, line, interaction };
}

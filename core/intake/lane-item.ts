import { encodeConversationKey } from '../domain/conversation.ts';
import type { Turn } from '../domain/turn.ts';
import type { InboxEvent } from '../ports/inbox-store.ts';
import type { LaneItem } from './lanes.ts';
import type { EventWork, Work } from './work.ts';

function workOf(event: InboxEvent): EventWork {
  switch (event.type) {
    case 'message_received':
      return { kind: 'message', event };
    case 'command_invoked':
      return { kind: 'command', event };
    case 'action_invoked':
      return { kind: 'action', event };
  }
}

/** An accepted event as a lane's work. `acceptedAt` is our clock: bursts are measured by when words reached us. */
export function eventItem(event: InboxEvent, acceptedAt: number): LaneItem<Work> {
  const joinable =
    event.type === 'message_received'
      ? { joinable: { personId: event.author.personId, at: acceptedAt } }
      : {};
  return {
    key: encodeConversationKey(event.conversation),
    group: event.platform,
    work: workOf(event),
    ...joinable,
  };
}

export function turnItem(turn: Turn, work: Work): LaneItem<Work> {
  return { key: turn.conversationKey, group: turn.conversation.platform, work };
}

export function giveUpItem(event: InboxEvent): LaneItem<Work> {
  return {
    key: encodeConversationKey(event.conversation),
    group: event.platform,
    work: { kind: 'give_up', event },
  };
}

import { threadBefore } from '../agent/thread-before.ts';
import { type ConversationAddress, encodeConversationKey } from '../domain/conversation.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { ChannelPort, ThreadMessage } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnStore } from '../ports/turn-store.ts';

export interface WordsBeforeDeps {
  readonly turns: Pick<TurnStore, 'hasAnswered'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * What was said in a thread before the bot was called into it. Only until its first answer there: afterwards the thread
 * has turns of its own, and `/new` must not bring old words back.
 */
export async function wordsBefore(
  conversation: ConversationAddress,
  request: MessageRef,
  channel: ChannelPort,
  deps: WordsBeforeDeps,
): Promise<readonly ThreadMessage[]> {
  if (!channel.capabilities.canReadThreads || conversation.threadId === undefined) return [];
  if (await deps.turns.hasAnswered(encodeConversationKey(conversation))) return [];
  return threadBefore(channel, conversation, request, deps);
}

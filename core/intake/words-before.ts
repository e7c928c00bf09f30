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
 * What people said in a thread that the bot has not seen. Until its first answer there: all that went before. Later only
 * where it is called again, what was said since its last word: the rest is in turns of its own, and `/new` must not
 * bring old words back.
 */
export async function wordsBefore(
  conversation: ConversationAddress,
  request: MessageRef,
  isCalled: boolean,
  channel: ChannelPort,
  deps: WordsBeforeDeps,
): Promise<readonly ThreadMessage[]> {
  if (!channel.capabilities.canReadThreads) return [];
  const hasAnswered = await deps.turns.hasAnswered(encodeConversationKey(conversation));
  if (hasAnswered && !isCalled) return [];
  const said = await threadBefore(channel, conversation, request, deps);
  return hasAnswered ? said.slice(said.findLastIndex(({ isOwn }) => isOwn) + 1) : said;
}

import type { ConversationAddress } from '../domain/conversation.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { ChannelPort, ThreadMessage } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

const readMessages = 40;
/** An answer that knows less is better than one that comes late. */
const longestWaitMs = 3_000;

/**
 * What people said in a thread before the bot was called into it. Empty where the platform cannot tell, where nobody
 * said anything, and where it takes too long; never rejects.
 */
export async function threadBefore(
  channel: ChannelPort,
  conversation: ConversationAddress,
  request: MessageRef,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<readonly ThreadMessage[]> {
  const { threadId, audience } = conversation;
  const beginsIt = threadId === request.messageId;
  if (!channel.capabilities.canReadThreads || audience === 'direct' || beginsIt) return [];
  const waiting = new AbortController();
  const tooLate = deps.clock.sleep(longestWaitMs, waiting.signal).then(
    () => {
      deps.logger.info('thread_not_read_in_time', { platform: channel.platform });
      return [];
    },
    () => [],
  );
  const reading = channel.readThread(conversation, request, readMessages).catch((error: unknown) => {
    deps.logger.info('thread_not_read', { platform: channel.platform, error });
    return [];
  });
  try {
    return await Promise.race([reading, tooLate]);
  } finally {
    waiting.abort();
  }
}

import { AppError } from '../../core/domain/app-error.ts';
import type { ConversationAddress } from '../../core/domain/conversation.ts';
import type { MessageRef } from '../../core/domain/message-ref.ts';
import type { ThreadMessage } from '../../core/ports/channel.ts';
import { parseReplies } from './answers.ts';
import type { ApiCaller } from './api-caller.ts';
import { peopleInThread, toThreadMessages } from './inbound.ts';
import type { SlackFacts } from './inbound-facts.ts';
import type { PeopleDirectory } from './people.ts';

/** Slack gives a thread from its beginning on, at most so many messages a page. */
const PAGE_MESSAGES = 200;
/** What was said last in a thread longer than this is not worth more calls: nothing is read of it. */
const MOST_PAGES = 5;

export interface ThreadReaderParts {
  readonly caller: ApiCaller;
  readonly people: PeopleDirectory;
  readonly facts: SlackFacts;
}

/** The last `limit` messages of a thread before one of them, chronological. */
export async function readSlackThread(
  { channelId, threadId }: ConversationAddress,
  before: MessageRef,
  limit: number,
  { caller, people, facts }: ThreadReaderParts,
): Promise<readonly ThreadMessage[]> {
  if (threadId === undefined) return [];
  const isFirst = (message: unknown): boolean =>
    typeof message === 'object' && message !== null && 'ts' in message && message.ts === threadId;
  const found: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await caller.call(
      'conversations.replies',
      {
        channel: channelId,
        ts: threadId,
        latest: before.messageId,
        inclusive: false,
        limit: PAGE_MESSAGES,
        ...(cursor === undefined ? {} : { cursor }),
      },
      { destination: `thread:${channelId}:${threadId}` },
    );
    const replies = parseReplies(answer);
    if (replies === undefined) throw new AppError('peer_failed', 'Slack gave no thread that can be read.');
    // The thread's first message comes with every page, whatever the limits.
    found.push(...(page === 0 ? replies.messages : replies.messages.filter((message) => !isFirst(message))));
    cursor = replies.nextCursor;
    if (cursor === undefined) break;
  }
  // What was said last could not be reached, and what was said long ago is no answer.
  if (cursor !== undefined) return [];
  const nameOf = await people.load(peopleInThread(found.slice(-limit)));
  return toThreadMessages(found, channelId, facts, nameOf)
    .filter(({ ref }) => ref.messageId < before.messageId)
    .slice(-limit);
}

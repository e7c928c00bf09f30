import { type PersonId, type Platform, unknownAuthor } from '../domain/ids.ts';
import type { MessageReceived } from '../domain/inbound-event.ts';
import type { PastTurn, Turn } from '../domain/turn.ts';
import type { ThreadMessage } from '../ports/channel.ts';
import type { TurnStore } from '../ports/turn-store.ts';

/** What goes into a prompt, with whoever stands behind it. */
export interface PromptSources {
  readonly platform: Platform;
  readonly askerId: PersonId;
  /** The messages of the request. */
  readonly events: readonly Pick<MessageReceived, 'author'>[];
  readonly history: readonly PastTurn[];
  readonly threadBefore: readonly ThreadMessage[];
  /** Authors of what was replied to. */
  readonly quotedAuthors: readonly PersonId[];
}

/** Whose words a quote is: of an answer of ours, those that went into it. */
export function quotedAuthors(
  { platform, quotedAuthorIds }: Pick<MessageReceived, 'platform' | 'quotedAuthorIds'>,
  answer: Turn | undefined,
): readonly PersonId[] {
  return answer?.promptAuthors ?? quotedAuthorIds ?? [unknownAuthor(platform)];
}

/** Everybody behind a message that was read in a thread; what we said there came from those who stood in its prompt. */
async function threadAuthors(
  message: ThreadMessage,
  platform: Platform,
  turns: Pick<TurnStore, 'byReply'>,
): Promise<readonly PersonId[]> {
  if (message.isOwn) return (await turns.byReply(message.ref))?.promptAuthors ?? [];
  return [message.authorId ?? unknownAuthor(platform)];
}

/** Everybody whose words stand in a prompt, the asker first, each once. */
export async function promptAuthors(
  sources: PromptSources,
  turns: Pick<TurnStore, 'byReply'>,
): Promise<readonly PersonId[]> {
  const { platform, askerId, events, history, threadBefore } = sources;
  const before = await Promise.all(threadBefore.map((message) => threadAuthors(message, platform, turns)));
  return [
    ...new Set([
      askerId,
      ...events.map(({ author }) => author.personId),
      ...history.flatMap((turn) => turn.promptAuthors),
      ...sources.quotedAuthors,
      ...before.flat(),
    ]),
  ];
}

import type { ConversationAddress } from '../domain/conversation.ts';
import type { Turn } from '../domain/turn.ts';
import type { CommandInvocation, TurnView } from './context.ts';
import { typed } from './help.ts';
import { literal, shortened } from './markdown-text.ts';

const shownRequestChars = 120;

/**
 * The turn that a command is about: that of the answer it replied to, or what `last` finds. Never one of another space
 * or channel, whatever a message claims to reply to.
 */
export async function turnInQuestion(
  invocation: CommandInvocation,
  turns: Pick<TurnView, 'byReply'>,
  last: () => Promise<Turn | undefined>,
): Promise<Turn | undefined> {
  if (invocation.replyTo === undefined) return last();
  const turn = await turns.byReply(invocation.replyTo);
  return turn !== undefined && isSamePlace(turn.conversation, invocation.conversation) ? turn : undefined;
}

/** What is said where `turnInQuestion` found none. */
export function noSuchAnswer(invocation: CommandInvocation, command: string): string {
  return invocation.replyTo === undefined
    ? 'I have not answered anything in this conversation yet.'
    : `That message is none of my answers. Reply to one of them with ${typed(invocation, command)}, or send it by itself for the last one.`;
}

function isSamePlace(a: ConversationAddress, b: ConversationAddress): boolean {
  return a.spaceId === b.spaceId && a.channelId === b.channelId;
}

/** `my answer to “How do I …”`. What was asked elsewhere is not repeated here. */
export function answerInWords(turn: Turn, { conversation }: Pick<CommandInvocation, 'conversation'>): string {
  if (!isSamePlace(turn.conversation, conversation)) return 'my answer in another conversation';
  const asked = shortened(turn.requestText, shownRequestChars);
  return asked === '' ? 'my answer' : `my answer to “${literal(asked)}”`;
}

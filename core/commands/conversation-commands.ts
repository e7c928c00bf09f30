import type { CommandCall } from './context.ts';
import { howToTalk, typed } from './help.ts';
import { counted, inlineCode, literal, shortened } from './markdown-text.ts';
import { withoutPrefix } from './parse-command-line.ts';

const shownWordsChars = 80;

export async function runNew(call: CommandCall): Promise<string> {
  const said = await beginAnew(call);
  // Some expect that they are answered at once; a command has no message that an answer could belong to.
  const [, words = ''] = /^\S+\s+(.+)$/s.exec(withoutPrefix(call.invocation.line).trim()) ?? [];
  if (words === '') return said;
  const quoted = `“${literal(shortened(words, shownWordsChars))}”`;
  return `${said} I have not taken ${quoted} as a message: send it again, by itself.`;
}

async function beginAnew({ invocation, deps }: CommandCall): Promise<string> {
  const ended = await deps.sessions.endSession(invocation.conversationKey);
  if (ended)
    return 'A new conversation begins with your next message. I no longer look at what was said before.';
  const nothing = 'There is nothing to put away: a new conversation begins with your next message.';
  // Where a menu's commands do not say in which thread they were given.
  const { hasWrittenCommands } = invocation.capabilities;
  return hasWrittenCommands
    ? `${nothing} To put away what was said in a thread, mention me there with the word ${inlineCode('new')}.`
    : nothing;
}

export async function runStop({ invocation, deps }: CommandCall): Promise<string> {
  const { stoppedRun, dropped } = await deps.stop.stop(invocation.conversationKey, invocation.actorId);
  const waiting = counted(
    dropped,
    'message of yours that was waiting',
    'messages of yours that were waiting',
  );
  if (stoppedRun && dropped > 0) return `Stopped. I have also dropped ${waiting}.`;
  if (stoppedRun) return 'Stopped.';
  if (dropped > 0) return `I have dropped ${waiting}.`;
  return 'I was not answering anything just now, so there was nothing to stop.';
}

export async function runLink({ invocation, args, deps }: CommandCall): Promise<string> {
  switch (await deps.links.redeem(args['code'] ?? '', invocation.admission)) {
    case 'linked':
      return `Welcome! You can talk to me here from now on. ${typed(invocation, 'help')} shows what I can do, ${typed(invocation, 'privacy')} what I keep.`;
    case 'already_in':
      return `You are in already; no code is needed. ${howToTalk(invocation)}.`;
    case 'wrong_code':
      return 'That code is not valid, or it was used before. Each code works once and for a day: ask the operator for a new one.';
    case 'throttled':
      return 'Too many wrong codes came from here. Wait an hour, then try again with a new code from the operator.';
  }
}

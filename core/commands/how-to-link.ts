import type { CommandInvocation } from './context.ts';
import { typed } from './help.ts';

/** What somebody who is not admitted can do about it. Where slash commands are not for everybody, words are. */
export function howToLink(visit: Pick<CommandInvocation, 'capabilities'>): string {
  const way = visit.capabilities.hasWrittenCommands
    ? 'mention me with `link <code>`'
    : `send me ${typed(visit, 'link <code>')}`;
  return `Ask the person who runs me for a one-time code and ${way}.`;
}

/** The first words to somebody who is not admitted. Markdown. */
export function strangerNotice(visit: Pick<CommandInvocation, 'capabilities'>): string {
  return `I do not know you yet. ${howToLink(visit)}`;
}

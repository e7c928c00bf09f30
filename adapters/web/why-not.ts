import type { WhyNot } from '../../core/domain/capabilities.ts';

/** Why the built-in page's column in the table of channels has gaps. */
export const webWhyNot: WhyNot = {
  canStreamNatively: 'edits reach the page within 80 ms',
  canReadThreads: 'the page has no threads',
  canReact: 'nothing needs it',
  canSeeReactions: 'the page has buttons',
  canSeeReactionRemoval: 'a button pressed again takes the press back',
  canOpenForms: 'the page has no dialog for reasons yet',
  canPublishHome: 'the page is one',
  hasWrittenCommands: 'a line that begins with / is a command',
};

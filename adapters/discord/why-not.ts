import type { WhyNot } from '../../core/domain/capabilities.ts';

/** Why Discord's column in the table of channels has gaps. */
export const discordWhyNot: WhyNot = {
  canStreamNatively: 'Discord has no streams; the message is edited',
  canReact: 'nothing needs it, and it would take a permission',
  canSendPrivately: 'only the answer to a slash command or a press can be for one person, and there it is',
  canShowNotes: 'Discord has none; what is said about an answer is a message of its own',
  canPublishHome: 'Discord has no page of an app',
};

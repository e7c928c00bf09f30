import type { WhyNot } from '../../core/domain/capabilities.ts';

/** Why Slack's column in the table of channels has gaps. */
export const slackWhyNot: WhyNot = {
  canReact: 'nothing needs it, and it would take a permission',
  canShowNotes: 'Slack has none; what is said about an answer is a message of its own',
  canRegisterCommands: 'the manifest names the one command',
  hasSendKeys: 'Slack does not recognise a resend; one that is in doubt is said, with Retry',
};

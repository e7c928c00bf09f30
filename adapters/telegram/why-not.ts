import type { WhyNot } from '../../core/domain/capabilities.ts';

/** Why Telegram's column in the table of channels has gaps. */
export const telegramWhyNot: WhyNot = {
  canStreamNatively:
    'drafts exist in private chats only and get no message id until the end, so that nobody could react to a growing answer, nor could Stop find it',
  canReadThreads: 'the Bot API gives bots no way to read what was said before',
  canSendPrivately:
    'ephemeral messages need an administrator’s right in the group, may never arrive, and older servers show them to all',
  canShowNotes: 'a message has no place for notes that stays out of the answer’s text',
  canPublishHome: 'bots have no page of their own beside their chats',
  hasWrittenCommands: 'commands with a slash work everywhere, so that none has to be written after a mention',
  hasSendKeys: 'a send has no key by which Telegram would know it again',
};

import type { WhyNot } from '../../core/domain/capabilities.ts';

/** Why Telegram's column in the table of channels has gaps. */
export const telegramWhyNot: WhyNot = {
  canStreamNatively:
    'drafts exist in private chats only, fade after 30 seconds and have no message id before the end: nobody could react to a growing answer, and a crash would leave nothing of it. Without drafts there is no stop button on them; /stop ends an answer',
  canReadThreads: 'the Bot API gives bots no way to read what was said before',
  canSendPrivately:
    'ephemeral messages may never arrive, and servers older than Bot API 10.3 show them to all; thanks and refusals after a press are a passing word that only the presser sees',
  canShowNotes: 'a message has no place for notes that stays out of the answer’s text',
  canPublishHome: 'bots have no page of their own beside their chats',
  hasWrittenCommands: 'commands with a slash work everywhere, so that none has to be written after a mention',
  hasSendKeys: 'a send has no key by which Telegram would know it again',
};

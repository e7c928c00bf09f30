import type { WhyNot } from '../../core/domain/capabilities.ts';

/** Why Telegram's column in the table of channels has gaps. */
export const telegramWhyNot: WhyNot = {
  canStreamNatively:
    'drafts fade after 30 seconds and have no id to react to; a crash would leave nothing of them. So no stop button on a draft either: /stop ends an answer',
  canReadThreads: 'the Bot API gives bots no way to read what was said before',
  canSendPrivately:
    'ephemeral messages may never arrive, and older Bot API servers show them to all; thanks after a press are a passing word only the presser sees',
  canAnswerPrivately: 'a command is a message that the group reads, and so is its answer',
  canShowNotes: 'a message has no place for notes that stays out of the answer’s text',
  canPublishHome: 'bots have no page of their own beside their chats',
  hasWrittenCommands: 'commands with a slash work everywhere, so that none has to be written after a mention',
  hasSendKeys: 'a send has no key by which Telegram would know it again',
};

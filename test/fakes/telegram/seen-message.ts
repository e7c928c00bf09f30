import type { FakeTelegramMessage } from './chats.ts';

export interface SeenTelegramMessage {
  readonly text: string;
  /** What markup made of it, and whom it calls; what else Telegram finds in plain text by itself does not count. */
  readonly markup: readonly string[];
  readonly actionIds: readonly string[];
}

/** A message as its reader sees it. */
export function toSeenMessage(message: FakeTelegramMessage): SeenTelegramMessage {
  return {
    // A word joiner takes no room.
    text: message.text.replaceAll('\u2060', ''),
    markup: message.entities
      .map((entity) => (entity.type === 'auto:mention' ? 'mention' : entity.type))
      .filter((type) => !type.startsWith('auto:')),
    // The rest of the data says which message a button is about. The pencil stands beside every rating.
    actionIds: (message.reply_markup?.inline_keyboard ?? [])
      .flat()
      .filter(({ text }) => text !== '✏️')
      .map((button) => button.callback_data.replace(/\|.*$/, '')),
  };
}

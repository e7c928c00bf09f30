import type { FakeTelegramMessage } from './chats.ts';

export interface SeenTelegramMessage {
  readonly text: string;
  /** What markup made of it; what Telegram finds in plain text by itself does not count. */
  readonly markup: readonly string[];
  readonly actionIds: readonly string[];
}

/** A message as its reader sees it. */
export function toSeenMessage(message: FakeTelegramMessage): SeenTelegramMessage {
  return {
    text: message.text,
    markup: message.entities.map((entity) => entity.type).filter((type) => !type.startsWith('auto:')),
    actionIds: (message.reply_markup?.inline_keyboard ?? []).flat().map((button) => button.callback_data),
  };
}

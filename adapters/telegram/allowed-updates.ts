/** Without one of these something does not work. */
export const NEEDED_UPDATES: readonly string[] = [
  'message',
  'edited_message',
  'callback_query',
  'message_reaction',
];

/**
 * Telegram keeps this list until the next one replaces it. `message_reaction_count`, `my_chat_member` and
 * `stopped_message_generation` give no events; asking for them keeps the list whole for other readers of the same bot.
 */
export const ALLOWED_UPDATES: readonly string[] = [
  ...NEEDED_UPDATES,
  'message_reaction_count',
  'my_chat_member',
  'stopped_message_generation',
];

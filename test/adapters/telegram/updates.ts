/** Builders of Bot API objects, with overrides. */

export const botIdentity = { id: 7_000_000_001, username: 'metaclaw_test_bot' };
export const inboundContext = {
  bot: botIdentity,
  commandNames: new Map<string, string>(),
  receivedAt: 1_767_300_000_123,
};

export const ada = { id: 42, is_bot: false, first_name: 'Ada', last_name: 'Lovelace', username: 'ada' };
export const self = {
  id: botIdentity.id,
  is_bot: true,
  first_name: 'MetaClaw',
  username: botIdentity.username,
};
export const privateChat = { id: 42, type: 'private', first_name: 'Ada' };
export const group = { id: -1_001_234_567_890, type: 'supergroup', title: 'Group' };

type Fields = Readonly<Record<string, unknown>>;

export const message = (text: string | undefined, fields: Fields = {}): Fields => ({
  message_id: 7,
  date: 1_767_225_600,
  chat: privateChat,
  from: ada,
  ...(text === undefined ? {} : { text }),
  ...fields,
});

export const update = (fields: Fields, updateId = 1_001): Fields => ({ update_id: updateId, ...fields });

/** An entity over the first occurrence of `words`, in UTF-16 code units as Telegram counts. */
export function entityOver(text: string, words: string, type: string, fields: Fields = {}): Fields {
  return { type, offset: text.indexOf(words), length: words.length, ...fields };
}

export const emoji = (value: string): Fields => ({ type: 'emoji', emoji: value });

export const reaction = (
  before: readonly Fields[],
  after: readonly Fields[],
  fields: Fields = {},
): Fields => ({
  message_reaction: {
    chat: privateChat,
    message_id: 9,
    user: ada,
    date: 1_767_225_700,
    old_reaction: before,
    new_reaction: after,
    ...fields,
  },
});

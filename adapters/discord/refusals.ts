import type { ErrorCode } from '../../core/domain/app-error.ts';

/** What one of Discord's numbers for a refusal means to us. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable?: boolean;
  /** Discord asks to wait and does not always say how long. */
  readonly waitMs?: number;
}

export const badToken: Meaning = {
  code: 'auth_failed',
  message:
    'Discord does not accept the token: check DISCORD_BOT_TOKEN, or make a new token on the page "Bot" at discord.com/developers.',
};
export const trouble: Meaning = {
  code: 'peer_failed',
  message: 'Discord has trouble of its own: try again later.',
  retryable: true,
};
export const notAllowed: Meaning = {
  code: 'not_allowed',
  message: 'Discord does not let the bot do that here.',
};
export const tooLong: Meaning = {
  code: 'invalid_input',
  message: 'The message is too large for Discord: send less at once.',
};
const gone: Meaning = { code: 'not_found', message: 'That Discord message is gone.' };
const noChannel: Meaning = {
  code: 'not_found',
  message: 'That Discord channel is gone, or the bot is no longer in its server.',
};
const tooLate: Meaning = {
  code: 'not_found',
  message: 'Discord no longer waits for an answer to this: do it once more.',
};
const noAccess: Meaning = {
  code: 'not_allowed',
  message: 'The bot cannot see that Discord channel: give it the permission "View Channel" there.',
};
const noHistory: Meaning = {
  code: 'not_allowed',
  message:
    'The bot may not read what was said in that Discord channel: give it "Read Message History" there.',
};
const closedThread: Meaning = {
  code: 'not_allowed',
  message: 'That Discord thread is archived or locked: open it again to go on there.',
};
const filtered: Meaning = {
  code: 'not_allowed',
  message: "A filter of this Discord server holds the message back: see AutoMod in the server's settings.",
};
const ownOnly: Meaning = {
  code: 'not_allowed',
  message: 'Discord lets the bot change its own messages only.',
};
const noPerson: Meaning = { code: 'not_found', message: 'Discord does not know that person here.' };
const closedDm: Meaning = {
  code: 'not_allowed',
  message:
    'That person takes no direct messages from the bot: they can allow them in their privacy settings.',
};
const unreadable: Meaning = {
  code: 'invalid_input',
  message: 'Discord could not read the layout of the message.',
};
const full: Meaning = {
  code: 'not_allowed',
  message: 'Discord has reached a limit there: it takes no more.',
};
const slow: Meaning = {
  code: 'rate_limited',
  message: 'Discord asks to wait before the next call.',
  retryable: true,
  waitMs: 5_000,
};
const tooManyCommands: Meaning = {
  code: 'invalid_input',
  message: 'Discord takes no more commands of this bot in that server.',
};

/** Discord's numbers: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes */
const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [10002, { code: 'not_found', message: 'Discord does not know the application of this token.' }],
  [10003, noChannel],
  [10004, { code: 'not_found', message: 'The bot is not in that Discord server: invite it there.' }],
  [10007, noPerson],
  [10008, gone],
  [10012, badToken],
  [10013, noPerson],
  [10014, { code: 'invalid_input', message: 'Discord does not know that emoji.' }],
  // The address of an interaction's further answers is a webhook that lives for fifteen minutes.
  [10015, tooLate],
  [10062, tooLate],
  [10063, { code: 'not_found', message: 'That Discord command is gone.' }],
  [20012, badToken],
  [20016, slow],
  [20022, slow],
  [20028, slow],
  [20029, slow],
  [30010, { ...full, message: 'That Discord message takes no more reactions.' }],
  [30032, tooManyCommands],
  [
    30034,
    { ...tooManyCommands, message: 'Discord takes 200 new commands a day: register them again tomorrow.' },
  ],
  [30046, slow],
  [40001, notAllowed],
  [40002, { ...notAllowed, message: 'Discord wants the account of the bot verified first.' }],
  [40004, { ...notAllowed, message: 'Discord has switched sending off for the moment.', retryable: true }],
  [40005, tooLong],
  [40006, trouble],
  [40007, { ...notAllowed, message: 'The bot was banned from that Discord server.' }],
  [40041, { code: 'conflict', message: 'Discord has a command of that name already.' }],
  [40058, { ...notAllowed, message: 'In a Discord forum the bot answers in posts only.' }],
  [40060, { code: 'conflict', message: 'Discord has an answer to this already.' }],
  [40062, slow],
  [40067, { ...notAllowed, message: 'That Discord forum wants a tag on every post.' }],
  [40094, tooLate],
  [
    40333,
    { code: 'peer_failed', message: "Discord's network turns the bot away: check the network for a proxy." },
  ],
  [50001, noAccess],
  [50003, notAllowed],
  [50005, ownOnly],
  [50006, { code: 'invalid_input', message: 'Discord shows no empty messages.' }],
  [50007, closedDm],
  [50008, { ...notAllowed, message: 'That Discord channel takes no messages.' }],
  [
    50009,
    { ...notAllowed, message: 'The verification level of that Discord channel is too high for the bot.' },
  ],
  [50014, badToken],
  [50021, { ...notAllowed, message: "Discord does not let anybody change a message of the system's own." }],
  [50024, { ...notAllowed, message: 'That cannot be done in a Discord channel of this kind.' }],
  [50025, badToken],
  [50027, tooLate],
  [50045, tooLong],
  [50083, closedThread],
  [50109, unreadable],
  [50278, closedDm],
  [
    90001,
    { ...notAllowed, message: 'Somebody there has blocked the bot: it cannot react to their messages.' },
  ],
  [110000, trouble],
  [130000, trouble],
  [160002, noHistory],
  [160005, closedThread],
  [160006, full],
  [160007, full],
  [160009, noHistory],
  [200000, filtered],
  [200001, filtered],
  [240000, filtered],
]);

const MISSING_PERMISSIONS = 50013;
const INVALID_FORM = 50035;
const isLimit = (number: number): boolean => number > 30_000 && number < 31_000;

/** `needed`: the permissions that the call takes, as Discord's settings call them. `fields`: what Discord disliked. */
export interface RefusalContext {
  readonly status: number;
  readonly purpose: string;
  readonly needed: readonly string[];
  readonly fields: readonly string[];
}

function missingPermissions(needed: readonly string[]): Meaning {
  const which = needed.length === 0 ? 'a permission' : needed.map((name) => `"${name}"`).join(', ');
  return {
    code: 'not_allowed',
    message: `The bot lacks a permission in that Discord channel. This takes ${which}: see the channel's settings.`,
  };
}

function invalidForm(fields: readonly string[], purpose: string): Meaning {
  if (fields.some((field) => /^content: BASE_TYPE_(?:MAX_LENGTH|BAD_LENGTH)/.test(field))) return tooLong;
  return { code: 'invalid_input', message: `Discord refused what the bot wanted to do (${purpose}).` };
}

function byStatus(status: number, purpose: string): Meaning {
  if (status === 401) return badToken;
  if (status === 403) return notAllowed;
  if (status === 404) return { code: 'not_found', message: 'Discord no longer knows what that was about.' };
  if (status === 413) return tooLong;
  if (status === 429) return slow;
  if (status >= 500) return trouble;
  return { code: 'invalid_input', message: `Discord refused what the bot wanted to do (${purpose}).` };
}

export function meaningOf(number: number, { status, purpose, needed, fields }: RefusalContext): Meaning {
  if (number === MISSING_PERMISSIONS) return missingPermissions(needed);
  if (number === INVALID_FORM) return invalidForm(fields, purpose);
  return meanings.get(number) ?? (isLimit(number) ? full : byStatus(status, purpose));
}

import { emptyDirectory, foldDirectory } from '../../../adapters/discord/directory.ts';
import type { DiscordFacts, DiscordPacket } from '../../../adapters/discord/inbound-facts.ts';
import type { CommandDescription } from '../../../core/ports/channel.ts';

export const BOT = '900000000000000001';
export const APP = '900000000000000002';
export const ADA = '100000000000000001';
export const BOB = '100000000000000002';
export const GUILD = '200000000000000001';
export const CHANNEL = '300000000000000001';
export const THREAD = '300000000000000002';
export const DM = '300000000000000009';
export const ADMIN_ROLE = '400000000000000001';
export const BOT_ROLE = '400000000000000002';
export const MESSAGE = '1473118766652199044';
export const BOT_MESSAGE = '1473118771026727144';
/** Of `MESSAGE`. */
export const SAID_AT = Date.UTC(2026, 1, 17, 0, 48, 3, 193);

export const guild = {
  id: GUILD,
  owner_id: BOB,
  roles: [
    { id: GUILD, name: '@everyone', permissions: '1024' },
    { id: ADMIN_ROLE, name: 'Admins', permissions: '32' },
    { id: BOT_ROLE, name: 'MetaClaw', permissions: '0', tags: { bot_id: BOT } },
  ],
  channels: [{ id: CHANNEL, type: 0, name: 'general' }],
  threads: [{ id: THREAD, type: 11, name: 'a post' }],
};

export const commands: readonly CommandDescription[] = [
  {
    name: 'help',
    summary: 'what I can do',
    args: [{ name: 'command', summary: 'which', kind: 'rest', required: false, completes: true }],
  },
  { name: 'status', summary: 'how I am doing' },
  {
    name: 'skill',
    summary: 'skills',
    subcommands: [
      {
        name: 'list',
        summary: 'all',
        args: [{ name: 'page', summary: 'which page', kind: 'number', required: false, completes: false }],
      },
      {
        name: 'show',
        summary: 'one',
        args: [
          { name: 'name', summary: 'which', kind: 'word', required: true, completes: true },
          { name: 'rest', summary: 'more', kind: 'rest', required: false, completes: false },
        ],
      },
    ],
  },
];

export const facts: DiscordFacts = {
  botUserId: BOT,
  threadPolicy: 'follow',
  commands,
  directory: foldDirectory(emptyDirectory, { t: 'GUILD_CREATE', d: guild }),
  now: SAID_AT + 500,
};

export const user = (id: string, more: object = {}) => ({ id, username: `user${id.slice(-1)}`, ...more });
export const ada = user(ADA, { global_name: 'Ada', username: 'ada' });
export const member = { nick: null, roles: [] as string[] };

export const packet = (t: string, d: unknown, s = 7): DiscordPacket => ({ t, s, d, sessionId: 'session' });

/** In a server, unless `more` says otherwise. */
export const message = (more: object = {}) => ({
  id: MESSAGE,
  channel_id: CHANNEL,
  guild_id: GUILD,
  channel_type: 0,
  type: 0,
  author: ada,
  member,
  content: 'Hello',
  mentions: [],
  mention_roles: [],
  attachments: [],
  embeds: [],
  edited_timestamp: null,
  flags: 0,
  ...more,
});

export const dm = { channel_id: DM, guild_id: undefined, member: undefined, channel_type: 1 };

export const reaction = (more: object = {}) => ({
  user_id: ADA,
  channel_id: CHANNEL,
  message_id: BOT_MESSAGE,
  guild_id: GUILD,
  emoji: { id: null, name: '👍' },
  burst: false,
  type: 0,
  ...more,
});

export const TOKEN = 'aW50ZXJhY3Rpb246-_x=';

export const interaction = (type: number, data: unknown, more: object = {}) => ({
  id: MESSAGE,
  application_id: APP,
  type,
  token: TOKEN,
  guild_id: GUILD,
  channel_id: CHANNEL,
  channel: { id: CHANNEL, type: 0 },
  member: { ...member, permissions: '1024', user: ada },
  data,
  version: 1,
  ...more,
});

export const typed = (name: string, options: unknown[] = []) => ({ id: '5', name, type: 1, options });
export const button = (customId: string) => ({ custom_id: customId, component_type: 2, id: 3 });

/** One payload of every kind that is mapped. */
export const everyPacket: Readonly<Record<string, DiscordPacket>> = {
  message: packet(
    'MESSAGE_CREATE',
    message({ content: `<@${BOT}> Hello <#${CHANNEL}>`, mentions: [user(BOT)] }),
  ),
  reply: packet(
    'MESSAGE_CREATE',
    message({
      type: 19,
      message_reference: { type: 0, message_id: BOT_MESSAGE, channel_id: CHANNEL },
      referenced_message: { id: BOT_MESSAGE, author: user(BOT), content: 'I said' },
      attachments: [{ content_type: 'image/png' }],
    }),
  ),
  direct: packet('MESSAGE_CREATE', message(dm)),
  edit: packet(
    'MESSAGE_UPDATE',
    message({ content: `<@${BOT}> Bye`, edited_timestamp: '2026-02-17T00:49:00.000000+00:00' }),
  ),
  deletion: packet('MESSAGE_DELETE', { id: MESSAGE, channel_id: CHANNEL, guild_id: GUILD }),
  deletions: packet('MESSAGE_DELETE_BULK', {
    ids: [MESSAGE, BOT_MESSAGE],
    channel_id: CHANNEL,
    guild_id: GUILD,
  }),
  added: packet(
    'MESSAGE_REACTION_ADD',
    reaction({ member: { ...member, user: ada }, message_author_id: BOT }),
  ),
  removed: packet('MESSAGE_REACTION_REMOVE', reaction({ emoji: { id: '77', name: 'party' } })),
  cleared: packet('MESSAGE_REACTION_REMOVE_ALL', {
    channel_id: CHANNEL,
    message_id: MESSAGE,
    guild_id: GUILD,
  }),
  clearedEmoji: packet('MESSAGE_REACTION_REMOVE_EMOJI', reaction()),
  command: packet(
    'INTERACTION_CREATE',
    interaction(
      2,
      typed('metaclaw', [
        {
          name: 'skill',
          type: 2,
          options: [{ name: 'show', type: 1, options: [{ name: 'name', type: 3, value: 'pdf' }] }],
        },
      ]),
    ),
  ),
  menu: packet(
    'INTERACTION_CREATE',
    interaction(2, { name: 'Correct this answer', type: 3, target_id: BOT_MESSAGE }),
  ),
  completion: packet(
    'INTERACTION_CREATE',
    interaction(
      4,
      typed('skill', [
        { name: 'show', type: 1, options: [{ name: 'name', type: 3, value: 'pd', focused: true }] },
      ]),
    ),
  ),
  press: packet('INTERACTION_CREATE', interaction(3, button('turn.retry'), { message: { id: BOT_MESSAGE } })),
  vote: packet(
    'INTERACTION_CREATE',
    interaction(3, button('feedback.bad'), { message: { id: BOT_MESSAGE } }),
  ),
  form: packet(
    'INTERACTION_CREATE',
    interaction(5, {
      custom_id: `feedback.reason|${CHANNEL}/${BOT_MESSAGE}`,
      components: [
        { type: 18, component: { type: 3, custom_id: 'reason', values: ['wrong'] } },
        { type: 18, component: { type: 4, custom_id: 'words', value: '' } },
      ],
    }),
  ),
};

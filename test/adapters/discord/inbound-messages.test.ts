import { describe, expect, test } from 'vitest';
import { foldDirectory } from '../../../adapters/discord/directory.ts';
import { toInbound, toThreadMessages } from '../../../adapters/discord/inbound.ts';
import { decodeHandle } from '../../../adapters/discord/interaction-handle.ts';
import {
  ADA,
  ADMIN_ROLE,
  BOB,
  BOT,
  BOT_MESSAGE,
  BOT_ROLE,
  CHANNEL,
  DM,
  dm,
  everyPacket,
  facts,
  GUILD,
  MESSAGE,
  member,
  message,
  packet,
  SAID_AT,
  THREAD,
  user,
} from './inbound-payloads.ts';

const say = (more: object, given = facts) => toInbound(packet('MESSAGE_CREATE', message(more)), given);
const said = (more: object, given = facts) => {
  const { events, ...rest } = say(more, given);
  expect(rest).toEqual({});
  const [event] = events;
  if (event?.type !== 'message_received') throw new Error('no message');
  return event;
};

const mention = { content: `<@${BOT}> Hello`, mentions: [user(BOT)] };
const reply = (author: string, more: object = {}) => ({
  type: 19,
  message_reference: { type: 0, message_id: BOT_MESSAGE, channel_id: CHANNEL },
  referenced_message: { id: BOT_MESSAGE, author: user(author), content: 'What was **said**' },
  ...more,
});

describe('a message', () => {
  test('in a server, whole', () => {
    const { interaction, ...event } = said({
      ...mention,
      attachments: [{ content_type: 'image/png' }, { content_type: null }, { content_type: 'image/jpeg' }],
    });
    expect(event).toEqual({
      type: 'message_received',
      eventId: `discord:m:${CHANNEL}:${MESSAGE}`,
      platform: 'discord',
      spaceId: `discord:${GUILD}`,
      occurredAt: SAID_AT,
      conversation: {
        platform: 'discord',
        spaceId: `discord:${GUILD}`,
        audience: 'group',
        channelId: CHANNEL,
      },
      admission: { kind: 'open' },
      ref: { platform: 'discord', channelId: CHANNEL, messageId: MESSAGE },
      author: { personId: `discord:${ADA}`, displayName: 'Ada', isBot: false },
      addressing: 'mention',
      text: 'Hello',
      attachments: ['photo', 'file'],
    });
    expect(decodeHandle(interaction?.handle ?? '')).toEqual({
      kind: 'message',
      channelId: CHANNEL,
      guildId: GUILD,
      messageId: MESSAGE,
    });
    expect(interaction).not.toHaveProperty('deadlineAt');
  });

  test('to the bot alone', () => {
    const event = said({ ...dm, content: 'Hi' });
    expect(event.spaceId).toBe(`discord:dm.${DM}`);
    expect(event.conversation).toEqual({
      platform: 'discord',
      spaceId: `discord:dm.${DM}`,
      audience: 'direct',
      channelId: DM,
    });
    expect(event.addressing).toBe('direct');
    expect(decodeHandle(event.interaction?.handle ?? '')).not.toHaveProperty('guildId');
  });

  test.each<[string, object, string]>([
    ['a mention', mention, 'mention'],
    ['an old kind of mention', { content: `<@!${BOT}> x`, mentions: [user(BOT)] }, 'mention'],
    [
      'a mention of the role that is the bot',
      { content: `<@&${BOT_ROLE}> x`, mention_roles: [BOT_ROLE] },
      'mention',
    ],
    [
      'a mention whose words are not shown',
      { content: '', mentions: [user(BOT)], attachments: [{}] },
      'mention',
    ],
    ['everybody', { content: '@everyone x', mention_everyone: true }, 'ambient'],
    ['a reply to the bot', reply(BOT), 'reply'],
    ['a reply to the bot that calls it', reply(BOT, { mentions: [user(BOT)] }), 'reply'],
    ['a reply to the bot that names it too', reply(BOT, mention), 'mention'],
    ['a reply to somebody', reply(BOB), 'ambient'],
    ['nothing of it', {}, 'ambient'],
    ['in a thread by its kind', { channel_id: '42', channel_type: 11 }, 'thread'],
    ['in a thread that the server told of', { channel_id: THREAD, channel_type: undefined }, 'thread'],
    ['in a private thread', { channel_id: '42', channel_type: 12 }, 'thread'],
    [
      'in a thread, to somebody',
      { channel_id: THREAD, content: `<@${BOB}> x`, mentions: [user(BOB)] },
      'ambient',
    ],
    ['in a thread, by a reply to somebody', { channel_id: THREAD, ...reply(BOB) }, 'ambient'],
    ['in a thread, by a reply to oneself', { channel_id: THREAD, ...reply(ADA) }, 'thread'],
    ['a mention in code', { content: `\`<@${BOT}>\` x`, mentions: [] }, 'ambient'],
    ['a mention in a block', { content: `\`\`\`\n<@${BOT}>\n\`\`\` x`, mentions: [] }, 'ambient'],
    ['a mention behind code', { content: `\`y\` <@${BOT}> \`x\``, mentions: [] }, 'mention'],
  ])('is addressed by %s', (_, more, addressing) => {
    const event = said(more);
    expect(event.addressing).toBe(addressing);
    expect(event.interaction === undefined).toBe(addressing === 'ambient');
  });

  test('in a thread that is not to be followed', () => {
    expect(said({ channel_id: THREAD }, { ...facts, threadPolicy: 'mention' }).addressing).toBe('ambient');
  });

  test('that replies', () => {
    const event = said(reply(BOT));
    expect(event.replyTo).toEqual({ platform: 'discord', channelId: CHANNEL, messageId: BOT_MESSAGE });
    expect(event.quotedText).toBe('What was **said**');
    expect(event.quotedAuthorIds).toEqual([]);
    expect(said(reply(BOB)).quotedAuthorIds).toEqual([`discord:${BOB}`]);
  });

  test('that forwards', () => {
    const event = said({
      content: '',
      message_reference: { type: 1, message_id: '5', channel_id: '6' },
      message_snapshots: [{ message: { content: 'elsewhere' } }],
    });
    expect(event).not.toHaveProperty('replyTo');
    expect(event.quotedText).toBe('elsewhere');
    // A forwarded message does not say whose it is.
    expect(event).not.toHaveProperty('quotedAuthorIds');
  });

  test.each<[string, object, string]>([
    ['cuts the mention out', { content: `Hey <@${BOT}>, look` }, 'Hey, look'],
    ['cuts a mention at the start', { content: `<@${BOT}>: look` }, 'look'],
    ['cuts a mention at the end', { content: `look <@${BOT}>` }, 'look'],
    ['keeps an empty request', { content: `<@${BOT}>` }, ''],
    [
      'names people as the server does',
      { content: `<@${BOB}> and <@${ADA}>`, mentions: [user(BOB, { member: { nick: 'Bobby' } }), user(ADA)] },
      '@Bobby and @user1',
    ],
    ['names roles and channels', { content: `<@&${ADMIN_ROLE}> in <#${CHANNEL}>` }, '@Admins in #general'],
    [
      'spells out emoji, times and commands',
      { content: '<:party:1> <a:wave:2> <t:1700000000:R> </skill list:3>' },
      ':party: :wave: 2023-11-14 22:13 UTC /skill list',
    ],
    [
      'leaves what it does not know',
      { content: '<@1> <@&42> <#42> **x** <id:browse> <t:x>' },
      '<@1> <@&42> <#42> **x** <id:browse> <t:x>',
    ],
  ])('%s', (_, more, text) => {
    expect(said(more).text).toBe(text);
  });

  test.each<[string, object, object]>([
    ['another bot', { author: user(BOB, { bot: true }) }, { isBot: true }],
    ['a webhook', { webhook_id: '77' }, { isBot: true }],
    ['a nickname', { member: { ...member, nick: 'Countess' } }, { displayName: 'Countess' }],
    ['no name', { author: { id: ADA } }, { displayName: 'Somebody' }],
    ['a role that manages the server', { member: { roles: [ADMIN_ROLE] } }, { role: 'maintainer' }],
    ['the owner', { author: user(BOB) }, { role: 'maintainer' }],
  ])('is from %s', (_, more, author) => {
    expect(said(more).author).toMatchObject(author);
  });

  test('from somebody with another role is from an ordinary person', () => {
    expect(said({ member: { roles: [BOT_ROLE, '4'] } }).author).not.toHaveProperty('role');
    expect(said({ ...dm, author: user(BOB) }).author).not.toHaveProperty('role');
  });

  test.each<[string, object, string]>([
    ['own', { author: user(BOT) }, 'own_message'],
    ['of the platform', { type: 7 }, 'type_7'],
    ['without words, as those of others come without the intent', { content: '' }, 'empty_message'],
  ])('is nothing when it is %s', (_, more, why) => {
    expect(say(more)).toEqual({ events: [], ignored: why });
  });

  test.each<[string, string[]]>([
    ['audio/ogg', ['audio']],
    ['video/mp4', ['video']],
    ['text/plain', ['file']],
  ])('comes with %s', (type, kinds) => {
    expect(said({ attachments: [{ content_type: type }] }).attachments).toEqual(kinds);
  });

  test('comes with a voice, a sticker, a poll', () => {
    const more = { content: '', sticker_items: [{ id: '1' }], poll: { question: {} } };
    expect(said(more).attachments).toEqual(['sticker', 'poll']);
    const voice = { flags: 1 << 13, attachments: [{ content_type: 'audio/ogg' }] };
    expect(said(voice).attachments).toEqual(['voice']);
  });

  test('without a sound server id is not taken for a direct one', () => {
    expect(say({ guild_id: 5 })).toEqual({
      events: [],
      notice: { kind: 'unreadable', what: 'message', problem: 'guild_id' },
    });
  });
});

describe('an edit', () => {
  const at = '2026-02-17T00:49:00.000000+00:00';
  const edit = (more: object, given = facts) => toInbound(packet('MESSAGE_UPDATE', message(more)), given);

  test('of words', () => {
    const { events } = edit({ content: 'Bye', edited_timestamp: at });
    expect(events).toEqual([
      {
        type: 'message_edited',
        eventId: `discord:e:${MESSAGE}:${at}`,
        platform: 'discord',
        spaceId: `discord:${GUILD}`,
        occurredAt: Date.UTC(2026, 1, 17, 0, 49),
        conversation: said({}).conversation,
        admission: { kind: 'open' },
        ref: said({}).ref,
        author: said({}).author,
        text: 'Bye',
      },
    ]);
  });

  test('that mentions the bot asks as a new message would, under the id of the first', () => {
    const given = { ...mention, edited_timestamp: at };
    expect(edit(given).events.map(({ eventId }) => eventId)).toEqual([
      said(mention).eventId,
      `discord:e:${MESSAGE}:${at}`,
    ]);
    const late = { ...facts, now: SAID_AT + 8 * 24 * 60 * 60 * 1_000 };
    expect(edit(given, late).events.map(({ type }) => type)).toEqual(['message_edited']);
    expect(edit({ ...given, ...dm }).events.map(({ type }) => type)).toEqual(['message_edited']);
  });

  test.each<[string, object, string]>([
    ['links that were unfolded', { edited_timestamp: null }, 'same_words'],
    ['part of a message', { edited_timestamp: at, content: undefined }, 'same_words'],
    ['a message of nobody', { edited_timestamp: at, author: undefined }, 'no_author'],
    ['an own message', { edited_timestamp: at, author: user(BOT) }, 'own_message'],
    ['a message of another bot', { edited_timestamp: at, author: user(BOB, { bot: true }) }, 'bot_edit'],
    ['a message of the platform', { edited_timestamp: at, type: 6 }, 'type_6'],
    ['hidden words', { edited_timestamp: at, content: '' }, 'empty_message'],
  ])('is none of %s', (_, more, why) => {
    expect(edit(more)).toEqual({ events: [], ignored: why });
  });
});

describe('a deletion', () => {
  test('of one message', () => {
    const { events } = toInbound(everyPacket['deletion'] ?? packet('', {}), facts);
    expect(events).toEqual([
      {
        type: 'message_deleted',
        eventId: `discord:d:${MESSAGE}`,
        platform: 'discord',
        spaceId: `discord:${GUILD}`,
        occurredAt: facts.now,
        conversation: said({}).conversation,
        ref: said({}).ref,
      },
    ]);
  });

  test('of many at once, each once', () => {
    const d = { ids: [MESSAGE, BOT_MESSAGE, MESSAGE], channel_id: DM };
    const { events } = toInbound(packet('MESSAGE_DELETE_BULK', d), facts);
    expect(events.map(({ eventId, spaceId }) => [eventId, spaceId])).toEqual([
      [`discord:d:${MESSAGE}`, `discord:dm.${DM}`],
      [`discord:d:${BOT_MESSAGE}`, `discord:dm.${DM}`],
    ]);
  });
});

describe('the directory', () => {
  const fold = (t: string, d: unknown, directory = facts.directory) => foldDirectory(directory, { t, d });
  const addressing = (directory: typeof facts.directory, channel: string) =>
    said({ channel_id: channel, channel_type: undefined }, { ...facts, directory }).addressing;

  test('follows threads as they begin, are put away and come back', () => {
    const thread = { id: '55', guild_id: GUILD, type: 11, name: 't' };
    const begun = fold('THREAD_CREATE', thread);
    expect([addressing(facts.directory, '55'), addressing(begun, '55')]).toEqual(['ambient', 'thread']);
    const away = fold('THREAD_UPDATE', { ...thread, thread_metadata: { archived: true } }, begun);
    expect(addressing(away, '55')).toBe('ambient');
    expect(addressing(fold('THREAD_LIST_SYNC', { guild_id: GUILD, threads: [thread] }, away), '55')).toBe(
      'thread',
    );
    expect(addressing(fold('THREAD_DELETE', thread, begun), '55')).toBe('ambient');
  });

  test('follows roles and names', () => {
    const role = { id: '66', name: 'New', permissions: '8' };
    const after = fold('GUILD_ROLE_CREATE', { guild_id: GUILD, role });
    const by = (directory: typeof facts.directory) =>
      said({ member: { roles: ['66'] }, content: '<@&66>' }, { ...facts, directory });
    expect(by(after)).toMatchObject({ text: '@New', author: { role: 'maintainer' } });
    expect(by(fold('GUILD_ROLE_DELETE', { guild_id: GUILD, role_id: '66' }, after)).text).toBe('<@&66>');
    const renamed = fold('CHANNEL_UPDATE', { id: CHANNEL, guild_id: GUILD, type: 0, name: 'lobby' });
    expect(said({ content: `<#${CHANNEL}>` }, { ...facts, directory: renamed }).text).toBe('#lobby');
  });

  test('keeps channels when only the server changed, and nothing of a server that is gone', () => {
    const changed = fold('GUILD_UPDATE', { id: GUILD, owner_id: ADA, roles: [] });
    expect(said({}, { ...facts, directory: changed }).author).toHaveProperty('role', 'maintainer');
    expect(addressing(changed, THREAD)).toBe('thread');
    expect(fold('GUILD_DELETE', { id: GUILD }).size).toBe(0);
  });

  test('is the same one after what says nothing of servers', () => {
    expect(fold('MESSAGE_CREATE', message())).toBe(facts.directory);
    expect(fold('GUILD_CREATE', { roles: 5 })).toBe(facts.directory);
    expect(fold('CHANNEL_CREATE', { id: '1', type: 1 })).toBe(facts.directory);
  });
});

test('what was said in a thread, oldest first', () => {
  const place = { channelId: THREAD, guildId: GUILD };
  const listed = [
    message({ id: '14', content: 'last', author: user(BOT), channel_id: THREAD }),
    message({ id: '13', type: 7 }),
    message({ id: '12', content: `<@${BOT}> why?` }),
    { not: 'a message' },
    message({
      id: '11',
      type: 21,
      content: '',
      author: user(BOB),
      referenced_message: { id: '1', author: { id: ADA, username: 'ada' }, content: 'how it began' },
    }),
  ];
  expect(toThreadMessages(listed, place, facts)).toEqual([
    {
      ref: { platform: 'discord', channelId: THREAD, messageId: '11' },
      authorName: 'ada',
      authorId: `discord:${ADA}`,
      isOwn: false,
      text: 'how it began',
    },
    {
      ref: { platform: 'discord', channelId: THREAD, messageId: '12' },
      authorName: 'Ada',
      authorId: `discord:${ADA}`,
      isOwn: false,
      text: 'why?',
    },
    {
      ref: { platform: 'discord', channelId: THREAD, messageId: '14' },
      authorName: 'user1',
      authorId: `discord:${BOT}`,
      isOwn: true,
      text: 'last',
    },
  ]);
});

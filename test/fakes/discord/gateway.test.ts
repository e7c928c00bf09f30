import { GatewayIntentBits } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { allIntents, restOf, withClient, withFakeDiscord } from './discord-rig.ts';
import type { FakeDiscordOptions } from './fake-discord.ts';
import { identify, type RawOptions, rawGateway } from './raw-gateway.ts';

const withoutContent = allIntents.filter((intent) => intent !== GatewayIntentBits.MessageContent);

describe('what the app hears', () => {
  test('what people say in channels and in direct messages', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person({ username: 'ada' });
      const talk = discord.channel({ name: 'talk' });
      await withClient(discord, {}, async (sdk) => {
        expect(sdk.client.user?.id).toBe(discord.bot.id);
        expect(sdk.client.guilds.cache.get(discord.home.id)?.name).toBe('Home');
        const id = ada.mention('hello', talk);
        expect(await sdk.has('MESSAGE_CREATE')).toMatchObject({
          id,
          content: `<@${discord.bot.id}> hello`,
          mentions: [{ id: discord.bot.id }],
          author: { id: ada.user.id },
          channel_id: talk.id,
          channel_type: 0,
          guild_id: discord.home.id,
          member: { roles: [] },
        });
        ada.say('hi');
        const direct = await sdk.has('MESSAGE_CREATE', 2);
        expect(direct).toMatchObject({ content: 'hi', channel_id: ada.dm.id, channel_type: 1 });
        expect(direct).not.toHaveProperty('guild_id');
        expect(direct).not.toHaveProperty('member');
      });
    });
  });

  test('replies with the message that they answer, and whether its author is told', async () => {
    await withFakeDiscord({}, async (discord) => {
      const [ada, bob] = [discord.person(), discord.person()];
      const talk = discord.channel();
      await withClient(discord, {}, async (sdk) => {
        const first = ada.say('a question', talk);
        bob.reply(first, 'an answer', talk);
        expect(await sdk.has('MESSAGE_CREATE', 2)).toMatchObject({
          type: 19,
          message_reference: { message_id: first, channel_id: talk.id },
          referenced_message: { id: first, content: 'a question', author: { id: ada.user.id } },
          mentions: [{ id: ada.user.id }],
        });
        bob.reply(first, 'quietly', talk, { pings: false });
        expect(await sdk.has('MESSAGE_CREATE', 3)).toMatchObject({ type: 19, mentions: [] });
        ada.remove(first, talk);
        bob.reply(first, 'to nobody', talk);
        expect(await sdk.has('MESSAGE_CREATE', 4)).toMatchObject({ type: 19, referenced_message: null });
      });
    });
  });

  test('threads and forum posts, which are channels of their own', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const [talk, forum] = [discord.channel(), discord.forum()];
      await withClient(discord, {}, async (sdk) => {
        const from = ada.say('worth a thread', talk);
        const thread = ada.openThread(talk, { name: 'It', from });
        expect(thread.id).toBe(from);
        expect(await sdk.has('THREAD_CREATE')).toMatchObject({
          id: from,
          type: 11,
          parent_id: talk.id,
          newly_created: true,
        });
        expect(await sdk.has('MESSAGE_CREATE', 2)).toMatchObject({ type: 21, channel_id: from });
        const post = ada.openPost(forum, 'How?', 'Like this?');
        expect(post.messageId).toBe(post.thread.id);
        expect(await sdk.has('THREAD_CREATE', 2)).toMatchObject({ parent_id: forum.id, name: 'How?' });
        expect(await sdk.has('MESSAGE_CREATE', 3)).toMatchObject({
          id: post.messageId,
          channel_id: post.thread.id,
          content: 'Like this?',
        });
        ada.openThread(talk, { name: 'Plain' });
        expect(await sdk.has('MESSAGE_CREATE', 4)).toMatchObject({ type: 18, channel_id: talk.id });
      });
    });
  });

  test('edits, deletions of one and of many, and cards that are no edits', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const mod = discord.person();
      discord.grant(mod, ['ManageMessages']);
      const talk = discord.channel();
      await withClient(discord, {}, async (sdk) => {
        const ids = ['a', 'b', 'c https://example.org/'].map((text) => ada.say(text, talk));
        const [a = '', b = '', c = ''] = ids;
        ada.edit(a, 'better', talk);
        const edited = await sdk.has('MESSAGE_UPDATE');
        expect(edited).toMatchObject({ id: a, content: 'better' });
        expect(edited['edited_timestamp']).toMatch(/^\d{4}-/);
        discord.unfurl(talk.id, c);
        expect(await sdk.has('MESSAGE_UPDATE', 2)).toMatchObject({
          id: c,
          edited_timestamp: null,
          embeds: [{ type: 'link' }],
        });
        ada.remove(a, talk);
        expect(await sdk.has('MESSAGE_DELETE')).toEqual({
          id: a,
          channel_id: talk.id,
          guild_id: discord.home.id,
        });
        expect(() => ada.bulkRemove([b, c], talk)).toThrow('may not');
        mod.bulkRemove([b, c], talk);
        expect(await sdk.has('MESSAGE_DELETE_BULK')).toEqual({
          ids: [b, c],
          channel_id: talk.id,
          guild_id: discord.home.id,
        });
      });
    });
  });

  test('reactions that come, go, and are cleared', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const mod = discord.person();
      discord.grant(mod, ['ManageMessages']);
      const talk = discord.channel();
      await withClient(discord, {}, async (sdk) => {
        const id = ada.say('x', talk);
        mod.react(id, '👍', talk);
        expect(await sdk.has('MESSAGE_REACTION_ADD')).toMatchObject({
          message_id: id,
          user_id: mod.user.id,
          emoji: { id: null, name: '👍' },
          message_author_id: ada.user.id,
          burst: false,
          member: { user: { id: mod.user.id } },
        });
        mod.react(id, '👍', talk);
        mod.unreact(id, '👍', talk);
        const removed = await sdk.has('MESSAGE_REACTION_REMOVE');
        expect(removed).toMatchObject({ user_id: mod.user.id, emoji: { name: '👍' } });
        expect(removed).not.toHaveProperty('message_author_id');
        mod.react(id, 'party:1234', talk, true);
        expect(await sdk.has('MESSAGE_REACTION_ADD', 2)).toMatchObject({
          burst: true,
          type: 1,
          emoji: { id: '1234', name: 'party' },
        });
        mod.clearReactions(id, talk, 'party:1234');
        expect(await sdk.has('MESSAGE_REACTION_REMOVE_EMOJI')).toMatchObject({
          message_id: id,
          emoji: { id: '1234' },
        });
        expect(() => ada.clearReactions(id, talk)).toThrow('may not');
        mod.clearReactions(id, talk);
        expect(await sdk.has('MESSAGE_REACTION_REMOVE_ALL')).toMatchObject({ message_id: id });
        expect(() => ada.react(id, 'thumbsup', talk)).toThrow('no emoji');
      });
    });
  });

  test('nothing of what the bot may not see', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const [hidden, talk] = [discord.channel(), discord.channel()];
      discord.forbid(hidden, 'ViewChannel');
      await withClient(discord, {}, async (sdk) => {
        ada.say('secret', hidden);
        ada.say('in private', ada.openThread(talk, { name: 'ours', isPrivate: true }));
        ada.say('aloud', talk);
        expect(await sdk.has('MESSAGE_CREATE')).toMatchObject({ content: 'aloud' });
        const thread = ada.openThread(talk, { name: 'with the bot', isPrivate: true });
        ada.mention('come in', thread);
        expect(await sdk.has('THREAD_CREATE')).toMatchObject({
          id: thread.id,
          type: 12,
          member: { id: thread.id },
        });
        expect(await sdk.has('MESSAGE_CREATE', 2)).toMatchObject({ channel_id: thread.id });
      });
    });
  });

  test('guilds that it comes into and is thrown out of, and roles that change', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      await withClient(discord, {}, async (sdk) => {
        const guild = discord.guild({ name: 'Second' });
        expect(await sdk.has('GUILD_CREATE', 2)).toMatchObject({
          id: guild.id,
          name: 'Second',
          unavailable: false,
        });
        const role = discord.grant(ada, ['ManageGuild'], guild);
        expect(await sdk.has('GUILD_ROLE_CREATE')).toMatchObject({
          guild_id: guild.id,
          role: { id: role.id, permissions: '32' },
        });
        discord.setPermissions(role, [], guild);
        expect(await sdk.has('GUILD_ROLE_UPDATE')).toMatchObject({ role: { id: role.id, permissions: '0' } });
        discord.kick(guild);
        expect(await sdk.has('GUILD_DELETE')).toEqual({ id: guild.id });
      });
    });
  });
});

describe('the message content intent', () => {
  test('without it only what is meant for the bot can be read', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      await withClient(discord, { intents: withoutContent }, async (sdk) => {
        ada.say('not for you', talk, { attachments: [{ id: '1', filename: 'a.txt' }] });
        expect(await sdk.has('MESSAGE_CREATE')).toMatchObject({
          content: '',
          attachments: [],
          author: { id: ada.user.id },
        });
        ada.mention('for you', talk);
        expect(await sdk.has('MESSAGE_CREATE', 2)).toMatchObject({ content: `<@${discord.bot.id}> for you` });
        ada.say('between us');
        expect(await sdk.has('MESSAGE_CREATE', 3)).toMatchObject({ content: 'between us' });
        await restOf(discord).post(`/channels/${talk.id}/messages`, { body: { content: 'mine' } });
        expect(await sdk.has('MESSAGE_CREATE', 4)).toMatchObject({ content: 'mine' });
      });
    });
  });

  test('where it was not switched on, asking for it ends the connection', async () => {
    await withFakeDiscord({ privilegedIntents: [] }, async (discord) => {
      const raw = await rawGateway(discord);
      raw.send(identify(discord, { intents: 1 << 15 }));
      expect(await raw.closed).toBe(4014);
      const talk = discord.channel();
      discord.person().say('not for you', talk);
      expect(await restOf(discord).get(`/channels/${talk.id}/messages`)).toMatchObject([{ content: '' }]);
      expect(await restOf(discord).get('/applications/@me')).toMatchObject({ flags: 0 });
      discord.allowIntents('message_content');
      expect(await restOf(discord).get(`/channels/${talk.id}/messages`)).toMatchObject([
        { content: 'not for you' },
      ]);
      expect(await restOf(discord).get('/applications/@me')).toMatchObject({ flags: 1 << 19 });
    });
  });

  test('events of intents that were not asked for do not come', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      await withClient(
        discord,
        { intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages] },
        async (sdk) => {
          ada.react(ada.say('x', talk), '👍', talk);
          ada.react(ada.say('y'), '👍');
          ada.say('z');
          expect(await sdk.has('MESSAGE_CREATE', 2)).toMatchObject({ content: 'z' });
          expect(sdk.packetsOf('MESSAGE_REACTION_ADD')).toEqual([]);
        },
      );
    });
  });
});

describe('how connections end and come back', () => {
  const comeBack: readonly (readonly [
    string,
    FakeDiscordOptions,
    'drop' | 'requestReconnect' | 'freeze' | 'close',
  ])[] = [
    ['after a broken connection', {}, 'drop'],
    ['when asked to reconnect', {}, 'requestReconnect'],
    ['when no heartbeat is acknowledged any more', { heartbeatIntervalMs: 60 }, 'freeze'],
    ['after an unknown error', {}, 'close'],
  ];
  test.each(comeBack)('%s the SDK resumes, and what it missed is replayed', async (_name, options, how) => {
    await withFakeDiscord(options, async (discord) => {
      const ada = discord.person();
      await withClient(discord, {}, async (sdk) => {
        if (how === 'close') discord.gateway.close(4000);
        else discord.gateway[how]();
        if (how === 'drop' || how === 'freeze') ada.say('meanwhile');
        await discord.until(() => discord.gateway.resumes[0], 'a RESUME');
        ada.say('after');
        await sdk.has('MESSAGE_CREATE', how === 'drop' || how === 'freeze' ? 2 : 1);
        expect(discord.gateway.identifies).toHaveLength(1);
        expect(discord.gateway.open).toBe(1);
        const numbers = sdk.packets.filter(({ t }) => t !== 'RESUMED').map(({ s }) => s);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        expect(new Set(numbers).size).toBe(numbers.length);
      });
    });
  });

  test('the last event comes again as it was', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      await withClient(discord, {}, async (sdk) => {
        ada.say('once');
        discord.redeliver();
        await sdk.has('MESSAGE_CREATE', 2);
        const [first, again] = sdk.packets.filter(({ t }) => t === 'MESSAGE_CREATE');
        expect(again).toEqual(first);
      });
    });
  });

  test('a session that is over is not resumed', async () => {
    await withFakeDiscord({}, async (discord) => {
      const first = await rawGateway(discord);
      expect(await first.next()).toMatchObject({ op: 10, d: { heartbeat_interval: 41_250 } });
      first.send(identify(discord));
      const ready = await first.next();
      expect(ready).toMatchObject({
        t: 'READY',
        s: 1,
        d: { v: 10, guilds: [{ id: discord.home.id, unavailable: true }] },
      });
      const resume = { op: 6, d: { token: discord.token, session_id: 'fake-session-1', seq: 1 } };
      first.end();
      const second = await rawGateway(discord, { path: '/resume' });
      await second.next();
      second.send(resume);
      expect(await second.next()).toMatchObject({ t: 'GUILD_CREATE', s: 2 });
      expect(await second.next()).toMatchObject({ t: 'RESUMED' });
      discord.gateway.close(4009);
      expect(await second.closed).toBe(4009);
      const third = await rawGateway(discord, { path: '/resume' });
      await third.next();
      third.send(resume);
      expect(await third.next()).toEqual({ op: 9, d: false });
      third.end();
    });
  });

  test('an invalid session that can be resumed, and one that cannot', async () => {
    await withFakeDiscord({}, async (discord) => {
      await withClient(discord, {}, async () => {
        discord.gateway.invalidateSessions(true);
        await discord.until(() => discord.gateway.resumes[0], 'a RESUME');
      });
      await discord.until(() => discord.gateway.open === 0, 'the end');
      expect(discord.gateway.clientCloses).toEqual([1000]);
    });
    await withFakeDiscord({}, async (discord) => {
      const raw = await rawGateway(discord);
      await raw.next();
      raw.send(identify(discord));
      await raw.next();
      await raw.next();
      discord.gateway.invalidateSessions(false);
      expect(await raw.next()).toEqual({ op: 9, d: false });
      raw.send(identify(discord));
      expect(await raw.next()).toMatchObject({ t: 'READY' });
      expect(discord.gateway.identifies).toHaveLength(2);
      raw.end();
    });
  });

  test('the server goes away, and what breaks comes back', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      await withClient(discord, {}, async (sdk) => {
        await discord.goDown();
        expect(discord.gateway.open).toBe(0);
        await discord.comeBack();
        ada.say('back');
        expect(await sdk.has('MESSAGE_CREATE')).toMatchObject({ content: 'back' });
      });
    });
  });

  test('a new token ends the connection for good', async () => {
    await withFakeDiscord({}, async (discord) => {
      const raw = await rawGateway(discord);
      raw.send(identify(discord));
      await raw.next();
      await raw.next();
      const old = discord.token;
      discord.resetToken();
      expect(await raw.closed).toBe(4004);
      expect(discord.token).not.toBe(old);
    });
  });
});

describe('what ends a connection with a code', () => {
  const cases: readonly {
    readonly name: string;
    readonly code: number;
    readonly sent?: object | string;
    readonly raw?: RawOptions;
  }[] = [
    { name: 'no JSON', code: 4002, sent: '{' },
    { name: 'an unknown opcode', code: 4002, sent: { op: 99, d: null } },
    {
      name: 'an unknown field in IDENTIFY',
      code: 4002,
      sent: { op: 2, d: { token: 'x', properties: {}, intents: 1, guild_subscriptions: true } },
    },
    { name: 'too much at once', code: 4002, sent: 'x'.repeat(4_097) },
    { name: 'a presence before IDENTIFY', code: 4003, sent: { op: 3, d: { status: 'online' } } },
    { name: 'an unknown version', code: 4012, raw: { query: 'v=6&encoding=json' } },
    { name: 'an unknown encoding', code: 4002, raw: { query: 'v=10&encoding=etf' } },
  ];
  test.each(cases)('$name: $code', async ({ code, sent, raw }) => {
    await withFakeDiscord(
      {},
      async (discord) => {
        const gateway = await rawGateway(discord, raw);
        if (sent !== undefined) gateway.send(sent);
        expect(await gateway.closed).toBe(code);
        expect(discord.violations).toHaveLength(1);
      },
      'violations',
    );
  });

  const refused: readonly (readonly [string, number, object, FakeDiscordOptions, number])[] = [
    ['a wrong token', 4004, { token: 'wrong' }, {}, 0],
    ['a shard beyond their number', 4010, { shard: [2, 2] }, {}, 1],
    ['too few shards', 4011, { shard: [0, 1] }, { shards: 2 }, 1],
    ['an unknown intent', 4013, { intents: 1 << 30 }, {}, 1],
    ['an intent that was not granted', 4014, { intents: 1 << 1 }, {}, 0],
  ];
  test.each(refused)('%s: %i', async (_name, code, changes, options, violations) => {
    await withFakeDiscord(
      options,
      async (discord) => {
        const gateway = await rawGateway(discord);
        gateway.send(identify(discord, changes));
        expect(await gateway.closed).toBe(code);
        expect(discord.violations).toHaveLength(violations);
      },
      'violations',
    );
  });

  test('a second IDENTIFY, and a RESUME from the future', async () => {
    await withFakeDiscord(
      {},
      async (discord) => {
        const first = await rawGateway(discord);
        first.send(identify(discord));
        first.send(identify(discord));
        expect(await first.closed).toBe(4005);
        const second = await rawGateway(discord);
        second.send(identify(discord));
        await second.next();
        await second.next();
        second.end();
        const third = await rawGateway(discord, { path: '/resume' });
        third.send({ op: 6, d: { token: discord.token, session_id: 'fake-session-2', seq: 99 } });
        expect(await third.closed).toBe(4007);
      },
      'violations',
    );
  });
});

describe('sharding and compression', () => {
  test('events of a guild come to its shard, direct ones to the first', async () => {
    await withFakeDiscord({ shards: 2 }, async (discord) => {
      const ada = discord.person();
      const guilds = [discord.home, ...Array.from({ length: 5 }, () => discord.guild())];
      const shards = await Promise.all(
        [0, 1].map(async (index) => {
          const raw = await rawGateway(discord);
          await raw.next();
          raw.send(identify(discord, { shard: [index, 2], intents: (1 << 0) | (1 << 9) | (1 << 12) }));
          return { raw, ready: await raw.next() };
        }),
      );
      const seen = JSON.stringify(shards.map(({ ready }) => ready.d));
      for (const guild of guilds) expect(seen.split(guild.id)).toHaveLength(2);
      ada.say('to the first');
      const [first, second] = shards;
      for (;;) {
        const packet = await first?.raw.next();
        if (packet?.t === 'MESSAGE_CREATE') break;
      }
      first?.raw.end();
      second?.raw.end();
    });
    await withFakeDiscord({ shards: 2 }, async (discord) => {
      const ada = discord.person();
      const channels = Array.from({ length: 6 }, () => discord.channel({ guild: discord.guild() }));
      await withClient(discord, { shards: 'auto' }, async (sdk) => {
        expect(discord.gateway.identifies.map(({ shard }) => shard)).toEqual([
          [0, 2],
          [1, 2],
        ]);
        for (const channel of channels) ada.say('x', channel);
        await sdk.has('MESSAGE_CREATE', channels.length);
        expect(new Set(sdk.packetsOf('MESSAGE_CREATE').map((message) => message['channel_id'])).size).toBe(6);
      });
    });
  });

  test('packets are deflated for those who ask for it', async () => {
    await withFakeDiscord({}, async (discord) => {
      const whole = await rawGateway(discord, {
        query: 'v=10&encoding=json&compress=zlib-stream',
        decode: 'zlib-stream',
      });
      expect(await whole.next()).toMatchObject({ op: 10 });
      whole.send(identify(discord));
      expect(await whole.next()).toMatchObject({ t: 'READY' });
      expect(await whole.next()).toMatchObject({ t: 'GUILD_CREATE' });
      whole.end();
      const single = await rawGateway(discord, { decode: 'inflate' });
      await single.next();
      single.send(identify(discord, { compress: true }));
      expect(await single.next()).toMatchObject({ t: 'READY' });
      single.end();
    });
  });
});

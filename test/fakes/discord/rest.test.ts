import { type REST, Routes } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { errorOf, restOf, withClient, withFakeDiscord } from './discord-rig.ts';
import type { FakeDiscord } from './fake-discord.ts';
import type { FakeChannel } from './guild-model.ts';
import { apiDescription } from './openapi-check.ts';
import type { PermissionName } from './permissions.ts';

const say = async (rest: REST, channel: FakeChannel, body: object): Promise<string> => {
  await rest.post(Routes.channelMessages(channel.id), { body });
  return [...channel.messages.keys()].at(-1) ?? '';
};
const buttons = (count: number): object => ({
  type: 1,
  components: Array.from({ length: count }, (_, index) => ({
    type: 2,
    style: 1,
    label: 'x',
    custom_id: `b${index}`,
  })),
});

describe('messages of the bot', () => {
  test('are sent, seen, edited, found and taken away', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const { id: channel } = discord.channel();
      const rest = restOf(discord);
      await withClient(discord, {}, async (sdk) => {
        const sent = await rest.post(Routes.channelMessages(channel), { body: { content: ' Four. ' } });
        const own = await sdk.has('MESSAGE_CREATE');
        expect(own).toMatchObject({ content: 'Four.', author: { id: discord.bot.id, bot: true } });
        expect(sent).toMatchObject({ id: own['id'], content: 'Four.' });
        const id = String(own['id']);
        expect(discord.see(ada, channel, id)).toMatchObject({ text: 'Four.', markup: [], isEdited: false });
        await rest.patch(Routes.channelMessage(channel, id), { body: { content: '**Five.**' } });
        expect(discord.see(ada, channel, id)).toMatchObject({
          text: 'Five.',
          markup: ['bold'],
          isEdited: true,
        });
        expect(await sdk.has('MESSAGE_UPDATE')).toMatchObject({ id, content: '**Five.**' });
        expect(await rest.get(Routes.channelMessage(channel, id))).toMatchObject({ id });
        await rest.delete(Routes.channelMessage(channel, id));
        expect(await sdk.has('MESSAGE_DELETE')).toEqual({
          id,
          channel_id: channel,
          guild_id: discord.home.id,
        });
        expect(discord.see(ada, channel, id)).toBeUndefined();
        expect(
          await errorOf(rest.patch(Routes.channelMessage(channel, id), { body: { content: 'x' } })),
        ).toBe(10008);
      });
    });
  });

  test('are read page by page, the newest first', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const ids = ['a', 'b', 'c', 'd'].map((text) => ada.say(text, talk));
      const page = async (query: Record<string, string>): Promise<unknown> =>
        await restOf(discord).get(Routes.channelMessages(talk.id), { query: new URLSearchParams(query) });
      expect(await page({ limit: '2' })).toMatchObject([{ content: 'd' }, { content: 'c' }]);
      expect(await page({ limit: '2', before: ids[2] ?? '' })).toMatchObject([
        { content: 'b' },
        { content: 'a' },
      ]);
      expect(await page({ limit: '1', after: ids[0] ?? '' })).toMatchObject([{ content: 'b' }]);
    });
  });

  test('carry files that their body names, each once, and keep them through edits', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const { id: channel } = discord.channel();
      const file = { name: 'a.png', contentType: 'image/png', data: new Uint8Array([1, 2, 3]) };
      const attachments = [{ id: '0', filename: 'a.png', description: 'a curve' }];
      const sent = await restOf(discord).post(Routes.channelMessages(channel), {
        body: { content: 'See', attachments },
        files: [file],
      });
      expect(sent).toMatchObject({
        attachments: [{ filename: 'a.png', description: 'a curve', size: 3, content_type: 'image/png' }],
      });
      if (apiDescription !== undefined)
        expect(apiDescription.answerProblems('create_message', sent)).toEqual([]);
      const id = String(Reflect.get(Object(sent), 'id'));
      await restOf(discord).patch(Routes.channelMessage(channel, id), { body: { content: 'Look' } });
      expect(discord.see(ada, channel, id)).toMatchObject({
        text: 'Look',
        pictures: [{ alt: 'a curve', bytes: file.data }],
      });
    });
  });

  test.each<[string, object, readonly string[]]>([
    ['a file that nothing names', {}, ['a.png']],
    ['a name without its file', { attachments: [{ id: '1', filename: 'a.png' }] }, ['a.png']],
    ['a file under another name', { attachments: [{ id: '0', filename: 'b.png' }] }, ['a.png']],
    ['a number for a place', { attachments: [{ id: 0, filename: 'a.png' }] }, ['a.png']],
    [
      'two files of which one is named',
      { attachments: [{ id: '0', filename: 'a.png' }] },
      ['a.png', 'b.png'],
    ],
    ['names without any file', { attachments: [{ id: '0', filename: 'a.png' }] }, []],
  ])('are refused with %s', async (_, body, names) => {
    await withFakeDiscord(
      {},
      async (discord) => {
        const { id: channel } = discord.channel();
        const files = names.map((name) => ({ name, contentType: 'image/png', data: new Uint8Array([1]) }));
        const sending = restOf(discord).post(Routes.channelMessages(channel), {
          body: { content: 'See', ...body },
          ...(files.length === 0 ? {} : { files }),
        });
        expect(await errorOf(sending)).toBe(50_035);
        expect(discord.violations).toHaveLength(1);
      },
      'violations',
    );
  });

  test('with files take the permission for them', async () => {
    await withFakeDiscord(
      { botPermissions: ['ViewChannel', 'SendMessages', 'ReadMessageHistory'] },
      async (discord) => {
        const talk = discord.channel();
        discord.home.roles.set(discord.home.id, {
          id: discord.home.id,
          name: '@everyone',
          permissions: 0n,
          isManaged: false,
        });
        const sending = restOf(discord).post(Routes.channelMessages(talk.id), {
          body: { content: 'See', attachments: [{ id: '0', filename: 'a.png' }] },
          files: [{ name: 'a.png', contentType: 'image/png', data: new Uint8Array([1]) }],
        });
        expect(await errorOf(sending)).toBe(50_013);
      },
    );
  });

  test('with one nonce are one message, for some minutes', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const body = { content: 'Once', nonce: 'n'.repeat(25), enforce_nonce: true };
      const first = await restOf(discord).post(Routes.channelMessages(talk.id), { body });
      expect(await restOf(discord).post(Routes.channelMessages(talk.id), { body })).toEqual(first);
      expect(discord.seeAll(ada, talk.id)).toHaveLength(1);
      await restOf(discord).post(Routes.channelMessages(talk.id), {
        body: { ...body, enforce_nonce: false },
      });
      expect(discord.seeAll(ada, talk.id)).toHaveLength(2);
      discord.advance(10 * 60_000);
      await restOf(discord).post(Routes.channelMessages(talk.id), { body });
      expect(discord.seeAll(ada, talk.id)).toHaveLength(3);
    });
  });

  test('tell those whom they may', async () => {
    await withFakeDiscord({ botPermissions: ['Administrator'] }, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const rest = restOf(discord);
      const question = ada.say('?', talk);
      const words = `@everyone \`@here\` <@${ada.user.id}>`;
      const reply = { message_reference: { message_id: question } };
      const pingsOf = async (body: object): Promise<readonly string[]> =>
        discord.message(talk.id, await say(rest, talk, body))?.pings ?? [];
      expect(await pingsOf({ content: words, ...reply })).toEqual([
        `user:${ada.user.id}`,
        'everyone',
        'reply',
      ]);
      expect(await pingsOf({ content: words, ...reply, allowed_mentions: { parse: [] } })).toEqual([]);
      expect(await pingsOf({ content: words, allowed_mentions: { users: [ada.user.id] } })).toEqual([
        `user:${ada.user.id}`,
      ]);
      const silent = await say(rest, talk, { content: '\\@everyone', allowed_mentions: { parse: [] } });
      expect(discord.see(ada, talk.id, silent)?.markup).toEqual([]);
      const loud = await say(rest, talk, { content: '\\@everyone' });
      expect(discord.see(ada, talk.id, loud)?.markup).toEqual(['ping']);
    });
  });

  test('count in code points', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const id = await say(restOf(discord), talk, { content: '🦞'.repeat(2_000) });
      expect(discord.see(ada, talk.id, id)?.text).toHaveLength(4_000);
    });
  });

  test('answer a message, unless it went away meanwhile', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const rest = restOf(discord);
      const question = ada.say('?', talk);
      const answer = discord.message(
        talk.id,
        await say(rest, talk, { content: '!', message_reference: { message_id: question } }),
      );
      expect(answer).toMatchObject({ type: 19, replyTo: { messageId: question } });
      ada.remove(question, talk);
      expect(
        await errorOf(say(rest, talk, { content: '!', message_reference: { message_id: question } })),
      ).toBe(50035);
      const plain = await say(rest, talk, {
        content: '!',
        message_reference: { message_id: question, fail_if_not_exists: false },
      });
      expect(discord.message(talk.id, plain)).toMatchObject({ type: 0, replyTo: undefined });
    });
  });
});

describe('what no correct client sends', () => {
  const cases: Readonly<
    Record<
      string,
      readonly [number | string, (rest: REST, channel: FakeChannel, discord: FakeDiscord) => Promise<unknown>]
    >
  > = {
    nothing: [50006, (rest, channel) => say(rest, channel, { content: ' \n ' })],
    'buttons without words': [50006, (rest, channel) => say(rest, channel, { components: [buttons(1)] })],
    'too many words': [50035, (rest, channel) => say(rest, channel, { content: 'x'.repeat(2_001) })],
    'far too many words': [50035, (rest, channel) => say(rest, channel, { content: 'x'.repeat(4_001) })],
    'an unknown field': [50035, (rest, channel) => say(rest, channel, { content: 'x', text: 'x' })],
    'an unknown field inside': [
      50035,
      (rest, channel) => say(rest, channel, { content: 'x', allowed_mentions: { parse: [], all: true } }),
    ],
    'a wrong type': [50035, (rest, channel) => say(rest, channel, { content: 7 })],
    'privacy without an interaction': [
      50035,
      (rest, channel) => say(rest, channel, { content: 'x', flags: 64 }),
    ],
    'a long nonce': [50035, (rest, channel) => say(rest, channel, { content: 'x', nonce: 'n'.repeat(26) })],
    'six rows': [
      50035,
      (rest, channel) =>
        say(rest, channel, {
          content: 'x',
          components: Array.from({ length: 6 }, (_, index) => ({
            type: 1,
            components: [{ type: 2, style: 1, label: 'x', custom_id: `r${index}` }],
          })),
        }),
    ],
    'six buttons in a row': [
      50035,
      (rest, channel) => say(rest, channel, { content: 'x', components: [buttons(6)] }),
    ],
    'a button twice': [
      50035,
      (rest, channel) => say(rest, channel, { content: 'x', components: [buttons(1), buttons(1)] }),
    ],
    'a button without a name': [
      50035,
      (rest, channel) =>
        say(rest, channel, {
          content: 'x',
          components: [{ type: 1, components: [{ type: 2, style: 1, custom_id: 'x' }] }],
        }),
    ],
    'a long custom_id': [
      50035,
      (rest, channel) =>
        say(rest, channel, {
          content: 'x',
          components: [
            { type: 1, components: [{ type: 2, style: 1, label: 'x', custom_id: 'x'.repeat(101) }] },
          ],
        }),
    ],
    'a link with a custom_id': [
      50035,
      (rest, channel) =>
        say(rest, channel, {
          content: 'x',
          components: [
            {
              type: 1,
              components: [{ type: 2, style: 5, label: 'x', custom_id: 'x', url: 'https://a.example' }],
            },
          ],
        }),
    ],
    'an unknown path': [0, (rest) => rest.get('/channels')],
    "another's message edited": [
      50005,
      (rest, channel, discord) =>
        rest.patch(Routes.channelMessage(channel.id, discord.person().say('x', channel)), {
          body: { content: 'y' },
        }),
    ],
  };
  test.each(Object.entries(cases))('%s', async (_name, [code, call]) => {
    await withFakeDiscord(
      {},
      async (discord) => {
        const ada = discord.person();
        const channel = discord.channel();
        expect(await errorOf(call(restOf(discord), channel, discord))).toBe(code);
        expect(discord.violations).toHaveLength(1);
        expect(discord.seeAll(ada, channel.id)).toEqual([]);
      },
      'violations',
    );
  });

  test('many refusals', async () => {
    await withFakeDiscord(
      {},
      async (discord) => {
        for (let count = 0; count < 50; count += 1) {
          expect(await errorOf(restOf(discord, 'wrong').get('/users/@me'))).toBe(0);
        }
        expect(discord.violations).toEqual(['50 invalid requests']);
      },
      'violations',
    );
  });
});

describe.skipIf(apiDescription === undefined)(
  "what Discord's own description refuses (skipped where ../shared/data is absent)",
  () => {
    const cases: Readonly<
      Record<
        string,
        readonly [
          number | string,
          (rest: REST, channel: FakeChannel, discord: FakeDiscord) => Promise<unknown>,
        ]
      >
    > = {
      'a page that is too long': [
        50035,
        (rest, channel) =>
          rest.get(Routes.channelMessages(channel.id), { query: new URLSearchParams({ limit: '101' }) }),
      ],
      'an unknown parameter': [
        50035,
        (rest, channel) =>
          rest.get(Routes.channelMessages(channel.id), { query: new URLSearchParams({ newest: '1' }) }),
      ],
      'a channel that is no id': [
        50035,
        (rest) => rest.post('/channels/general/messages', { body: { content: 'x' } }),
      ],
    };
    test.each(Object.entries(cases))('%s', async (_name, [code, call]) => {
      await withFakeDiscord(
        {},
        async (discord) => {
          expect(await errorOf(call(restOf(discord), discord.channel(), discord))).toBe(code);
          expect(discord.violations).toHaveLength(1);
        },
        'violations',
      );
    });

    test('says which field it was, as Discord does', async () => {
      await withFakeDiscord(
        {},
        async (discord) => {
          const channel = discord.channel();
          await expect(say(restOf(discord), channel, { content: 'x'.repeat(2_001) })).rejects.toMatchObject({
            status: 400,
            code: 50035,
            rawError: { errors: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } },
          });
          await expect(
            say(restOf(discord), channel, { content: 'x', components: [{ type: 1 }] }),
          ).rejects.toMatchObject({
            rawError: {
              errors: { components: { 0: { components: { _errors: [{ code: 'BASE_TYPE_REQUIRED' }] } } } },
            },
          });
        },
        'violations',
      );
    });

    test('the fake keeps to it in its answers', async () => {
      await withFakeDiscord({}, async (discord) => {
        const talk = discord.channel();
        const ada = discord.person();
        const rest = restOf(discord);
        ada.react(ada.mention('x', talk), '👍', talk);
        await rest.put(Routes.applicationCommands(discord.applicationId), {
          body: [{ name: 'a', description: 'A' }],
        });
        const thread = discord.thread(talk, ada);
        const answers: readonly (readonly [string, unknown])[] = [
          [
            'create_message',
            await rest.post(Routes.channelMessages(talk.id), {
              body: { content: 'x', components: [buttons(2)] },
            }),
          ],
          ['list_messages', await rest.get(Routes.channelMessages(talk.id))],
          ['list_application_commands', await rest.get(Routes.applicationCommands(discord.applicationId))],
          ['get_bot_gateway', await rest.get('/gateway/bot')],
          ['get_channel', await rest.get(Routes.channel(talk.id))],
          ['get_channel', await rest.get(Routes.channel(thread.id))],
          ['list_my_guilds', await rest.get('/users/@me/guilds')],
          ['list_guild_roles', await rest.get(`/guilds/${discord.home.id}/roles`)],
          ['get_guild_member', await rest.get(`/guilds/${discord.home.id}/members/${ada.user.id}`)],
        ];
        for (const [operation, answer] of answers) {
          expect(apiDescription?.answerProblems(operation, answer), operation).toEqual([]);
        }
      });
    });
  },
);

describe('what the bot may', () => {
  test.each<readonly [PermissionName, number]>([
    ['SendMessages', 50013],
    ['ViewChannel', 50001],
  ])('write: not without %s', async (name, code) => {
    await withFakeDiscord({}, async (discord) => {
      const channel = discord.channel();
      discord.forbid(channel, name);
      expect(await errorOf(say(restOf(discord), channel, { content: 'x' }))).toBe(code);
    });
  });

  test('write in threads, unless they are locked; archived ones come back', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const thread = discord.thread(discord.channel(), ada);
      discord.archive(thread);
      await say(restOf(discord), thread, { content: 'x' });
      expect(thread.isArchived).toBe(false);
      const [own] = [...thread.messages.values()].filter(({ author }) => author.id === discord.bot.id);
      discord.archive(thread);
      const path = `/channels/${thread.id}/messages/${own?.id}` as const;
      expect(await errorOf(restOf(discord).patch(path, { body: { content: 'y' } }))).toBe(50083);
      await say(restOf(discord), thread, { content: 'back' });
      discord.archive(thread, true);
      expect(await errorOf(say(restOf(discord), thread, { content: 'x' }))).toBe(50083);
    });
  });

  test('react: the first of an emoji needs the permission, joining in does not', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const id = ada.say('x', talk);
      const rest = restOf(discord);
      const own = (emoji: string) => Routes.channelMessageOwnReaction(talk.id, id, encodeURIComponent(emoji));
      await rest.put(own('👀'));
      expect([...(discord.message(talk.id, id)?.reactions.keys() ?? [])]).toEqual(['👀']);
      await rest.delete(own('👀'));
      await rest.delete(own('👀'));
      expect(discord.message(talk.id, id)?.reactions.size).toBe(0);
      discord.forbid(talk, 'AddReactions');
      expect(await errorOf(rest.put(own('👀')))).toBe(50013);
      ada.react(id, '👍', talk);
      await rest.put(own('👍'));
      expect(await errorOf(rest.put(own('eyes')))).toBe(10014);
    });
  });

  test('read its surroundings', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person({ username: 'ada' });
      const talk = discord.channel({ name: 'talk' });
      const rest = restOf(discord);
      expect(await rest.get('/users/@me')).toMatchObject({ id: discord.bot.id, bot: true });
      expect(await rest.get('/applications/@me')).toMatchObject({ id: discord.applicationId });
      expect(await rest.get('/gateway/bot')).toMatchObject({
        shards: 1,
        session_start_limit: { remaining: 1_000 },
      });
      expect(await rest.get('/users/@me/guilds')).toMatchObject([{ id: discord.home.id }]);
      expect(await rest.get(`/guilds/${discord.home.id}/channels`)).toMatchObject([
        { id: talk.id, name: 'talk' },
      ]);
      expect(await rest.get(`/guilds/${discord.home.id}/roles`)).toMatchObject([
        { name: '@everyone' },
        { managed: true },
      ]);
      expect(await rest.get(`/guilds/${discord.home.id}/members/${ada.user.id}`)).toMatchObject({
        user: { username: 'ada' },
      });
      expect(await rest.post('/users/@me/channels', { body: { recipient_id: ada.user.id } })).toMatchObject({
        id: ada.dm.id,
        type: 1,
      });
      expect(await errorOf(rest.get('/guilds/1'))).toBe(10004);
      expect(await errorOf(rest.get('/channels/1'))).toBe(10003);
    });
  });

  test('be seen typing', async () => {
    await withFakeDiscord({}, async (discord) => {
      const talk = discord.channel();
      await restOf(discord).post(Routes.channelTyping(talk.id));
      expect(discord.typings).toMatchObject([{ channelId: talk.id }]);
    });
  });

  test('open threads and posts', async () => {
    await withFakeDiscord({ botPermissions: ['Administrator'] }, async (discord) => {
      const talk = discord.channel();
      const rest = restOf(discord);
      const id = discord.person().say('x', talk);
      expect(await rest.post(Routes.threads(talk.id, id), { body: { name: 'About x' } })).toMatchObject({
        id,
        type: 11,
      });
      expect(await errorOf(rest.post(Routes.threads(talk.id, id), { body: { name: 'Again' } }))).toBe(160004);
      const forum = discord.forum();
      expect(
        await rest.post(Routes.threads(forum.id), { body: { name: 'Post', message: { content: 'Words' } } }),
      ).toMatchObject({ parent_id: forum.id });
      expect(await errorOf(say(rest, forum, { content: 'x' }))).toBe(50008);
    });
  });
});

describe('faults', () => {
  test('limits that are told in headers before they are met', async () => {
    await withFakeDiscord({ hasRateLimits: true }, async (discord) => {
      const talk = discord.channel();
      for (let count = 0; count < 5; count += 1) await say(restOf(discord), talk, { content: 'x' });
      const response = await fetch(`${discord.restRoot}/v10/channels/${talk.id}/messages`, {
        method: 'POST',
        headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ content: 'x' }),
      });
      expect(response.status).toBe(429);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-ratelimit-limit': '5',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-scope': 'user',
        'retry-after': expect.stringMatching(/^[1-5]$/),
      });
      expect(await response.json()).toMatchObject({ global: false, retry_after: expect.any(Number) });
      await say(restOf(discord), discord.channel(), { content: 'elsewhere' });
      discord.advance(5_001);
      await say(restOf(discord), talk, { content: 'later' });
    });
  });

  test('as a test asks for them', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const talk = discord.channel();
      const attempt = () => errorOf(say(restOf(discord), talk, { content: 'x' }));
      discord.failNext('create_message', { kind: 'rate_limit', retryAfterMs: 35_000, scope: 'global' });
      expect(await attempt()).toBe('RateLimitError');
      discord.failNext('create_message', { kind: 'refuse', status: 400, code: 200_000 });
      expect(await attempt()).toBe(200_000);
      discord.failNext('create_message', { kind: 'http', status: 502 });
      expect(await attempt()).toBe('HTTPError');
      discord.failNext('create_message', { kind: 'cut_before' });
      expect(await attempt()).not.toBe('ok');
      expect(discord.seeAll(ada, talk.id)).toEqual([]);
      discord.failNext('create_message', { kind: 'cut_after' });
      expect(await attempt()).not.toBe('ok');
      expect(discord.seeAll(ada, talk.id)).toHaveLength(1);
      discord.failAlways('create_message', { kind: 'http', status: 500 });
      expect(await attempt()).toBe('HTTPError');
      discord.heal();
      expect(await attempt()).toBe('ok');
      expect(discord.callsOf('create_message')).toHaveLength(7);
      expect(await errorOf(say(restOf(discord, 'wrong'), talk, { content: 'x' }))).toBe(0);
    });
  });
});

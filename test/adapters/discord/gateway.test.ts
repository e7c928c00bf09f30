import { describe, expect, test } from 'vitest';
import { type TransportRig, withTransport } from './transport-rig.ts';

const CONTENT = 1 << 15;

/** Says something before, while and after the connection is not what it was. */
async function survives(rig: TransportRig, trouble: () => void | Promise<void>, mend?: () => Promise<void>) {
  const { discord, supervisor, until, heard } = rig;
  const ada = discord.person();
  const talk = discord.channel();
  await supervisor.start();
  ada.say('before', talk);
  await until(() => heard.includes('before'), 'the first words');
  await trouble();
  ada.say('meanwhile', talk);
  ada.say('and more', talk);
  await mend?.();
  await until(() => heard.includes('and more'), 'what was said meanwhile');
  ada.say('after', talk);
  await until(() => heard.includes('after'), 'the last words');
  expect(heard).toEqual(['before', 'meanwhile', 'and more', 'after']);
}

describe.concurrent('a gateway that works', () => {
  test('hands on every packet with its number and session, and nothing after the stop', async () => {
    await withTransport({}, async ({ discord, supervisor, until, heard, packets, healths }) => {
      const ada = discord.person();
      const talk = discord.channel();
      await supervisor.start();
      expect(healths).toEqual([{ state: 'ready' }]);
      ada.say('one', talk);
      ada.say('two', talk);
      await until(() => heard.length === 2, 'two messages');
      const [one, two] = packets.filter(({ t }) => t === 'MESSAGE_CREATE');
      expect(one).toMatchObject({ sessionId: 'fake-session-1', shardId: 0 });
      expect(two?.s).toBe((one?.s ?? 0) + 1);
      expect(packets.map(({ t }) => t).slice(0, 2)).toEqual(['READY', 'GUILD_CREATE']);
      await supervisor.stop();
      await supervisor.stop();
      expect(discord.gateway.open).toBe(0);
      expect(discord.gateway.clientCloses).toEqual([1000]);
      ada.say('three', talk);
      expect(heard).toEqual(['one', 'two']);
    });
  });

  test('asks for what the bot needs to hear and no more', async () => {
    await withTransport({}, async ({ discord, supervisor }) => {
      await supervisor.start();
      const wanted = [0, 9, 10, 12, 13, 15].reduce((bits, bit) => bits | (1 << bit), 0);
      expect(discord.gateway.identifies).toEqual([{ shard: [0, 1], intents: wanted }]);
    });
  });

  test('has as many shards as Discord recommends', async () => {
    await withTransport({ shards: 3 }, async ({ discord, supervisor, until, heard, packets, healths }) => {
      const guilds = Array.from({ length: 6 }, (_, index) => discord.guild({ name: `G${index}` }));
      const ada = discord.person();
      const channels = guilds.map((guild) => discord.channel({ guild }));
      await supervisor.start();
      expect(discord.gateway.identifies.map(({ shard }) => shard.join('/')).sort()).toEqual([
        '0/3',
        '1/3',
        '2/3',
      ]);
      for (const channel of channels) ada.say(`in ${channel.id}`, channel);
      ada.say('to the bot alone');
      await until(() => heard.length === 7, 'a message from each server');
      expect(new Set(packets.map(({ shardId }) => shardId))).toEqual(new Set([0, 1, 2]));
      discord.gateway.drop();
      await until(() => healths.at(-1)?.state === 'degraded', 'the loss');
      await until(() => healths.at(-1)?.state === 'ready', 'every shard back');
      expect(discord.gateway.resumes).toHaveLength(3);
    });
  });
});

describe.concurrent('a connection that is lost', () => {
  test.each<[string, (rig: TransportRig) => void]>([
    ['breaks', ({ discord }) => discord.gateway.drop()],
    ['is to be left', ({ discord }) => discord.gateway.requestReconnect()],
    ['ends with 4000', ({ discord }) => discord.gateway.close(4000)],
    ['ends with 4001', ({ discord }) => discord.gateway.close(4001)],
    ['ends with 4002', ({ discord }) => discord.gateway.close(4002)],
    ['ends with 1012', ({ discord }) => discord.gateway.close(1012)],
    ['has a session that is to be resumed', ({ discord }) => discord.gateway.invalidateSessions(true)],
  ])('that %s is resumed: nothing is missed and nothing comes twice', async (_what, trouble) => {
    await withTransport({}, async (rig) => {
      await survives(rig, () => trouble(rig));
      expect(rig.discord.gateway.identifies).toHaveLength(1);
      expect(rig.discord.gateway.resumes).toHaveLength(1);
      expect(rig.healths.at(-1)).toEqual({ state: 'ready' });
    });
  });

  test('that answers no heartbeat is left and resumed', async () => {
    await withTransport({ heartbeatIntervalMs: 150 }, async (rig) => {
      await survives(rig, () => rig.discord.gateway.freeze());
      expect(rig.discord.gateway.resumes).toHaveLength(1);
      expect(rig.discord.gateway.identifies).toHaveLength(1);
    });
  });

  test('with the network is resumed when the network is back', async () => {
    await withTransport({}, async (rig) => {
      const { discord, healths, until } = rig;
      await survives(
        rig,
        () => discord.goDown(),
        async () => {
          await until(() => healths.at(-1)?.state === 'degraded', 'the loss');
          expect(healths.at(-1)?.detail).toMatch(/broke.*since \d\d:\d\d UTC/);
          // Each attempt that fails says so anew.
          const failures = () => healths.filter(({ state }) => state === 'degraded').length;
          await until(() => failures() >= 3, 'two attempts in vain');
          await discord.comeBack();
        },
      );
      expect(discord.gateway.identifies).toHaveLength(1);
      expect(discord.gateway.resumes).toMatchObject([{ replayed: 2 }]);
    });
  });

  test.each<[string, (rig: TransportRig) => void]>([
    ['4003', ({ discord }) => discord.gateway.close(4003)],
    ['4007', ({ discord }) => discord.gateway.close(4007)],
    ['4008', ({ discord }) => discord.gateway.close(4008)],
    ['4009', ({ discord }) => discord.gateway.close(4009)],
    ['4010', ({ discord }) => discord.gateway.close(4010)],
    ['1000', ({ discord }) => discord.gateway.close(1000)],
    ['a session that is over', ({ discord }) => discord.gateway.invalidateSessions(false)],
    [
      'sessions forgotten meanwhile',
      ({ discord }) => {
        discord.gateway.forgetSessions();
        discord.gateway.drop();
      },
    ],
  ])('with %s begins a new session', async (_what, trouble) => {
    await withTransport({}, async (rig) => {
      const { discord, supervisor, until, heard, healths } = rig;
      await supervisor.start();
      trouble(rig);
      await until(
        () => discord.gateway.identifies.length === 2 && discord.gateway.attached === 1,
        'a new one',
      );
      discord.person().say('still there?', discord.channel());
      await until(() => heard.includes('still there?'), 'its first words');
      await until(() => healths.at(-1)?.state === 'ready', 'good health');
      expect(heard).toEqual(['still there?']);
    });
  });

  test('with more servers than its shards may serve asks for the number of shards again', async () => {
    await withTransport({}, async ({ discord, supervisor, until, healths }) => {
      await supervisor.start();
      discord.gateway.close(4011);
      await until(() => discord.callsOf('get_bot_gateway').length === 2, 'the question');
      await until(() => healths.at(-1)?.state === 'ready', 'good health');
    });
  });

  test('a replay that repeats a packet hands it on with the same number', async () => {
    await withTransport({}, async ({ discord, supervisor, until, packets, heard }) => {
      await supervisor.start();
      discord.person().say('once', discord.channel());
      await until(() => heard.length === 1, 'the message');
      discord.gateway.redeliver();
      await until(() => heard.length === 2, 'its repetition');
      const [first, second] = packets.filter(({ t }) => t === 'MESSAGE_CREATE');
      expect([second?.s, second?.sessionId]).toEqual([first?.s, first?.sessionId]);
    });
  });
});

describe.concurrent('what the developer portal does not grant', () => {
  test('the words of messages: the rest works, and health says how to switch it on', async () => {
    await withTransport({ privilegedIntents: [] }, async (rig) => {
      const { discord, supervisor, until, heard, healths } = rig;
      const ada = discord.person();
      const talk = discord.channel();
      await supervisor.start();
      expect(healths.at(-1)).toMatchObject({
        state: 'degraded',
        detail: expect.stringMatching(/mentions, direct messages, commands.*Message Content Intent/),
      });
      expect(discord.gateway.identifies.map(({ intents }) => intents & CONTENT)).toEqual([0]);
      ada.mention('for you', talk);
      ada.say('in private');
      ada.say('not for you', talk);
      await until(() => heard.length === 3, 'three messages');
      expect(heard).toEqual([`<@${discord.bot.id}> for you`, 'in private', '']);
    });
  });

  test('taken away while the bot runs: it goes on without', async () => {
    await withTransport({}, async ({ discord, supervisor, until, healths }) => {
      await supervisor.start();
      expect(healths.at(-1)).toEqual({ state: 'ready' });
      discord.allowIntents();
      discord.gateway.close(4014);
      await until(() => discord.gateway.attached === 1 && discord.gateway.identifies.length === 2, 'another');
      await until(() => healths.at(-1)?.detail?.includes('Message Content Intent') === true, 'the advice');
      expect(discord.gateway.identifies.map(({ intents }) => (intents & CONTENT) !== 0)).toEqual([
        true,
        false,
      ]);
    });
  });
});

describe.concurrent('a start that fails', () => {
  test('for its token says so, once', async () => {
    await withTransport({ token: 'bad.token.indeed' }, async ({ discord, supervisor }) => {
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'auth_failed' });
      expect(discord.gateway.total).toBe(0);
      expect(discord.callsOf('get_bot_gateway')).toHaveLength(1);
    });
  });

  test('for the network may be tried again', async () => {
    await withTransport({}, async ({ discord, supervisor, healths }) => {
      await discord.goDown();
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'network', retryable: true });
      expect(healths).toEqual([]);
      await discord.comeBack();
      await supervisor.start();
      expect(healths).toEqual([{ state: 'ready' }]);
    });
  });

  test('for trouble of Discord’s says so', async () => {
    await withTransport({}, async ({ discord, supervisor }) => {
      discord.failNext('get_bot_gateway', { kind: 'http', status: 503 });
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'peer_failed', retryable: true });
      discord.failNext('get_bot_gateway', { kind: 'garbage' });
      await expect(supervisor.start()).rejects.toMatchObject({ code: 'peer_failed' });
      await supervisor.start();
      expect(discord.gateway.attached).toBe(1);
    });
  });
});

describe.concurrent('a stop', () => {
  test('before the start, and while the gateway opens, leaves nothing behind', async () => {
    await withTransport({}, async ({ supervisor, discord }) => {
      await supervisor.stop();
      expect(discord.gateway.total).toBe(0);
    });
    await withTransport({}, async ({ supervisor, discord, until }) => {
      const starting = expect(supervisor.start()).rejects.toMatchObject({ code: 'aborted' });
      await discord.until(() => discord.callsOf('get_bot_gateway').length === 1, 'the first call');
      await supervisor.stop();
      await starting;
      await until(() => discord.gateway.open === 0, 'every connection closed');
    });
  });

  test('while a connection is being opened anew lets it not come back', async () => {
    await withTransport({}, async ({ discord, supervisor, until, healths, packets }) => {
      await supervisor.start();
      await discord.goDown();
      await until(() => healths.at(-1)?.state === 'degraded', 'the loss');
      await supervisor.stop();
      const { total } = discord.gateway;
      const count = packets.length;
      await discord.comeBack();
      // Whoever would still connect does so within half a second, which the SDK waits between two attempts.
      const other = discord.until(() => discord.gateway.total > total, 'a connection nobody wants', 900);
      await expect(other).rejects.toThrow('a connection nobody wants');
      expect(packets).toHaveLength(count);
    });
  });
});

describe.concurrent('a token that is taken away', () => {
  test('while the bot runs is told in health, and nothing connects with it at once', async () => {
    await withTransport({}, async ({ discord, supervisor, until, healths, logger }) => {
      await supervisor.start();
      discord.resetToken();
      await until(() => healths.at(-1)?.detail?.includes('DISCORD_BOT_TOKEN') === true, 'the advice');
      expect(logger.of('discord_gateway_ended')).toMatchObject([{ fields: { code: 'auth_failed' } }]);
      await until(() => discord.gateway.open === 0, 'the end of the connection');
      expect(discord.callsOf('get_bot_gateway')).toHaveLength(1);
    });
  });
});

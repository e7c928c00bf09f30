import { describe, expect, test } from 'vitest';
import { resolveDiscordOptions } from '../../../adapters/discord/options.ts';

const token = 'Qk9UX0lE.fake.not-the-token-of-any-bot';

describe('options', () => {
  test('have defaults', () => {
    expect(resolveDiscordOptions({ token })).toEqual({
      token,
      apiRoot: 'https://discord.com/api',
      guilds: [],
      threadPolicy: 'follow',
      callTimeoutMs: 15_000,
      openTimeoutMs: 60_000,
      backoffBaseMs: 1_000,
      identifyIntervalMs: 5_000,
      deferAfterMs: 2_000,
    });
  });

  test('are cleaned', () => {
    const guilds = ['100000000000000001', '100000000000000001'];
    const given = { token: ` Bot ${token}\n`, apiRoot: 'http://127.0.0.1:1/api/', guilds };
    expect(resolveDiscordOptions(given)).toMatchObject({
      token,
      apiRoot: 'http://127.0.0.1:1/api',
      guilds: ['100000000000000001'],
    });
  });

  test.each<[string, object, RegExp]>([
    ['no token', { token: '' }, /is empty: set DISCORD_BOT_TOKEN/],
    ['a client secret', { token: 'abcdefghijklmnopqrstuvwxyz012345' }, /client secret/],
    ['a public key', { token: 'ab'.repeat(32) }, /public key/],
    ['an address that is none', { token, apiRoot: 'discord' }, /not a URL/],
    ['a server by its name', { token, guilds: ['My server'] }, /"My server".*developer mode/],
  ])('with %s are refused', (_what, options, words) => {
    const resolve = () => resolveDiscordOptions({ token, ...options });
    expect(resolve).toThrow(words);
    expect(resolve).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

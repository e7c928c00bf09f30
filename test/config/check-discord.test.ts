import { describe, expect, test } from 'vitest';
import { discordProblems } from '../../config/check-discord.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

const TOKEN = `${btoa('1012345678901234567').replaceAll('=', '')}.Hush12.hush-hush_hush`;

describe('the token', () => {
  test('of a bot switches Discord on', () => {
    const { secrets, settings } = mustLoad({ variables: { DISCORD_BOT_TOKEN: TOKEN } });
    expect(secrets.DISCORD_BOT_TOKEN).toBe(TOKEN);
    expect(settings.channels.discord).toEqual({ threadPolicy: 'follow', guilds: [] });
  });

  test.each([
    [`Bot ${TOKEN}`, /^begins with “Bot ”\. Set it to the token alone/],
    [`bot ${TOKEN}`, /^begins with “Bot ”/],
    ['Bearer hush', /^holds a token of a person’s authorisation \(Bearer …\)/],
    ['mfa.hush', /^holds the token of a person’s own account/],
    ['1012345678901234567', /^holds an id and not/],
    [`hush${'h_-'.repeat(9)}h`, /^holds the client secret and not/],
    ['0123456789abcdef'.repeat(4), /^holds the public key and not/],
    ['https://discord.com/api/webhooks/1/hush', /^holds an address and not/],
    ['hush', /^is not a bot’s token, which has three parts with dots/],
    ['hush.hush', /^is not a bot’s token/],
    [`${TOKEN}.hush`, /^is not a bot’s token/],
  ])('%s is none', (token, message) => {
    const problems = mustFail({ variables: { DISCORD_BOT_TOKEN: token } });
    expect(problems).toEqual([
      { path: 'DISCORD_BOT_TOKEN', where: 'environment', message: expect.stringMatching(message) },
    ]);
    expect(problems[0]?.message).toMatch(/page “Bot”.*https:\/\/discord\.com\/developers.*\.$/);
    expect(problems[0]?.message).not.toContain(token);
    expect(JSON.stringify(problems)).not.toMatch(/hush/i);
  });

  test('with blanks around it is none', () => {
    expect(discordProblems({ DISCORD_BOT_TOKEN: ` ${TOKEN}` })).toMatchObject([
      { message: expect.stringMatching(/^begins or ends with blanks/) },
    ]);
  });
});

test('without a token Discord is off, and nothing of it is asked for', () => {
  expect(discordProblems({})).toEqual([]);
  mustLoad({ yaml: 'channels: {discord: {threadPolicy: mention}}' });
});

describe('settings', () => {
  test('ids of servers are text: as numbers they would lose digits', () => {
    const { settings } = mustLoad({ yaml: 'channels: {discord: {guilds: ["1012345678901234567"]}}' });
    expect(settings.channels.discord.guilds).toEqual(['1012345678901234567']);
    for (const wrong of ['1012345678901234567', '"My server"', '"123"']) {
      const [problem] = mustFail({ yaml: `channels: {discord: {guilds: [${wrong}]}}` });
      expect(problem?.path).toBe('channels.discord.guilds.0');
      expect(problem?.message).toContain('in quotation marks');
      if (wrong.startsWith('"')) expect(problem?.message).toMatch(/such as "\d{19}"; .*developer mode/);
    }
    const byVariable = mustLoad({
      variables: { METACLAW_CHANNELS_DISCORD_GUILDS: '1012345678901234567, 1012345678901234568' },
    });
    expect(byVariable.settings.channels.discord.guilds).toEqual([
      '1012345678901234567',
      '1012345678901234568',
    ]);
  });

  test('another policy is told with those there are', () => {
    const [problem] = mustFail({ yaml: 'channels: {discord: {threadPolicy: always}}' });
    expect(problem).toMatchObject({
      path: 'channels.discord.threadPolicy',
      message: expect.stringContaining('follow, mention'),
    });
  });
});

test.each([
  ['channels: {discord: {token: my-value}}'],
  ['discord: {bot_token: my-value}'],
  ['channels: {discord: {DISCORD_BOT_TOKEN: my-value}}'],
])('%s belongs into the environment', (yaml) => {
  const [problem] = mustFail({ yaml });
  expect(problem?.message).toContain('set DISCORD_BOT_TOKEN in the environment');
  expect(JSON.stringify(problem)).not.toContain('my-value');
});

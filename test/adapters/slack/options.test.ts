import { describe, expect, test } from 'vitest';
import { resolveSlackOptions, type SlackChannelOptions } from '../../../adapters/slack/options.ts';

const socket: SlackChannelOptions = { botToken: 'xoxb-1-2-abc', appToken: 'xapp-1-A1-2-abc' };
const http: SlackChannelOptions = { botToken: 'xoxb-1-2-abc', mode: 'http', signingSecret: 'abc' };

describe('slack options', () => {
  test('defaults are those that the settings promise', () => {
    expect(resolveSlackOptions(socket)).toEqual({
      botToken: 'xoxb-1-2-abc',
      appToken: 'xapp-1-A1-2-abc',
      signingSecret: undefined,
      mode: 'socket',
      apiRoot: 'https://slack.com/api/',
      threadPolicy: 'follow',
      commandName: '/metaclaw',
      callTimeoutMs: 15_000,
      openTimeoutMs: 20_000,
      pingTimeoutMs: 5_000,
      backoffBaseMs: 1_000,
      postIntervalMs: 1_000,
      editIntervalMs: 0,
    });
    expect(resolveSlackOptions({ ...http, apiRoot: 'http://127.0.0.1:1/api' })).toMatchObject({
      mode: 'http',
      apiRoot: 'http://127.0.0.1:1/api/',
    });
  });

  test.each<[string, SlackChannelOptions, RegExp]>([
    ['no bot token', { ...socket, botToken: '' }, /SLACK_BOT_TOKEN/],
    ['an app token in its place', { ...socket, botToken: 'xapp-1' }, /SLACK_BOT_TOKEN holds an app token/],
    ['a person’s token in its place', { ...socket, botToken: 'xoxp-1' }, /must be a bot token/],
    ['no app token in socket mode', { botToken: 'xoxb-1' }, /SLACK_APP_TOKEN/],
    ['a bot token as app token', { ...socket, appToken: 'xoxb-1' }, /SLACK_APP_TOKEN must be/],
    ['no signing secret in HTTP mode', { botToken: 'xoxb-1', mode: 'http' }, /SLACK_SIGNING_SECRET/],
    ['an empty signing secret', { ...http, signingSecret: '' }, /SLACK_SIGNING_SECRET/],
    ['a command without its slash', { ...socket, commandName: 'metaclaw' }, /commandName/],
    ['a command of several words', { ...socket, commandName: '/meta claw' }, /commandName/],
    ['an address that is none', { ...socket, apiRoot: 'slack' }, /address/],
  ])('%s cannot work, and the sentence says what to do', (_what, options, words) => {
    let error: unknown;
    try {
      resolveSlackOptions(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(words) });
    // Tokens are never repeated.
    expect(String(error)).not.toMatch(/xox[bp]-1|xapp-1/);
  });
});

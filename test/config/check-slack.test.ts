import { describe, expect, test } from 'vitest';
import { mustFail, mustLoad } from './settings-folder.ts';

const BOT = 'xoxb-1-2-hush';
const APP = 'xapp-1-A1-2-hush';
const SECRET = '0123456789abcdef0123456789abcdef';
const http = 'channels: {slack: {mode: http}}\nhttp: {publicUrl: "https://bot.example.org"}';

function problemsOf(variables: Record<string, string>, yaml = ''): readonly (readonly [string, string])[] {
  return mustFail({ variables, yaml }).map(({ path, message }) => [path, message] as const);
}

describe('with Slack on', () => {
  test('what each mode needs is enough', () => {
    mustLoad({ variables: { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP } });
    mustLoad({ variables: { SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: SECRET }, yaml: http });
  });

  test('socket mode needs an app-level token, and says where there is one', () => {
    expect(problemsOf({ SLACK_BOT_TOKEN: BOT })).toEqual([
      ['SLACK_APP_TOKEN', expect.stringMatching(/^is not set, .*xapp-….*connections:write.*mode to http\.$/)],
    ]);
  });

  test('what is not set is looked for where secrets belong', () => {
    const [problem] = mustFail({ variables: { SLACK_BOT_TOKEN: BOT } });
    expect(problem?.where).toBe('environment');
  });

  test('http mode needs a signing secret and an address, and no app-level token', () => {
    expect(problemsOf({ SLACK_BOT_TOKEN: BOT }, 'channels: {slack: {mode: http}}')).toEqual([
      ['SLACK_SIGNING_SECRET', expect.stringMatching(/^is not set, .*Signing Secret.*\.$/)],
      ['channels.slack.mode', expect.stringContaining('http.publicUrl')],
    ]);
  });

  test.each([
    ['xoxp-1-hush', /^holds a user token \(xoxp-….*xoxb-…/],
    ['xoxe.xoxb-1-hush', /^holds a token that expires .*rotation/],
    ['xapp-1-hush', /^holds an app-level token .*belongs into SLACK_APP_TOKEN/],
    ['xoxa-2-hush', /^is not a bot token\. .*xoxb-…/],
    ['hush', /^is not a bot token\. .*xoxb-…/],
  ])('%s is no bot token', (token, message) => {
    const problems = problemsOf({ SLACK_BOT_TOKEN: token, SLACK_APP_TOKEN: APP });
    expect(problems).toEqual([['SLACK_BOT_TOKEN', expect.stringMatching(message)]]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  test('tokens in each other’s place are both told', () => {
    expect(problemsOf({ SLACK_BOT_TOKEN: APP, SLACK_APP_TOKEN: BOT })).toEqual([
      ['SLACK_BOT_TOKEN', expect.stringContaining('belongs into SLACK_APP_TOKEN')],
      ['SLACK_APP_TOKEN', expect.stringContaining('belongs into SLACK_BOT_TOKEN')],
    ]);
  });

  test('something else in place of the app-level token or the signing secret is told', () => {
    expect(problemsOf({ SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: SECRET })).toEqual([
      ['SLACK_APP_TOKEN', expect.stringMatching(/^is not an app-level token/)],
    ]);
    expect(problemsOf({ SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: APP }, http)).toEqual([
      ['SLACK_SIGNING_SECRET', expect.stringMatching(/^holds a token, not the secret/)],
    ]);
  });
});

test('without a bot token Slack is off, and nothing of it is asked for', () => {
  mustLoad({ yaml: 'channels: {slack: {mode: http}}' });
  mustLoad({ variables: { SLACK_APP_TOKEN: 'anything' } });
});

test.each([
  ['channels: {slack: {token: my-value}}', 'SLACK_BOT_TOKEN'],
  ['channels: {slack: {appToken: my-value}}', 'SLACK_APP_TOKEN'],
  ['channels: {slack: {signing_secret: my-value}}', 'SLACK_SIGNING_SECRET'],
])('%s belongs into the environment', (yaml, name) => {
  const [problem] = mustFail({ yaml });
  expect(problem?.message).toContain(`set ${name} in the environment`);
  expect(JSON.stringify(problem)).not.toContain('my-value');
});

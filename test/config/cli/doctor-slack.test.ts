import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { botScopes } from '../../../adapters/slack/manifest.ts';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import type { Finding } from '../../../config/cli/doctor-finding.ts';
import { checkSlack } from '../../../config/cli/doctor-slack.ts';
import { createSystemParts } from '../../../config/cli/system-parts.ts';
import { startFakeSlack } from '../../fakes/slack/fake-slack.ts';
import { fullManifest } from '../../fakes/slack/manifest.ts';
import { mustLoad } from '../settings-folder.ts';

const BOT = 'xoxb-hush-bot';
const APP = 'xapp-hush-app';
const socket = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP };
const everyScope = Object.keys(botScopes).join(',');
const identity = { ok: true, team: 'Acme', team_id: 'T1', user: 'metaclaw', user_id: 'U1', bot_id: 'B1' };

interface Replies {
  readonly 'auth.test'?: unknown;
  readonly 'apps.connections.open'?: unknown;
  /** `undefined` leaves the header out. */
  readonly scopes?: string | undefined;
  /** In place of all replies. */
  readonly fetch?: typeof globalThis.fetch;
}

interface Looked {
  readonly findings: readonly Finding[];
  readonly asked: readonly string[];
}

/** Looks with a Slack that replies so; a method without a reply cannot be reached. */
async function look(
  replies: Replies,
  variables: Record<string, string> = socket,
  yaml = '',
  apiRoot?: string,
): Promise<Looked> {
  const asked: string[] = [];
  const io: CommandIo = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    variables: {},
    workingFolder: '.',
    processId: 1,
    nodeVersion: '24.0.0',
    personName: 'ada',
    fetch: async (input, init) => {
      const url = String(input);
      asked.push(`${init?.method} ${url} ${new Headers(init?.headers).get('authorization')}`);
      if (replies.fetch !== undefined) return await replies.fetch(input, init);
      const reply: unknown = Reflect.get(replies, url.slice(url.lastIndexOf('/') + 1));
      if (reply === undefined) throw new TypeError('nobody is there');
      const scopes = 'scopes' in replies ? replies.scopes : everyScope;
      return new Response(typeof reply === 'string' ? reply : JSON.stringify(reply), {
        headers: scopes === undefined ? {} : { 'x-oauth-scopes': scopes },
      });
    },
  };
  const loaded = mustLoad({ variables, yaml });
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const findings = await checkSlack({ io, loaded, parts }, apiRoot);
  expect(findings.every(({ check }) => check === 'slack')).toBe(true);
  expect(JSON.stringify(findings)).not.toContain('hush');
  return { findings, asked };
}

const states = ({ findings }: Looked): string[] => findings.map(({ state }) => state);
const texts = ({ findings }: Looked): string => findings.map(({ message }) => message).join('\n');

describe('in socket mode', () => {
  const connection = { ok: true, url: 'wss://wss.example/link/?ticket=hush' };

  test('all is well: says who the bot is and where to compare what cannot be seen', async () => {
    const looked = await look({ 'auth.test': identity, 'apps.connections.open': connection });
    expect(states(looked)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(texts(looked)).toContain('@metaclaw in Acme');
    expect(texts(looked)).toContain('every permission');
    expect(texts(looked)).toMatch(/cannot be seen from here.*metaclaw manifest slack/);
    expect(looked.asked.toSorted()).toEqual([
      `POST https://slack.com/api/apps.connections.open Bearer ${APP}`,
      `POST https://slack.com/api/auth.test Bearer ${BOT}`,
    ]);
  });

  test('asks elsewhere where told to', async () => {
    const { asked } = await look({}, socket, '', 'http://127.0.0.1:1/api/');
    expect(asked.every((call) => call.startsWith('POST http://127.0.0.1:1/api/'))).toBe(true);
  });

  test('each missing permission is named with what it is for', async () => {
    const granted = Object.keys(botScopes).filter((scope) => !/^(reactions:read|commands)$/.test(scope));
    const looked = await look({
      'auth.test': identity,
      'apps.connections.open': connection,
      scopes: granted.join(','),
    });
    expect(states(looked)).toEqual(['ok', 'problem', 'ok', 'ok']);
    const [, missing] = looked.findings;
    for (const scope of ['reactions:read', 'commands']) {
      expect(missing?.message).toContain(`${scope} (${botScopes[scope]})`);
    }
    for (const scope of granted) expect(missing?.message).not.toContain(`${scope} (`);
    expect(missing?.message).toContain('Reinstall');
  });

  test('further permissions are nobody’s business; none told is no finding', async () => {
    const both = { 'auth.test': identity, 'apps.connections.open': connection };
    expect(states(await look({ ...both, scopes: `${everyScope},files:read` }))).not.toContain('problem');
    expect(states(await look({ ...both, scopes: undefined }))).toEqual(['ok', 'ok', 'ok']);
  });

  test.each([
    ['invalid_auth', 'OAuth & Permissions'],
    ['account_inactive', 'removed from the workspace'],
    ['token_revoked', 'revoked'],
    ['token_expired', 'rotation'],
    ['something_new', 'OAuth & Permissions'],
  ])('a bot token that is refused for %s', async (error, remedy) => {
    const looked = await look({ 'auth.test': { ok: false, error }, 'apps.connections.open': connection });
    expect(states(looked)).toEqual(['problem', 'ok', 'ok']);
    expect(looked.findings[0]?.message).toContain(`(${error})`);
    expect(looked.findings[0]?.message).toContain(remedy);
  });

  test('a token of a person is no bot', async () => {
    const { bot_id: _, ...person } = identity;
    const looked = await look({ 'auth.test': person, 'apps.connections.open': connection });
    expect(states(looked)).toEqual(['problem', 'ok', 'ok']);
    expect(texts(looked)).toContain('not as a bot');
  });

  test('an installation for a whole organisation is a warning', async () => {
    const looked = await look({
      'auth.test': { ...identity, is_enterprise_install: true },
      'apps.connections.open': connection,
    });
    expect(states(looked)).toEqual(['ok', 'warning', 'ok', 'ok', 'ok']);
  });

  test('tokens of two apps are each valid, and together of no use', async () => {
    const both = { 'auth.test': { ...identity, app_id: 'A0ONE' }, 'apps.connections.open': connection };
    const other = await look(both, { ...socket, SLACK_APP_TOKEN: 'xapp-1-A0TWO-9-hush' });
    expect(states(other)).toEqual(['ok', 'ok', 'problem', 'ok', 'ok']);
    expect(other.findings[2]?.message).toMatch(/SLACK_BOT_TOKEN to A0ONE, SLACK_APP_TOKEN to A0TWO/);
    expect(states(await look(both, { ...socket, SLACK_APP_TOKEN: 'xapp-1-A0ONE-9-hush' }))).not.toContain(
      'problem',
    );
    // Slack need not say whose the bot is, and a token of another shape says nothing.
    expect(states(await look(both))).not.toContain('problem');
    const silent = { ...both, 'auth.test': identity };
    expect(states(await look(silent, { ...socket, SLACK_APP_TOKEN: 'xapp-1-A0TWO-9-hush' }))).not.toContain(
      'problem',
    );
    const overHttp = await look(
      both,
      { ...socket, SLACK_APP_TOKEN: 'xapp-1-A0TWO-9-hush', SLACK_SIGNING_SECRET: 'hush' },
      'channels: {slack: {mode: http}}\nhttp: {publicUrl: "https://bot.example.org/"}',
    );
    expect(states(overHttp)).not.toContain('problem');
  });

  test.each([
    ['missing_scope', 'lacks connections:write'],
    ['invalid_auth', 'Socket Mode'],
    ['not_allowed_token_type', '(not_allowed_token_type)'],
  ])('an app-level token that is refused for %s', async (error, remedy) => {
    const looked = await look({ 'auth.test': identity, 'apps.connections.open': { ok: false, error } });
    expect(states(looked)).toEqual(['ok', 'ok', 'problem', 'ok']);
    expect(looked.findings[2]?.message).toContain(remedy);
    expect(looked.findings[2]?.message).toContain('SLACK_APP_TOKEN');
  });

  test.each([
    ['nobody answers', {}],
    ['a proxy’s page comes', { 'auth.test': '<html>', 'apps.connections.open': '<html>' }],
    [
      'Slack is too busy',
      {
        'auth.test': { ok: false, error: 'ratelimited' },
        'apps.connections.open': { ok: false, error: 'service_unavailable' },
      },
    ],
  ])('%s: nothing can be said of the tokens', async (_, replies) => {
    const looked = await look(replies);
    expect(states(looked)).toEqual(['unasked', 'unasked', 'ok']);
    expect(texts(looked)).toContain('could not be asked');
  });
});

test('in HTTP mode it says what Slack has to call, and asks for no connection', async () => {
  const looked = await look(
    { 'auth.test': identity },
    { SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: 'hush' },
    'channels: {slack: {mode: http}}\nhttp: {publicUrl: "https://bot.example.org/"}',
  );
  expect(states(looked)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(texts(looked)).toContain('https://bot.example.org/hooks/slack');
  expect(looked.asked).toEqual([`POST https://slack.com/api/auth.test Bearer ${BOT}`]);
});

test('without a bot token nothing is asked', async () => {
  expect(await look({}, {})).toEqual({ findings: [], asked: [] });
  expect(await look({}, { SLACK_APP_TOKEN: APP })).toEqual({ findings: [], asked: [] });
});

test('a workspace that has the app, with fewer permissions than it needs, and then without it', async () => {
  const { oauth_config } = fullManifest;
  const granted = oauth_config.scopes.bot.filter((scope) => scope !== 'users:read');
  const slack = await startFakeSlack({
    manifest: { ...fullManifest, oauth_config: { scopes: { bot: granted } } },
  });
  onTestFinished(() => slack.close());
  const variables = { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
  const there = await look({ fetch }, variables, '', slack.apiRoot);
  expect(states(there)).toEqual(['ok', 'problem', 'ok', 'ok']);
  expect(texts(there)).toContain(`in ${slack.team.name}`);
  expect(texts(there)).toContain('users:read (');
  expect(texts(there)).not.toContain('reactions:read (');
  slack.uninstall();
  const gone = await look({ fetch }, variables, '', slack.apiRoot);
  expect(states(gone)[0]).toBe('problem');
  expect(slack.violations).toEqual([]);
  for (const token of Object.values(variables)) expect(texts(there) + texts(gone)).not.toContain(token);
});

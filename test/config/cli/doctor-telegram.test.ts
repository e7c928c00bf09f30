import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { createSettingsStore } from '../../../adapters/sqlite/settings-store.ts';
import { ALLOWED_UPDATES } from '../../../adapters/telegram/allowed-updates.ts';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import type { Finding } from '../../../config/cli/doctor-finding.ts';
import { checkTelegram } from '../../../config/cli/doctor-telegram.ts';
import { createSystemParts } from '../../../config/cli/system-parts.ts';
import { databasePath } from '../../../config/storage.ts';
import { createAdmissionDesk } from '../../../core/intake/admission.ts';
import {
  type FakeTelegram,
  type FakeTelegramOptions,
  startFakeTelegram,
} from '../../fakes/telegram/fake-telegram.ts';
import { createMemoryCache } from '../../fakes/telegram/memory-cache.ts';
import { mustLoad } from '../settings-folder.ts';

const io: CommandIo = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  variables: {},
  workingFolder: '.',
  processId: 1,
  nodeVersion: '24.0.0',
  personName: 'ada',
  fetch: async () => new Response('', { status: 500 }),
};

async function serverWith(options?: FakeTelegramOptions): Promise<FakeTelegram> {
  const server = await startFakeTelegram(options);
  onTestFinished(() => server.close());
  return server;
}

async function look(server: FakeTelegram, yaml = '', token = server.token): Promise<readonly Finding[]> {
  const loaded = mustLoad({ variables: { TELEGRAM_BOT_TOKEN: token }, yaml });
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const findings = await checkTelegram({ io, loaded, parts }, server.apiRoot);
  expect(findings.every(({ check }) => check === 'telegram')).toBe(true);
  expect(JSON.stringify(findings)).not.toContain(token);
  expect(server.violations).toEqual([]);
  // Looking changes nothing.
  expect(server.calls.filter(({ method }) => !/^get(Me|WebhookInfo|ChatMember)$/.test(method))).toEqual([]);
  return findings;
}

const lines = (findings: readonly Finding[]): string[] =>
  findings.map(({ state, message }) => `${state}: ${message}`);
const webhookMode =
  'http:\n  publicUrl: https://bot.example.org/\nchannels:\n  telegram:\n    mode: webhook\n';
const allowing = (...ids: readonly string[]): string =>
  `channels:\n  telegram:\n    allow: [${ids.map((id) => `"${id}"`).join(', ')}]\n`;

test('without a token there is nothing to look at', async () => {
  const loaded = mustLoad({ variables: {} });
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  expect(await checkTelegram({ io, loaded, parts }, 'http://127.0.0.1:1')).toEqual([]);
});

test.each([
  ['of another bot', `1:${'x'.repeat(35)}`],
  ['shortened', '7000000001:AAf4'],
])('a token %s is a problem, with where to get a good one', async (_, token) => {
  const found = await look(await serverWith(), '', token);
  expect(found.length).toBe(1);
  expect(found[0]).toMatchObject({ state: 'problem', message: expect.stringMatching(/BotFather.*TOKEN/) });
});

test('nobody there is no verdict about the token', async () => {
  const server = await serverWith();
  await server.goDown();
  expect(lines(await look(server))).toEqual([expect.stringMatching(/^unasked: .*online/)]);
});

test('what is no Bot API server is said', async () => {
  const server = await serverWith();
  server.failAlways('getMe', { kind: 'garbage' });
  expect((await look(server)).map(({ state }) => state)).toEqual(['unasked']);
});

test('a fresh bot: everything is well', async () => {
  const found = lines(await look(await serverWith()));
  expect(found).toEqual([
    'ok: the token is valid: @metaclaw_test_bot',
    expect.stringMatching(/^ok: privacy mode is on: .*commands, mentions of it and replies/),
    'ok: updates are polled; nothing waits there',
    expect.stringMatching(/^ok: reactions are not delivered yet; the first start/),
  ]);
});

test('privacy mode off says how to put it on, and that the bot has to be added again', async () => {
  const [, privacy] = await look(await serverWith({ readsAllGroupMessages: true }));
  expect(privacy?.message).toMatch(/privacy mode is off.*\/setprivacy.*add it again/);
});

test('a bot that may not join groups says how to let it', async () => {
  const found = lines(await look(await serverWith({ canJoinGroups: false })));
  expect(found[2]).toMatch(/^warning: .*\/setjoingroups/);
});

describe('deliveries', () => {
  test('a webhook in the way of polling is told by its host alone', async () => {
    const server = await serverWith();
    server.updates.setWebhook({ url: 'https://other.example/hook/s3cret-path' });
    server.push('message', {});
    const found = lines(await look(server));
    expect(found[2]).toMatch(/^warning: .*other\.example.*a bot of its own; 1 updates wait there/);
    expect(found.join()).not.toContain('s3cret');
  });

  test('the own webhook is well; its failures are told with the time and what to look at', async () => {
    const server = await serverWith();
    const url = 'https://bot.example.org/hooks/telegram';
    server.updates.setWebhook({ url, allowedUpdates: ALLOWED_UPDATES });
    expect(lines(await look(server, webhookMode)).slice(2)).toEqual([
      `ok: Telegram delivers to ${url}; nothing waits there`,
      expect.stringMatching(/^ok: every kind of update/),
    ]);
    server.updates.routeWebhooks(async () => new Response('', { status: 503 }));
    server.push('my_chat_member', { chat: { id: 1 } });
    await server.until(() => server.updates.deliveries.length > 0, 'a failed delivery');
    const found = lines(await look(server, webhookMode));
    expect(found[2]).toBe(`ok: Telegram delivers to ${url}; 1 updates wait there`);
    expect(found[3]).toMatch(/^warning: .*2026-01-02T00:00:00\.000Z: Wrong response from the webhook: 503/);
  });

  test('no webhook yet, or another one, is told in webhook mode', async () => {
    const server = await serverWith();
    expect(lines(await look(server, webhookMode))[2]).toMatch(/^ok: no webhook is set yet/);
    server.updates.setWebhook({ url: 'https://other.example/' });
    expect(lines(await look(server, webhookMode))[2]).toMatch(
      /^warning: .*other\.example, not to https:\/\/bot\.example\.org\/hooks\/telegram/,
    );
  });

  test('kinds of updates that another program left out are named', async () => {
    const server = await serverWith();
    server.updates.setWebhook({ url: '', allowedUpdates: ['message'] });
    await server.updates.poll(
      { allowedUpdates: ['message', 'callback_query'] },
      new AbortController().signal,
    );
    const [, , , updates] = await look(server);
    expect(updates).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('edited_message, message_reaction:'),
    });
    expect(updates?.message).not.toContain('callback_query');
  });

  test('a refused question could not be asked, and the rest is looked at all the same', async () => {
    const server = await serverWith();
    server.failAlways('getWebhookInfo', { kind: 'refuse', code: 500, description: 'Internal Server Error' });
    expect(lines(await look(server))[2]).toMatch(/^unasked: .*how it delivers/);
  });
});

test('each group that the settings name is looked at: whether reactions reach the bot there', async () => {
  const server = await serverWith();
  const [admin, member, left] = [server.group({ botIsAdmin: true }), server.group(), server.group()];
  left.botIsMember = false;
  const ids = [admin.id, member.id, left.id, -100_777, member.id].map((id) => `telegram:chat:${id}`);
  const found = lines(await look(server, allowing(...ids, 'telegram:user:42', 'telegram:chat:42'))).slice(4);
  expect(found).toEqual([
    expect.stringMatching(new RegExp(`^ok: .*administrator of group ${admin.id}`)),
    expect.stringMatching(new RegExp(`^warning: .*no administrator of group ${member.id}.*no right needs`)),
    expect.stringMatching(new RegExp(`^warning: .*not in group ${left.id}`)),
    expect.stringMatching(/^warning: .*not in group -100777.*supergroup/),
  ]);
  expect(server.callsOf('getChatMember').length).toBe(4);
  server.failAlways('getChatMember', { kind: 'refuse', code: 502, description: 'Bad Gateway' });
  expect(lines(await look(server, allowing(`telegram:chat:${admin.id}`)))[4]).toMatch(/Try once more/);
  server.failAlways('getChatMember', { kind: 'cut_before' });
  expect(lines(await look(server, allowing(`telegram:chat:${admin.id}`)))[4]).toMatch(/Try once more/);
});

test('groups that a code let in are looked at too; one that the bot has left is no trouble', async () => {
  const server = await serverWith();
  const [admin, member, left] = [server.group({ botIsAdmin: true }), server.group(), server.group()];
  left.botIsMember = false;
  const loaded = mustLoad({
    variables: { TELEGRAM_BOT_TOKEN: server.token },
    yaml: allowing(`telegram:chat:${admin.id}`),
  });
  const parts = createSystemParts(io, loaded, { level: 'silent' });
  const database = openDatabase({ path: databasePath(loaded.homeFolder), logger: parts.logger });
  const settings = createSettingsStore(database);
  const admission = createAdmissionDesk({
    settings,
    cache: createMemoryCache(),
    ids: parts.ids,
    clock: parts.clock,
    listed: [],
  });
  for (const { id } of [admin, member, left]) {
    const subjects = [`telegram:chat:${id}`, 'telegram:user:42'];
    const code = await admission.issueCode();
    expect(await admission.redeem(code, { kind: 'linked', subjects })).toBe('linked');
  }
  // As it is beside a running bot: the database stays open.
  const found = lines(await checkTelegram({ io, loaded, parts }, server.apiRoot)).slice(4);
  database.close();
  expect(found.toSorted()).toEqual([
    expect.stringMatching(new RegExp(`^ok: .*administrator of group ${admin.id}`)),
    expect.stringMatching(new RegExp(`^ok: .*not in group ${left.id}, which was linked.*supergroup.*/link`)),
    expect.stringMatching(new RegExp(`^warning: .*no administrator of group ${member.id}`)),
  ]);
});

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import { type FakeSlack, startFakeSlack } from '../fakes/slack/fake-slack.ts';
import type { SlackPerson } from '../fakes/slack/slack-person.ts';
import type { FakeSlackChannel, FakeSlackMessage } from '../fakes/slack/workspace.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';
import { installedManifest } from '../scenarios/slack-rig.ts';
import { workingFolder } from './metaclaw-process.ts';

/* The whole program on a workspace: settings, storage, core, the stand-in model, the real SDK. */

interface Stage {
  readonly bot: RunningBot;
  readonly logger: MemoryLogger;
}

let slack: FakeSlack;
let home: string;
let running: Stage[];

beforeEach(async () => {
  slack = await startFakeSlack({ manifest: installedManifest('socket'), retryDelaysMs: [0, 0, 0] });
  home = workingFolder();
  running = [];
});

afterEach(async () => {
  for (const { bot } of running) await bot.stop();
  expect(slack.violations).toEqual([]);
  expect(slack.sockets.open).toBe(0);
  expect(slack.sockets.highest).toBeLessThanOrEqual(2);
  await slack.close();
});

async function start(variables: Record<string, string> = {}): Promise<Stage> {
  const result = loadSettings({
    workingFolder: workingFolder(),
    variables: {
      METACLAW_HOME: home,
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_INTAKE_BURST_MS: '0',
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      ...variables,
    },
  });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems));
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const bot = await startBot({
    loaded: result.loaded,
    clock,
    ids: createSystemIds(clock),
    logger,
    fetch: globalThis.fetch,
    processId: process.pid,
    personName: 'ada',
    slackApiRoot: slack.apiRoot,
  });
  const stage = { bot, logger };
  running.push(stage);
  await bot.launched;
  expect(bot.channels().find(({ platform }) => platform === 'slack')).toEqual({
    platform: 'slack',
    state: 'ready',
  });
  return stage;
}

const seen = (probe: () => boolean, what: string): Promise<void> =>
  expect.poll(probe, { timeout: 20_000, interval: 10, message: what }).toBe(true);

function rows(table: string): readonly Record<string, unknown>[] {
  const database = new Database(join(home, 'metaclaw.db'), { readonly: true });
  try {
    return database.prepare<[], Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY 1`).all();
  } finally {
    database.close();
  }
}

const isDone = (count: number): boolean => {
  const states = rows('turns').map(({ state }) => state);
  return states.length === count && states.every((state) => state === 'done');
};

/** The finished answers of the bot that this person sees there. */
const answers = (who: SlackPerson, channel: FakeSlackChannel): readonly FakeSlackMessage[] =>
  [...channel.messages.values()].filter(
    ({ author, ts }) =>
      author.id === slack.bot.id && (slack.see(who, channel.id, ts)?.actionIds.length ?? 0) > 0,
  );

test('a mention is answered once in a thread that is then followed; feedback, reasons and corrections reach the ledger', async () => {
  await start();
  const ada = slack.person({ name: 'ada' });
  const bob = slack.person({ name: 'bob' });
  const room = slack.channel({ name: 'room' });
  const asked = ada.mention('Explain what a B-tree is.', room);
  await seen(() => isDone(1) && answers(ada, room).length === 1, 'the answer');
  const first = answers(ada, room)[0]!;
  expect(first.threadTs).toBe(asked);

  // Not meant for it, then meant for it without a mention.
  bob.say('nice weather', room);
  const followUp = bob.say('And who uses it?', room, { threadTs: asked });
  await seen(() => isDone(2) && answers(ada, room).length === 2, 'the second answer');
  expect(rows('turns').map(({ request_text: text }) => text)).toEqual([
    'Explain what a B-tree is.',
    'And who uses it?',
  ]);
  expect(slack.isAcknowledged(room.id, followUp)).toBe(true);

  bob.react(first.ts, '+1::skin-tone-4', room);
  await ada.pressFeedback(first.ts, 'bad', room);
  await seen(() => ada.form() !== undefined, 'the form');
  expect(bob.form()).toBeUndefined();
  await ada.submit({ reason: 'unwelcome.length', words: 'One line would do.' });
  await ada.shortcut(first.ts, 'answer.correct', room);
  await seen(() => ada.form() !== undefined, 'the second form');
  await ada.submit({ words: 'Say that it keeps its keys sorted.' });
  await seen(() => rows('ledger').length === 4, 'four rows');
  expect(rows('ledger').map(({ kind, name, polarity, text }) => [kind, name, polarity, text])).toEqual([
    ['reaction', '👍', 1, null],
    ['button', 'bad', -1, null],
    ['reason', 'unwelcome.length', 0, 'One line would do.'],
    ['correction', 'wrong', -1, 'Say that it keeps its keys sorted.'],
  ]);
});

test('commands are answered to the asker alone, by the slash command and after a mention', async () => {
  await start();
  const ada = slack.person({ name: 'ada' });
  const bob = slack.person({ name: 'bob' });
  const room = slack.channel({ name: 'room' });
  const sees = (who: SlackPerson, part: string): boolean =>
    slack.seeAll(who, room.id).some(({ text }) => text.includes(part));
  await ada.command('status', room);
  await seen(() => sees(ada, 'All is well'), 'status');
  ada.mention('skill list', room);
  await seen(() => sees(ada, 'generation'), 'the list');
  expect(sees(bob, 'All is well')).toBe(false);
  expect(sees(bob, 'skills')).toBe(false);
  expect(rows('turns')).toEqual([]);
});

test('feedback by command: in the answer’s thread and by the slash command, to be seen in why, held back and released', async () => {
  const ada = slack.person({ name: 'ada' });
  const mia = slack.person({ name: 'mia' });
  await start({ METACLAW_MAINTAINERS: `slack:${mia.user.id}` });
  const room = slack.channel({ name: 'room' });
  const sees = (who: SlackPerson, part: string): boolean =>
    slack.seeAll(who, room.id).some(({ text }) => text.includes(part));
  const asked = ada.mention('Explain what a B-tree is.', room);
  await seen(() => isDone(1) && answers(ada, room).length === 1, 'the answer');
  ada.mention('And a heap?', room);
  await seen(() => isDone(2) && answers(ada, room).length === 2, 'the second answer');
  await ada.command('feedback good short and right', room);
  await seen(() => sees(ada, '👍 is noted for my answer to “And a heap?”'), 'the thanks');
  const thread = { threadTs: asked };
  ada.mention('feedback bad It keeps\nits keys sorted.', room, thread);
  await seen(() => sees(ada, '👎 is noted for my answer to “Explain'), 'the thanks in the thread');
  mia.mention('reward hold', room, thread);
  await seen(() => sees(mia, 'is held back'), 'the hold');
  mia.mention('why', room, thread);
  await seen(() => sees(mia, 'held back until a maintainer has looked at it'), 'why');
  await mia.command('reward show', room);
  await seen(() => sees(mia, '1 reward is held back here'), 'the list');
  mia.mention('reward release', room, thread);
  await seen(() => sees(mia, 'Released'), 'the release');
  expect(rows('ledger').map(({ kind, change, name, text }) => [kind, change, name, text])).toEqual([
    ['feedback', 'given', 'good', 'short and right'],
    ['feedback', 'given', 'bad', 'It keeps\nits keys sorted.'],
    ['hold', 'given', 'hold', null],
    ['hold', 'withdrawn', 'hold', null],
  ]);
  expect(sees(ada, 'held back')).toBe(false);
  expect(rows('turns')).toHaveLength(2);
});

test('in a thread commands are shown as they are written there, also behind a command name of one’s own', async () => {
  await start({ METACLAW_CHANNELS_SLACK_COMMAND_NAME: '/mybot' });
  const ada = slack.person({ name: 'ada' });
  const room = slack.channel({ name: 'room' });
  const sees = (part: string): boolean => slack.seeAll(ada, room.id).some(({ text }) => text.includes(part));
  const thread = ada.say('We were talking here.', room);
  ada.mention('help', room, { threadTs: thread });
  await seen(() => sees('@bot skill list'), 'the help');
  expect(sees('/mybot')).toBe(false);
  ada.mention('mybot skill list', room, { threadTs: thread });
  await seen(() => sees('generation'), 'the list');
  ada.mention('help', room);
  await seen(() => sees('/mybot skill list'), 'the help outside of a thread');
  expect(rows('turns')).toEqual([]);
});

test('a DM is answered as a stream in its thread, with the feedback buttons at its end', async () => {
  await start();
  const ada = slack.person({ name: 'ada' });
  const asked = ada.say('Explain what a B-tree is.');
  await seen(() => isDone(1) && answers(ada, ada.dm).length === 1, 'the answer');
  const [answer] = answers(ada, ada.dm);
  expect(answer!.threadTs).toBe(asked);
  expect(slack.callsOf('chat.startStream')).toHaveLength(1);
  expect(slack.callsOf('chat.stopStream')).toHaveLength(1);
  expect(slack.callsOf('chat.postMessage')).toEqual([]);
  expect(slack.see(ada, ada.dm.id, answer!.ts)?.actionIds).toEqual(['feedback.good', 'feedback.bad']);
});

test('the home page shows what the bot can do', async () => {
  await start();
  const ada = slack.person({ name: 'ada' });
  ada.openHome();
  await seen(() => ada.home() !== undefined, 'the page');
  expect(ada.home()?.text).toContain('/metaclaw status');
  expect(ada.home()?.text).toContain('What I can do');
});

test('what comes again after a restart is answered once; what came during it is answered after it', async () => {
  const before = await start();
  const ada = slack.person({ name: 'ada' });
  const room = slack.channel({ name: 'room' });
  ada.mention('Explain what a B-tree is.', room);
  await seen(() => isDone(1), 'the answer');
  await before.bot.stop();
  running = [];
  expect(slack.sockets.open).toBe(0);
  await start();
  slack.redeliver();
  ada.mention('And a heap?', room);
  await seen(() => isDone(2) && answers(ada, room).length === 2, 'the other answer');
  expect(rows('turns')).toHaveLength(2);
});

test('over HTTP the same is taken at the program’s own address, and a forged request is not', async () => {
  slack.install(installedManifest('http'));
  const { bot } = await start({
    METACLAW_CHANNELS_SLACK_MODE: 'http',
    METACLAW_HTTP_PUBLIC_URL: 'https://bot.example.org',
    SLACK_SIGNING_SECRET: slack.signingSecret,
  });
  const address = `${bot.address}/hooks/slack`;
  slack.routeEvents((request) =>
    fetch(address, { method: request.method, headers: request.headers, body: request.body, duplex: 'half' }),
  );
  const ada = slack.person({ name: 'ada' });
  const room = slack.channel({ name: 'room' });
  ada.mention('Explain what a B-tree is.', room);
  await seen(() => isDone(1) && answers(ada, room).length === 1, 'the answer');
  const forged = await fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-slack-request-timestamp': String(Math.floor(Date.now() / 1_000)),
      'x-slack-signature': `v0=${'0'.repeat(64)}`,
    },
    body: JSON.stringify({ type: 'url_verification', challenge: 'mine' }),
  });
  expect([forged.status, await forged.text()]).toEqual([401, '']);
  expect(rows('turns')).toHaveLength(1);
});

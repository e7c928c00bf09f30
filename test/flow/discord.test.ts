import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import type { DiscordPerson } from '../fakes/discord/discord-person.ts';
import { type FakeDiscord, startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeChannel, FakeMessage } from '../fakes/discord/guild-model.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';
import { workingFolder } from './metaclaw-process.ts';

/* The whole program on a Discord: settings, storage, core, the stand-in model, the real SDK. */

interface Stage {
  readonly bot: RunningBot;
  readonly logger: MemoryLogger;
}

let discord: FakeDiscord;
let home: string;
let running: Stage[];

beforeEach(async () => {
  discord = await startFakeDiscord();
  home = workingFolder();
  running = [];
});

afterEach(async () => {
  for (const { bot } of running) await bot.stop();
  expect(discord.violations).toEqual([]);
  await seen(() => discord.gateway.open === 0, 'the gateway to be left');
  expect(discord.gateway.highest).toBeLessThanOrEqual(1);
  for (const { logger } of running) expect(JSON.stringify(logger.entries)).not.toContain(discord.token);
  await discord.close();
});

async function start(variables: Record<string, string> = {}, state = 'ready'): Promise<Stage> {
  const result = loadSettings({
    workingFolder: workingFolder(),
    variables: {
      METACLAW_HOME: home,
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_INTAKE_BURST_MS: '0',
      DISCORD_BOT_TOKEN: discord.token,
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
    discordApiRoot: discord.restRoot,
  });
  const stage = { bot, logger };
  running.push(stage);
  await bot.launched;
  expect(bot.channels().find(({ platform }) => platform === 'discord')).toMatchObject({
    platform: 'discord',
    state,
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
const answers = (who: DiscordPerson, channel: FakeChannel): readonly FakeMessage[] =>
  [...channel.messages.values()].filter(
    ({ author, id }) =>
      author.id === discord.bot.id && (discord.see(who, channel.id, id)?.actionIds.length ?? 0) > 0,
  );

const sees = (who: DiscordPerson, channel: FakeChannel, part: string): boolean =>
  discord.seeAll(who, channel.id).some(({ text }) => text.includes(part));

async function answered(who: DiscordPerson, channel: FakeChannel, count: number): Promise<FakeMessage> {
  await seen(() => isDone(count) && answers(who, channel).length === count, `answer ${count}`);
  return answers(who, channel)[count - 1]!;
}

test('a mention is answered; feedback, reasons and corrections reach the ledger', async () => {
  await start();
  const ada = discord.person({ username: 'ada' });
  const bob = discord.person({ username: 'bob' });
  const room = discord.channel({ name: 'room' });
  const asked = ada.mention('Explain what a B-tree is.', room);
  const first = await answered(ada, room, 1);
  expect(first.replyTo).toEqual({ channelId: room.id, messageId: asked });
  expect(discord.see(ada, room.id, first.id)?.labels).toEqual(['👍', '👎']);
  // Nobody is called by an answer, whatever stands in it.
  expect(first.pings).toEqual([]);

  bob.say('nice weather', room);
  bob.react(first.id, '👍🏽', room);
  expect(await ada.press(first.id, 'feedback.bad', room)).toEqual({ answer: 'modal' });
  expect(bob.form()).toBeUndefined();
  expect(ada.form()?.title).toBe('What was wrong?');
  expect(await ada.submit({ reason: 'unwelcome.length', words: 'One line would do.' })).toEqual({
    answer: 'deferred_update',
  });
  expect(await ada.messageCommand(first.id, 'Correct this answer', room)).toEqual({ answer: 'modal' });
  expect(await ada.submit({ words: 'Say that it keeps its keys sorted.' })).toEqual({ answer: 'message' });
  await seen(() => rows('ledger').length === 4, 'four rows');
  expect(rows('ledger').map(({ kind, name, polarity, text }) => [kind, name, polarity, text])).toEqual([
    ['reaction', '👍', 1, null],
    ['button', 'bad', -1, null],
    ['reason', 'unwelcome.length', 0, 'One line would do.'],
    ['correction', 'wrong', -1, 'Say that it keeps its keys sorted.'],
  ]);
  expect(sees(bob, room, 'noted')).toBe(false);
  expect(rows('turns')).toHaveLength(1);
});

test('a thread in which the bot was named goes on without its name, a forum post too', async () => {
  await start();
  const ada = discord.person({ username: 'ada' });
  const room = discord.channel({ name: 'room' });
  const thread = discord.thread(room, ada);
  ada.say('Nobody is meant yet.', thread);
  ada.mention('Explain what a B-tree is.', thread);
  await answered(ada, thread, 1);
  ada.say('And who uses it?', thread);
  const second = await answered(ada, thread, 2);
  expect(discord.see(ada, thread.id, second.id)?.text).toContain('earlier message');
  // Others who are named there are meant, and the bot is not.
  const bob = discord.person({ username: 'bob' });
  ada.say(`<@${bob.user.id}> do you?`, thread);

  const { thread: post } = ada.openPost(discord.forum(), 'Heaps', `<@${discord.bot.id}> What is a heap?`);
  await seen(() => isDone(3) && answers(ada, post).length === 1, 'the answer in the post');
  ada.say('And a treap?', post);
  await seen(() => isDone(4) && answers(ada, post).length === 2, 'the second answer in the post');
  expect(rows('turns').map(({ request_text: text }) => text)).toEqual([
    'Explain what a B-tree is.',
    'And who uses it?',
    'What is a heap?',
    'And a treap?',
  ]);
  expect(answers(ada, room)).toEqual([]);
});

test('commands are answered to the asker alone, and complete the names of skills', async () => {
  await start();
  const ada = discord.person({ username: 'ada' });
  const bob = discord.person({ username: 'bob' });
  const room = discord.channel({ name: 'room' });
  await seen(() => discord.commands().length > 0, 'the commands');
  expect(await ada.typeCommand('metaclaw status', room)).toMatchObject({ answer: 'message' });
  expect(sees(ada, room, 'All is well')).toBe(true);
  const choices = await ada.complete('skill show', { name: 'revi' }, 'name', room);
  expect(choices.map(({ value }) => value)).toEqual(['review-code']);
  expect(choices[0]?.name).toContain('review-code – ');
  expect(await ada.complete('metaclaw skill show', {}, 'name', room)).not.toHaveLength(0);
  expect(await ada.command('skill show', { name: 'review-code' }, room)).toMatchObject({ answer: 'message' });
  expect(sees(ada, room, 'review-code')).toBe(true);
  expect(await ada.typeCommand('metaclaw skill list', room)).toMatchObject({ answer: 'message' });
  expect(await ada.typeCommand('metaclaw privacy')).toMatchObject({ answer: 'message' });
  expect(discord.seeAll(ada, ada.dm.id).every(({ isPrivate }) => isPrivate)).toBe(true);
  expect(discord.seeAll(bob, room.id)).toEqual([]);
  // Written after a mention a command is answered where it was written.
  const asked = ada.mention('status', room);
  await seen(() => sees(bob, room, 'All is well'), 'the answer to what was written');
  const replies = [...room.messages.values()].map(({ replyTo }) => replyTo?.messageId);
  expect(replies).toContain(asked);
  expect(rows('turns')).toEqual([]);
});

test('a calendar is linked in a server by the slash command, whose answer nobody else reads, and by no message', async () => {
  await start({ METACLAW_CALENDAR_GOOGLE_CLIENT_ID: 'a-client', GOOGLE_CLIENT_SECRET: 'of-that-client' });
  const ada = discord.person({ username: 'ada' });
  const bob = discord.person({ username: 'bob' });
  const room = discord.channel({ name: 'room' });
  const consent = 'https://accounts.google.com/';
  const thread = discord.thread(room, ada);
  await seen(() => discord.commands().length > 0, 'the commands');
  for (const place of [room, thread]) {
    expect(await ada.typeCommand('metaclaw schedule calendar connect', place)).toMatchObject({
      answer: 'message',
    });
    expect(sees(ada, place, consent)).toBe(true);
    expect(discord.seeAll(bob, place.id)).toEqual([]);
    // Written after a mention it would be answered for all to see.
    ada.mention('schedule calendar connect', place);
    await seen(() => sees(bob, place, 'Here others would read my answer'), 'the refusal');
    expect(sees(bob, place, '/metaclaw schedule calendar connect')).toBe(true);
    expect(sees(bob, place, consent)).toBe(false);
  }
  const ended = { action: 'finish', what: 'http://127.0.0.1:8787/calendar/callback?code=c&state=s' };
  expect(await ada.command('metaclaw schedule calendar', ended, room)).toMatchObject({ answer: 'message' });
  expect(discord.seeAll(ada, room.id)).toHaveLength(3);
  expect(discord.seeAll(bob, room.id)).toHaveLength(1);
  expect(rows('turns')).toEqual([]);
});

test('feedback by command: from the menu and as a reply, to be seen in why, held back and released', async () => {
  const ada = discord.person({ username: 'ada' });
  const mia = discord.person({ username: 'mia' });
  await start({ METACLAW_MAINTAINERS: `discord:${mia.user.id}` });
  const room = discord.channel({ name: 'room' });
  ada.mention('Explain what a B-tree is.', room);
  const first = await answered(ada, room, 1);
  ada.mention('And a heap?', room);
  await answered(ada, room, 2);
  await seen(() => discord.commands().length > 0, 'the commands');
  expect(await ada.command('feedback good', { words: 'short and right' }, room)).toMatchObject({
    answer: 'message',
  });
  expect(sees(ada, room, '👍 is noted for my answer to “And a heap?”')).toBe(true);
  expect(sees(mia, room, 'is noted')).toBe(false);
  // A menu's command is no reply; one that is written is.
  const reply = { replyTo: first.id };
  ada.mention('feedback bad It keeps\nits keys sorted.', room, reply);
  await seen(() => sees(ada, room, '👎 is noted for my answer to “Explain'), 'the thanks');
  mia.mention('reward hold', room, reply);
  await seen(() => sees(mia, room, 'is held back'), 'the hold');
  mia.mention('why', room, reply);
  await seen(() => sees(mia, room, 'held back until a maintainer has looked at it'), 'why');
  mia.mention('reward release', room, reply);
  await seen(() => sees(mia, room, 'Released'), 'the release');
  expect(rows('ledger').map(({ kind, change, name, text }) => [kind, change, name, text])).toEqual([
    ['feedback', 'given', 'good', 'short and right'],
    ['feedback', 'given', 'bad', 'It keeps\nits keys sorted.'],
    ['hold', 'given', 'hold', null],
    ['hold', 'withdrawn', 'hold', null],
  ]);
  expect(rows('turns')).toHaveLength(2);
});

test('a restart keeps the commands, counts a reaction on an old message, and answers nothing twice', async () => {
  const before = await start();
  const ada = discord.person({ username: 'ada' });
  const room = discord.channel({ name: 'room' });
  ada.mention('Explain what a B-tree is.', room);
  const first = await answered(ada, room, 1);
  await before.bot.stop();
  running = [];
  const written = () => discord.callsOf('bulk_set_application_commands').length;
  expect(written()).toBe(1);
  await start();
  // Written before this process was there.
  ada.react(first.id, '👎', room);
  await seen(() => rows('ledger').length === 1, 'the reaction');
  ada.unreact(first.id, '👎', room);
  await seen(() => rows('ledger').length === 2, 'its withdrawal');
  expect(await ada.press(first.id, 'feedback.good', room)).toEqual({ answer: 'deferred_update' });
  await seen(() => rows('ledger').length === 3, 'the press');
  ada.mention('And a heap?', room);
  await answered(ada, room, 2);
  discord.redeliver();
  discord.gateway.close(4000);
  await seen(() => discord.gateway.resumes.length === 1, 'the session to be resumed');
  ada.mention('And a list?', room);
  await answered(ada, room, 3);
  expect(rows('turns')).toHaveLength(3);
  expect(written()).toBe(1);
});

test('an answer of which nobody knows whether it arrived is sent again and stands there once', async () => {
  await start();
  const ada = discord.person({ username: 'ada' });
  discord.failNext('create_message', { kind: 'cut_after' });
  ada.say('Explain what a B-tree is.');
  await answered(ada, ada.dm, 1);
  const sent = discord.callsOf('create_message');
  expect(sent.length).toBeGreaterThanOrEqual(2);
  const nonces = sent.map(({ body }) => (body as { nonce: string }).nonce);
  expect(nonces[1]).toBe(nonces[0]);
  expect(discord.seeAll(ada, ada.dm.id)).toHaveLength(1);
});

test('without the permission to read messages what names the bot is answered all the same', async () => {
  discord.allowIntents();
  const { bot } = await start({}, 'degraded');
  const ada = discord.person({ username: 'ada' });
  const room = discord.channel({ name: 'room' });
  const detail = bot.channels().find(({ platform }) => platform === 'discord')?.detail ?? '';
  expect(detail).toContain('Message Content Intent');
  ada.mention('Explain what a B-tree is.', room);
  await answered(ada, room, 1);
  expect(await ada.typeCommand('metaclaw status', room)).toMatchObject({ answer: 'message' });
  expect(sees(ada, room, 'Message Content Intent')).toBe(true);
});

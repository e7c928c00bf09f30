import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import { type FakeDiscord, startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { mustLoad } from './settings-folder.ts';

/** The whole program with these settings, on a Discord of its own. */
async function start(settings: (discord: FakeDiscord) => string): Promise<{
  readonly discord: FakeDiscord;
  readonly bot: RunningBot;
}> {
  const discord = await startFakeDiscord();
  const loaded = mustLoad({
    variables: {
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_INTAKE_BURST_MS: '0',
      DISCORD_BOT_TOKEN: discord.token,
    },
    yaml: settings(discord),
  });
  const clock = createSystemClock();
  const bot = await startBot({
    loaded,
    clock,
    ids: createSystemIds(clock),
    logger: createMemoryLogger(),
    fetch: globalThis.fetch,
    processId: process.pid,
    personName: 'ada',
    discordApiRoot: discord.restRoot,
  });
  onTestFinished(async () => {
    await bot.stop();
    await discord.close();
    expect(discord.violations).toEqual([]);
  });
  await bot.launched;
  return { discord, bot };
}

test('the token switches Discord on: it is ready, answers in direct messages, and has its commands', async () => {
  const { discord, bot } = await start(() => '');
  expect(bot.channels()).toContainEqual(expect.objectContaining({ platform: 'discord', state: 'ready' }));
  const ada = discord.person({ username: 'ada' });
  ada.say('What can you do?');
  const [answer] = await discord.until(() => {
    const seen = discord.seeAll(ada, ada.dm.id);
    return seen.length > 0 && seen;
  }, 'an answer');
  expect(answer?.text).toMatch(/stand-in|skill/i);
  await discord.until(() => discord.commands().length > 0, 'commands');
  expect(discord.commands().map(({ name }) => name)).toContain('metaclaw');
});

test('channels.discord.guilds and threadPolicy arrive: commands in that server only, no thread is followed', async () => {
  const { discord } = await start(
    ({ home }) => `channels: {discord: {guilds: ["${home.id}"], threadPolicy: mention}}`,
  );
  await discord.until(() => discord.commands(discord.home).length > 0, 'commands of the server');
  expect(discord.commands()).toEqual([]);
  const ada = discord.person();
  const thread = discord.thread(discord.channel(), ada);
  const answersTo = (messageId: string): number =>
    discord
      .callsOf('create_message')
      .filter(({ body }) => JSON.stringify(body).includes(`"message_id":"${messageId}"`)).length;
  const mention = ada.mention('What can you do?', thread);
  await discord.until(() => answersTo(mention) > 0, 'an answer to a mention');
  const unaddressed = ada.say('And what else?', thread);
  // What is not answered shows by what is: a later mention.
  const later = ada.mention('Hello?', thread);
  await discord.until(() => answersTo(later) > 0, 'an answer to a later mention');
  expect(answersTo(unaddressed)).toBe(0);
});

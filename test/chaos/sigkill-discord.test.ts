import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiscordPerson } from '../fakes/discord/discord-person.ts';
import { type FakeDiscord, startFakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/guild-model.ts';
import { pause, say } from '../fakes/openai/behaviours.ts';
import { type BotToKill, createBotToKill } from './bot-to-kill.ts';

let discord: FakeDiscord;
let bot: BotToKill;
let ann: DiscordPerson;
const wait = 20_000;

beforeEach(async () => {
  discord = await startFakeDiscord();
  ann = discord.person({ username: 'ann' });
  bot = await createBotToKill({
    platform: 'discord',
    apiRoot: discord.restRoot,
    variables: { DISCORD_BOT_TOKEN: discord.token },
  });
});

afterEach(async () => {
  await bot.close();
  expect(discord.violations).toEqual([]);
  await discord.close();
});

const own = (): readonly FakeMessage[] =>
  [...ann.dm.messages.values()].filter(({ author, isRemoved }) => author.id === discord.bot.id && !isRemoved);
const texts = (): readonly string[] => discord.seeAll(ann, ann.dm.id).map(({ text }) => text);
const isIndexed = (): Promise<boolean> =>
  bot.isIndexed({ platform: 'discord', channelId: ann.dm.id, messageId: own()[0]?.id ?? '' });
const retry = (): string => discord.see(ann, ann.dm.id, own()[0]?.id ?? '')?.actionIds[0] ?? '';

test('killed while the model thinks: the message is answered once after the restart', async () => {
  bot.openai.script(pause([], ['never seen']), say('Here I am again.'));
  const child = await bot.start();
  ann.say('Are you there?');
  await bot.openai.held();
  await bot.kill(child);
  await bot.start();
  await discord.until(() => texts().includes('Here I am again.'), 'the answer', wait);
  await expect.poll(async () => (await bot.counts()).done, { timeout: wait }).toBe(1);
  expect(texts()).toEqual(['Here I am again.']);
  expect(await bot.inDatabase(({ inbox }) => inbox.pending())).toEqual([]);
});

test('killed while half the answer shows: it is marked as cut off, and Retry answers', async () => {
  bot.openai.script(
    pause(['A first sentence, long enough to be shown to people at once. '], ['And more.']),
    say('The whole answer.'),
  );
  const child = await bot.start();
  ann.say('Tell me.');
  await discord.until(() => texts()[0]?.includes('A first sentence'), 'the first text', wait);
  await expect.poll(isIndexed, { timeout: wait }).toBe(true);
  await bot.kill(child);
  await bot.start();
  await discord.until(() => texts()[0]?.includes('I was restarted'), 'the word about it', wait);
  expect(texts()).toHaveLength(1);
  expect(texts()[0]).toContain('A first sentence');
  await ann.press(own()[0]?.id ?? '', retry());
  await discord.until(() => texts().includes('The whole answer.'), 'the retry', wait);
  await expect.poll(bot.counts, { timeout: wait }).toMatchObject({ interrupted: 1, done: 1, open: 0 });
});

test('killed when a send was done and nobody was told: it is sent again, and stands there once', async () => {
  bot.openai.script(say('A stored answer, quite short.'));
  const child = await bot.start();
  discord.failAlways('create_message', { kind: 'cut_after' });
  ann.say('Tell me.');
  await expect.poll(async () => (await bot.counts()).answered, { timeout: wait }).toBe(1);
  await discord.until(() => texts().length === 1, 'the send', wait);
  await bot.kill(child);
  discord.heal();
  await bot.start();
  await expect.poll(bot.counts, { timeout: wait }).toMatchObject({ done: 1, delivery_unknown: 0 });
  expect(texts()).toEqual(['A stored answer, quite short.']);
  const nonces = discord.callsOf('create_message').map(({ body }) => Object(body).nonce);
  expect(nonces.length).toBeGreaterThan(1);
  expect(new Set(nonces).size).toBe(1);
});

test('a reaction at the moment of the kill is at most one row, and a later one on the old message counts', async () => {
  bot.openai.script(say('An answer.'));
  const child = await bot.start();
  ann.say('Tell me.');
  await expect.poll(async () => (await bot.counts()).done, { timeout: wait }).toBe(1);
  const id = own()[0]?.id ?? '';
  ann.react(id, '👍');
  await bot.kill(child);
  await bot.start();
  const before = await bot.inDatabase(({ ledger }) => ledger.count());
  expect(before).toBeLessThanOrEqual(1);
  ann.react(id, '👎');
  await expect.poll(() => bot.inDatabase(({ ledger }) => ledger.count()), { timeout: wait }).toBe(before + 1);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { pause, say } from '../fakes/openai/behaviours.ts';
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram/fake-telegram.ts';
import type { TelegramPerson } from '../fakes/telegram/telegram-person.ts';
import { type BotToKill, createBotToKill } from './bot-to-kill.ts';

let telegram: FakeTelegram;
let bot: BotToKill;
let ann: TelegramPerson;

beforeEach(async () => {
  telegram = await startFakeTelegram();
  ann = telegram.person();
  bot = await createBotToKill({
    platform: 'telegram',
    apiRoot: telegram.apiRoot,
    variables: { TELEGRAM_BOT_TOKEN: telegram.token },
    settings: `channels:\n  telegram:\n    allow: ['telegram:user:${ann.user.id}']\n`,
  });
});

afterEach(async () => {
  await bot.close();
  await telegram.close();
});

const texts = (): readonly string[] => telegram.botMessages(ann.privateChat).map(({ text }) => String(text));

function isIndexed(): Promise<boolean> {
  const messageId = String(telegram.botMessages(ann.privateChat)[0]?.['message_id']);
  return bot.isIndexed({ platform: 'telegram', channelId: String(ann.privateChat.id), messageId });
}

const first = 'A first sentence, long enough to be shown to people at once.';

test('killed while the model thinks: the message is answered once after the restart', async () => {
  bot.openai.script(pause([], ['never seen']), say('Here I am again.'));
  const child = await bot.start();
  ann.say('Are you there?');
  await bot.openai.held();
  await bot.kill(child);
  await bot.start();
  await telegram.until(() => texts().includes('Here I am again.'), 'the answer');
  await expect.poll(async () => (await bot.counts()).done, { timeout: 20_000 }).toBe(1);
  expect(texts()).toEqual(['Here I am again.']);
  expect(await bot.inDatabase(({ inbox }) => inbox.pending())).toEqual([]);
  expect(telegram.violations).toEqual([]);
});

test('killed while half the answer shows: it is marked as cut off, and Retry answers', async () => {
  bot.openai.script(pause([first], [' And more.']), say('The whole answer.'));
  const child = await bot.start();
  ann.say('Tell me.');
  await telegram.until(() => texts().length === 1, 'the first text');
  await expect.poll(isIndexed, { timeout: 20_000 }).toBe(true);
  await bot.kill(child);
  await bot.start();
  await telegram.until(() => texts()[0]?.includes('I was restarted'), 'the word about it');
  expect(texts()).toHaveLength(1);
  expect(texts()[0]).toContain(first);
  const [message] = telegram.botMessages(ann.privateChat);
  const keyboard = JSON.stringify(message?.['reply_markup']);
  const data = /"callback_data":"([^"]+)"/.exec(keyboard)?.[1] ?? '';
  ann.press(Number(message?.['message_id']), data);
  await telegram.until(() => texts().includes('The whole answer.'), 'the retry');
  await expect.poll(bot.counts, { timeout: 20_000 }).toMatchObject({ interrupted: 1, done: 1, open: 0 });
  expect(telegram.violations).toEqual([]);
});

test('killed while a send is under way: it is not repeated, the person is told, and Retry sends the stored text', async () => {
  bot.openai.script(say('A stored answer, quite short.'));
  const child = await bot.start();
  telegram.failNext('sendMessage', { kind: 'hang' });
  ann.say('Tell me.');
  await expect.poll(async () => (await bot.counts()).answered, { timeout: 20_000 }).toBe(1);
  await telegram.until(() => telegram.callsOf('sendMessage').length === 1, 'the send');
  await bot.kill(child);
  await bot.start();
  await telegram.until(
    () => texts().some((text) => text.includes('cannot tell whether')),
    'the word about it',
  );
  expect(texts()).toHaveLength(1);
  const [message] = telegram.botMessages(ann.privateChat);
  const data = /"callback_data":"([^"]+)"/.exec(JSON.stringify(message?.['reply_markup']))?.[1] ?? '';
  ann.press(Number(message?.['message_id']), data);
  await telegram.until(() => texts().includes('A stored answer, quite short.'), 'the stored text');
  await expect.poll(bot.counts, { timeout: 20_000 }).toMatchObject({ done: 1, delivery_unknown: 0 });
  bot.openai.assertComplete();
});

test('a reaction at the moment of the kill is one row of the ledger, never none and never two', async () => {
  bot.openai.script(say('An answer.'));
  const child = await bot.start();
  ann.say('Tell me.');
  await expect.poll(async () => (await bot.counts()).done, { timeout: 20_000 }).toBe(1);
  ann.react(Number(telegram.botMessages(ann.privateChat)[0]?.['message_id']), ['👍']);
  await bot.kill(child);
  await bot.start();
  await expect.poll(() => bot.inDatabase(({ ledger }) => ledger.count()), { timeout: 20_000 }).toBe(1);
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { pause, say } from '../fakes/openai/behaviours.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai/fake-openai.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram/fake-telegram.ts';
import type { TelegramPerson } from '../fakes/telegram/telegram-person.ts';

let folder: string;
let telegram: FakeTelegram;
let openai: FakeOpenAi;
let ann: TelegramPerson;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metaclaw-kill-'));
  telegram = await startFakeTelegram();
  openai = await startFakeOpenAi();
  ann = telegram.person();
  const allow = `telegram:user:${ann.user.id}`;
  writeFileSync(join(folder, 'metaclaw.yaml'), `channels:\n  telegram:\n    allow: ['${allow}']\n`);
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await telegram.close();
  await openai.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startBot(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'bot-process.ts');
  const child = spawn(process.execPath, [script, 'telegram', telegram.apiRoot], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      METACLAW_HOME: join(folder, 'data'),
      METACLAW_PORT: '0',
      OPENAI_BASE_URL: openai.baseUrl,
      OPENAI_MODEL: 'fake-model',
      TELEGRAM_BOT_TOKEN: telegram.token,
    },
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const texts = (): readonly string[] => telegram.botMessages(ann.privateChat).map(({ text }) => String(text));

/** What stands in the database, read beside the running bot. */
async function inDatabase<T>(read: (stores: SqliteStores) => Promise<T>): Promise<T> {
  const path = join(folder, 'data', 'metaclaw.db');
  const database = openDatabase({ path, readOnly: true, logger: createMemoryLogger() });
  try {
    return await read(openStores(database));
  } finally {
    database.close();
  }
}

const counts = () => inDatabase(({ turns }) => turns.counts());
/** Whether the bot knows the id of its first message: until then its fate is unknown to a restarted one. */
async function isIndexed(): Promise<boolean> {
  const messageId = String(telegram.botMessages(ann.privateChat)[0]?.['message_id']);
  const ref = { platform: 'telegram', channelId: String(ann.privateChat.id), messageId };
  return (await inDatabase(({ turns }) => turns.byReply(ref))) !== undefined;
}

const first = 'A first sentence, long enough to be shown to people at once.';

test('killed while the model thinks: the message is answered once after the restart', async () => {
  openai.script(pause([], ['never seen']), say('Here I am again.'));
  const bot = await startBot();
  ann.say('Are you there?');
  await openai.held();
  await kill(bot);
  await startBot();
  await telegram.until(() => texts().includes('Here I am again.'), 'the answer');
  await expect.poll(async () => (await counts()).done, { timeout: 20_000 }).toBe(1);
  expect(texts()).toEqual(['Here I am again.']);
  expect(await inDatabase(({ inbox }) => inbox.pending())).toEqual([]);
  expect(telegram.violations).toEqual([]);
});

test('killed while half the answer shows: it is marked as cut off, and Retry answers', async () => {
  openai.script(pause([first], [' And more.']), say('The whole answer.'));
  const bot = await startBot();
  ann.say('Tell me.');
  await telegram.until(() => texts().length === 1, 'the first text');
  await expect.poll(isIndexed, { timeout: 20_000 }).toBe(true);
  await kill(bot);
  await startBot();
  await telegram.until(() => texts()[0]?.includes('I was restarted'), 'the word about it');
  expect(texts()).toHaveLength(1);
  expect(texts()[0]).toContain(first);
  const [message] = telegram.botMessages(ann.privateChat);
  const keyboard = JSON.stringify(message?.['reply_markup']);
  const data = /"callback_data":"([^"]+)"/.exec(keyboard)?.[1] ?? '';
  ann.press(Number(message?.['message_id']), data);
  await telegram.until(() => texts().includes('The whole answer.'), 'the retry');
  await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ interrupted: 1, done: 1, open: 0 });
  expect(telegram.violations).toEqual([]);
});

test('killed while a send is under way: it is not repeated, the person is told, and Retry sends the stored text', async () => {
  openai.script(say('A stored answer, quite short.'));
  const bot = await startBot();
  telegram.failNext('sendMessage', { kind: 'hang' });
  ann.say('Tell me.');
  await expect.poll(async () => (await counts()).answered, { timeout: 20_000 }).toBe(1);
  await telegram.until(() => telegram.callsOf('sendMessage').length === 1, 'the send');
  await kill(bot);
  await startBot();
  await telegram.until(
    () => texts().some((text) => text.includes('cannot tell whether')),
    'the word about it',
  );
  expect(texts()).toHaveLength(1);
  const [message] = telegram.botMessages(ann.privateChat);
  const data = /"callback_data":"([^"]+)"/.exec(JSON.stringify(message?.['reply_markup']))?.[1] ?? '';
  ann.press(Number(message?.['message_id']), data);
  await telegram.until(() => texts().includes('A stored answer, quite short.'), 'the stored text');
  await expect.poll(counts, { timeout: 20_000 }).toMatchObject({ done: 1, delivery_unknown: 0 });
  openai.assertComplete();
});

test('a reaction at the moment of the kill is one row of the ledger, never none and never two', async () => {
  openai.script(say('An answer.'));
  const bot = await startBot();
  ann.say('Tell me.');
  await expect.poll(async () => (await counts()).done, { timeout: 20_000 }).toBe(1);
  ann.react(Number(telegram.botMessages(ann.privateChat)[0]?.['message_id']), ['👍']);
  await kill(bot);
  await startBot();
  await expect.poll(() => inDatabase(({ ledger }) => ledger.count()), { timeout: 20_000 }).toBe(1);
});

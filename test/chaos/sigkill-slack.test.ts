import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { pause, say } from '../fakes/openai/behaviours.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai/fake-openai.ts';
import { type FakeSlack, startFakeSlack } from '../fakes/slack/fake-slack.ts';
import type { SlackPerson } from '../fakes/slack/slack-person.ts';
import type { FakeSlackMessage } from '../fakes/slack/workspace.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { installedManifest } from '../scenarios/scenario-channel.ts';

let folder: string;
let slack: FakeSlack;
let openai: FakeOpenAi;
let ann: SlackPerson;
const children: ChildProcess[] = [];
const wait = 20_000;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'metaclaw-kill-'));
  slack = await startFakeSlack({ manifest: installedManifest('socket'), retryDelaysMs: [0, 0, 0] });
  openai = await startFakeOpenAi();
  ann = slack.person({ name: 'ann' });
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  expect(slack.violations).toEqual([]);
  await slack.close();
  await openai.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startBot(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'bot-process.ts');
  const child = spawn(process.execPath, [script, 'slack', slack.apiRoot], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      METACLAW_HOME: join(folder, 'data'),
      METACLAW_PORT: '0',
      OPENAI_BASE_URL: openai.baseUrl,
      OPENAI_MODEL: 'fake-model',
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
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

const own = (): readonly FakeSlackMessage[] =>
  [...ann.dm.messages.values()].filter(({ author, isRemoved }) => author.id === slack.bot.id && !isRemoved);
const texts = (): readonly string[] => own().map(({ ts }) => slack.see(ann, ann.dm.id, ts)?.text ?? '');

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
  const ref = { platform: 'slack', channelId: ann.dm.id, messageId: own()[0]?.ts ?? '' };
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
  await slack.until(() => texts().includes('Here I am again.'), 'the answer', wait);
  await expect.poll(async () => (await counts()).done, { timeout: wait }).toBe(1);
  expect(texts()).toEqual(['Here I am again.']);
  expect(await inDatabase(({ inbox }) => inbox.pending())).toEqual([]);
});

test('killed in the middle of a native stream: the stream is ended, the message marked as cut off, and Retry answers', async () => {
  openai.script(pause([`${first} `], [' And more.']), say('The whole answer.'));
  const bot = await startBot();
  ann.say('Tell me.');
  await slack.until(() => texts()[0]?.includes('A first sentence'), 'the first text', wait);
  await expect.poll(isIndexed, { timeout: wait }).toBe(true);
  expect(own()[0]?.stream?.isOpen).toBe(true);
  await kill(bot);
  await startBot();
  await slack.until(() => texts()[0]?.includes('I was restarted'), 'the word about it', wait);
  expect(own()).toHaveLength(1);
  expect(own()[0]?.stream?.isOpen).not.toBe(true);
  await ann.press(own()[0]?.ts ?? '', 'turn.retry');
  await slack.until(() => texts().includes('The whole answer.'), 'the retry', wait);
  await expect.poll(counts, { timeout: wait }).toMatchObject({ interrupted: 1, done: 1, open: 0 });
});

test('killed while a send is under way: it is not repeated, the person is told, and Retry sends the stored text', async () => {
  openai.script(say('A stored answer, quite short.'));
  const bot = await startBot();
  slack.failAlways('chat.startStream', { kind: 'hang' });
  slack.failAlways('chat.postMessage', { kind: 'hang' });
  ann.say('Tell me.');
  await expect.poll(async () => (await counts()).answered, { timeout: wait }).toBe(1);
  const sends = (): number =>
    slack.callsOf('chat.startStream').length + slack.callsOf('chat.postMessage').length;
  await slack.until(() => sends() === 1, 'the send', wait);
  await kill(bot);
  slack.heal();
  await startBot();
  await slack.until(() => texts().some((text) => text.includes('cannot tell whether')), 'the word', wait);
  expect(own()).toHaveLength(1);
  await ann.press(own()[0]?.ts ?? '', 'turn.retry');
  await slack.until(() => texts().includes('A stored answer, quite short.'), 'the stored text', wait);
  await expect.poll(counts, { timeout: wait }).toMatchObject({ done: 1, delivery_unknown: 0 });
  openai.assertComplete();
});

test('what is said and pressed while nobody listens reaches the next start by Slack’s repetitions, each once', async () => {
  openai.script(say('An answer.'), say('A later answer.'));
  const bot = await startBot();
  ann.say('Tell me.');
  await expect.poll(async () => (await counts()).done, { timeout: wait }).toBe(1);
  const [answer] = own();
  await kill(bot);
  ann.react(answer?.ts ?? '', 'thumbsup');
  ann.say('And now?');
  await startBot();
  await slack.until(() => texts().includes('A later answer.'), 'the later answer', wait);
  await expect.poll(() => inDatabase(({ ledger }) => ledger.count()), { timeout: wait }).toBe(1);
  await expect.poll(async () => (await counts()).done, { timeout: wait }).toBe(2);
  openai.assertComplete();
});

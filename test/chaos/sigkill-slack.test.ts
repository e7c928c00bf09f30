import { afterEach, beforeEach, expect, test } from 'vitest';
import { pause, say } from '../fakes/openai/behaviours.ts';
import { type FakeSlack, startFakeSlack } from '../fakes/slack/fake-slack.ts';
import type { SlackPerson } from '../fakes/slack/slack-person.ts';
import type { FakeSlackMessage } from '../fakes/slack/workspace.ts';
import { installedManifest } from '../scenarios/slack-rig.ts';
import { type BotToKill, createBotToKill } from './bot-to-kill.ts';

let slack: FakeSlack;
let bot: BotToKill;
let ann: SlackPerson;
const wait = 20_000;

beforeEach(async () => {
  slack = await startFakeSlack({ manifest: installedManifest('socket'), retryDelaysMs: [0, 0, 0] });
  ann = slack.person({ name: 'ann' });
  bot = await createBotToKill({
    platform: 'slack',
    apiRoot: slack.apiRoot,
    variables: { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken },
  });
});

afterEach(async () => {
  await bot.close();
  expect(slack.violations).toEqual([]);
  await slack.close();
});

const own = (): readonly FakeSlackMessage[] =>
  [...ann.dm.messages.values()].filter(({ author, isRemoved }) => author.id === slack.bot.id && !isRemoved);
const texts = (): readonly string[] => own().map(({ ts }) => slack.see(ann, ann.dm.id, ts)?.text ?? '');
const isIndexed = (): Promise<boolean> =>
  bot.isIndexed({ platform: 'slack', channelId: ann.dm.id, messageId: own()[0]?.ts ?? '' });

const first = 'A first sentence, long enough to be shown to people at once.';

test('killed while the model thinks: the message is answered once after the restart', async () => {
  bot.openai.script(pause([], ['never seen']), say('Here I am again.'));
  const child = await bot.start();
  ann.say('Are you there?');
  await bot.openai.held();
  await bot.kill(child);
  await bot.start();
  await slack.until(() => texts().includes('Here I am again.'), 'the answer', wait);
  await expect.poll(async () => (await bot.counts()).done, { timeout: wait }).toBe(1);
  expect(texts()).toEqual(['Here I am again.']);
  expect(await bot.inDatabase(({ inbox }) => inbox.pending())).toEqual([]);
});

test('killed in the middle of a native stream: the stream is ended, the message marked as cut off, and Retry answers', async () => {
  bot.openai.script(pause([`${first} `], [' And more.']), say('The whole answer.'));
  const child = await bot.start();
  ann.say('Tell me.');
  await slack.until(() => texts()[0]?.includes('A first sentence'), 'the first text', wait);
  await expect.poll(isIndexed, { timeout: wait }).toBe(true);
  expect(own()[0]?.stream?.isOpen).toBe(true);
  await bot.kill(child);
  await bot.start();
  await slack.until(() => texts()[0]?.includes('I was restarted'), 'the word about it', wait);
  expect(own()).toHaveLength(1);
  expect(own()[0]?.stream?.isOpen).not.toBe(true);
  await ann.press(own()[0]?.ts ?? '', 'turn.retry');
  await slack.until(() => texts().includes('The whole answer.'), 'the retry', wait);
  await expect.poll(bot.counts, { timeout: wait }).toMatchObject({ interrupted: 1, done: 1, open: 0 });
});

test('killed while a send is under way: it is not repeated, the person is told, and Retry sends the stored text', async () => {
  bot.openai.script(say('A stored answer, quite short.'));
  const child = await bot.start();
  slack.failAlways('chat.startStream', { kind: 'hang' });
  slack.failAlways('chat.postMessage', { kind: 'hang' });
  ann.say('Tell me.');
  await expect.poll(async () => (await bot.counts()).answered, { timeout: wait }).toBe(1);
  const sends = (): number =>
    slack.callsOf('chat.startStream').length + slack.callsOf('chat.postMessage').length;
  await slack.until(() => sends() === 1, 'the send', wait);
  await bot.kill(child);
  slack.heal();
  await bot.start();
  await slack.until(() => texts().some((text) => text.includes('cannot tell whether')), 'the word', wait);
  expect(own()).toHaveLength(1);
  await ann.press(own()[0]?.ts ?? '', 'turn.retry');
  await slack.until(() => texts().includes('A stored answer, quite short.'), 'the stored text', wait);
  await expect.poll(bot.counts, { timeout: wait }).toMatchObject({ done: 1, delivery_unknown: 0 });
  bot.openai.assertComplete();
});

test('what is said and pressed while nobody listens reaches the next start by Slack’s repetitions, each once', async () => {
  bot.openai.script(say('An answer.'), say('A later answer.'));
  const child = await bot.start();
  ann.say('Tell me.');
  await expect.poll(async () => (await bot.counts()).done, { timeout: wait }).toBe(1);
  const [answer] = own();
  await bot.kill(child);
  ann.react(answer?.ts ?? '', 'thumbsup');
  ann.say('And now?');
  await bot.start();
  await slack.until(() => texts().includes('A later answer.'), 'the later answer', wait);
  await expect.poll(() => bot.inDatabase(({ ledger }) => ledger.count()), { timeout: wait }).toBe(1);
  await expect.poll(async () => (await bot.counts()).done, { timeout: wait }).toBe(2);
  bot.openai.assertComplete();
});

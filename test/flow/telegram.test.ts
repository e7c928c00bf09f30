import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { loadSettings } from '../../config/load-settings.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import type { FakeTelegramMessage } from '../fakes/telegram/chats.ts';
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram/fake-telegram.ts';
import type { TelegramPerson } from '../fakes/telegram/telegram-person.ts';
import { workingFolder } from './metaclaw-process.ts';

/* The whole program on a Telegram: settings, storage, core, the stand-in model, the real client. */

let telegram: FakeTelegram;
let home: string;
let running: RunningBot[];

beforeEach(async () => {
  telegram = await startFakeTelegram();
  home = workingFolder();
  running = [];
});

afterEach(async () => {
  for (const bot of running) await bot.stop();
  const { violations } = telegram;
  await telegram.close();
  expect(violations).toEqual([]);
});

async function start(variables: Record<string, string> = {}): Promise<RunningBot> {
  const result = loadSettings({
    workingFolder: workingFolder(),
    variables: {
      METACLAW_HOME: home,
      METACLAW_PORT: '0',
      METACLAW_MODEL_DISCOVER: 'false',
      METACLAW_INTAKE_BURST_MS: '0',
      TELEGRAM_BOT_TOKEN: telegram.token,
      ...variables,
    },
  });
  if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems));
  const clock = createSystemClock();
  const bot = await startBot({
    loaded: result.loaded,
    clock,
    ids: createSystemIds(clock),
    logger: createMemoryLogger(),
    fetch: () => Promise.reject(new TypeError('nothing is reachable in this test')),
    processId: process.pid,
    personName: 'ada',
    telegramApiRoot: telegram.apiRoot,
  });
  running.push(bot);
  await bot.launched;
  return bot;
}

const messages = (person: TelegramPerson): readonly FakeTelegramMessage[] => [
  ...person.privateChat.messages.values(),
];

/** The latest message of the bot that this fits. */
const shown = (
  person: TelegramPerson,
  fits: (message: FakeTelegramMessage) => boolean,
  what: string,
): Promise<FakeTelegramMessage> =>
  telegram.until(
    () => messages(person).findLast((message) => message.from.is_bot && fits(message)),
    what,
    15_000,
  );

const buttonsOf = (message: FakeTelegramMessage): readonly string[] =>
  (message.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text);

function signals(): readonly Record<string, unknown>[] {
  const database = new Database(join(home, 'metaclaw.db'), { readonly: true });
  try {
    return database.prepare<[], Record<string, unknown>>('SELECT * FROM ledger ORDER BY rowid').all();
  } finally {
    database.close();
  }
}

const ledgerHolds = (count: number): Promise<void> =>
  expect.poll(() => signals().length, { timeout: 15_000, interval: 20 }).toBe(count);

test('a thumb down asks once what was wrong, over a restart; the pencil takes a correction', async () => {
  const bot = await start();
  const ada = telegram.person({ first_name: 'Ada' });
  ada.say(`/link ${await bot.issueLinkCode()}`);
  await shown(ada, () => true, 'the word that she is linked');
  ada.say('Explain what a B-tree is.');
  const answer = await shown(ada, (message) => buttonsOf(message).includes('✏️'), 'the answer');
  expect(buttonsOf(answer)).toEqual(['👍', '👎', '✏️']);

  ada.press(answer.message_id, 'feedback.bad');
  const card = await shown(ada, ({ text }) => text.startsWith('What was wrong?'), 'the form');
  ada.press(card.message_id, ':c0.1');
  await shown(ada, ({ text }) => text.includes('Reply to this message'), 'the word about more words');
  await bot.stop();
  await start();
  ada.say('Far too long.', ada.privateChat, { replyTo: card.message_id });
  await ledgerHolds(2);
  expect(signals().map(({ kind, name, text }) => ({ kind, name, text }))).toEqual([
    { kind: 'button', name: 'bad', text: null },
    { kind: 'reason', name: 'unwelcome.length', text: 'Far too long.' },
  ]);
  await telegram.until(() => !ada.privateChat.messages.has(card.message_id), 'the form to go');

  // Asked once: another thumb down opens nothing.
  ada.press(answer.message_id, 'feedback.good');
  ada.press(answer.message_id, 'feedback.bad');
  await ledgerHolds(4);
  ada.press(answer.message_id, 'answer.correct');
  const pencil = telegram.lastUpdate();
  const question = await shown(
    ada,
    ({ forceReply }) => forceReply !== undefined,
    'the question for a better answer',
  );
  // Its batch comes again.
  if (pencil !== undefined) telegram.updates.redeliver(pencil);
  ada.say('A tree with many keys in a node.', ada.privateChat, { replyTo: question.message_id });
  await ledgerHolds(5);
  expect(signals().at(-1)).toMatchObject({ kind: 'correction', text: 'A tree with many keys in a node.' });
  expect(messages(ada).filter(({ text }) => text.startsWith('What was wrong?'))).toEqual([]);
  // The words of the forms were no questions to the model.
  expect(messages(ada).filter((message) => buttonsOf(message).includes('✏️')).length).toBe(1);
  const cards = telegram
    .callsOf('sendMessage')
    .filter(({ text }) => /Correct this answer/.test(String(text)));
  expect(cards.length).toBe(1);
});

test('feedback by command is about the answer replied to; a maintainer holds it back and releases it', async () => {
  const ada = telegram.person({ first_name: 'Ada' });
  const bot = await start({ METACLAW_MAINTAINERS: `telegram:${ada.user.id}` });
  ada.say(`/link ${await bot.issueLinkCode()}`);
  await shown(ada, () => true, 'the word that she is linked');
  ada.say('Explain what a B-tree is.');
  const first = await shown(ada, (message) => buttonsOf(message).includes('✏️'), 'the answer');
  ada.say('And what is a heap?');
  await shown(
    ada,
    (message) => message.message_id > first.message_id && buttonsOf(message).includes('✏️'),
    'the second answer',
  );
  const reply = { replyTo: first.message_id };
  ada.say('/feedback_bad It keeps\nits keys sorted.', ada.privateChat, reply);
  await shown(ada, ({ text }) => text.includes('👎 is noted for my answer to “Explain'), 'the thanks');
  ada.say('/feedback', ada.privateChat, reply);
  await shown(ada, ({ text }) => text.includes('/feedback good [words]'), 'what may follow');
  ada.say('/reward_hold a slip', ada.privateChat, reply);
  await shown(ada, ({ text }) => text.includes('is held back'), 'the hold');
  ada.say('/why', ada.privateChat, reply);
  const why = await shown(ada, ({ text }) => text.includes('What may be learned from it'), 'why');
  expect(why.text).toContain('held back until a maintainer has looked at it');
  expect(why.text).toContain('its keys sorted.');
  ada.say('/reward_release', ada.privateChat, reply);
  await shown(ada, ({ text }) => text.startsWith('Released'), 'the release');
  expect(signals().map(({ kind, change, name, text }) => [kind, change, name, text])).toEqual([
    ['feedback', 'given', 'bad', 'It keeps\nits keys sorted.'],
    ['hold', 'given', 'hold', 'a slip'],
    ['hold', 'withdrawn', 'hold', null],
  ]);
  expect(new Set(signals().map(({ target_turn_id: turn }) => turn)).size).toBe(1);
});

test('privacy names the judge where there is one, and what is done with words', async () => {
  const ask = async (variables: Record<string, string>): Promise<string> => {
    const bot = await start(variables);
    const ada = telegram.person({ first_name: 'Ada' });
    ada.say('/privacy');
    const { text } = await shown(ada, (message) => message.text.includes('What I keep'), 'privacy');
    await bot.stop();
    return text;
  };
  const without = await ask({});
  expect(without).not.toContain('the judge');
  expect(without).toContain('A model rates my answers: allowed, but not done at present');
  expect(without).toContain('None: no model is trained on what you write');
  const judged = await ask({
    METACLAW_JUDGE_MODEL: 'judge-model',
    METACLAW_JUDGE_BASE_URL: 'https://judge.example.org/v1',
    METACLAW_LEARNING_TRAIN_LOCAL: 'telegram',
  });
  expect(judged).toMatch(/the judge, .* at judge\.example\.org: .*your next message/);
  expect(judged).toContain('A model rates my answers: yes');
  expect(judged).toContain('A model is trained elsewhere: no, the operator has it off');
  expect(judged).toContain('only if everybody whose words it would use has agreed');
  expect(judged).toContain('None at present, but the operator has allowed it for telegram');
});

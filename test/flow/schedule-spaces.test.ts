import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { databasePath } from '../../config/storage.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { StoredActivity } from '../../core/ports/activity-store.ts';
import { temporaryFolder } from '../config/settings-folder.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram/fake-telegram.ts';
import { passTime } from './pass-time.ts';
import { asleep, evening, minuteMs, untilSleepMs } from './schedule-rig.ts';
import { closedBy, openBy } from './schedule-said.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, quietMs, settingsWith } from './training-settings.ts';

/** Only there can they be told from everything else in the file. */
const counting = ['activity', 'window_states', 'past_windows'];

async function openTelegram(): Promise<FakeTelegram> {
  const telegram = await startFakeTelegram();
  onTestFinished(() => telegram.close());
  return telegram;
}

/** Of a folder whose bot has stopped. */
async function storedActivity(homeFolder: string): Promise<readonly StoredActivity[]> {
  const logger = createMemoryLogger();
  const database = openDatabase({ path: databasePath(homeFolder), logger, readOnly: true });
  try {
    return await openStores(database).activity.list();
  } finally {
    database.close();
  }
}

/** All that was counted of a space, with what has not ended. */
const eventsOf = ({ profile, open }: StoredActivity): number =>
  Math.round(profile.events.reduce((sum, events) => sum + events, 0)) + (open?.events ?? 0);

/** The bytes of the file with only what counts in it. */
function bytesThatCount(homeFolder: string): string {
  const path = join(temporaryFolder(), 'counting.db');
  copyFileSync(databasePath(homeFolder), path);
  const database = new Database(path);
  database.pragma('foreign_keys = OFF');
  const tables = database
    .prepare<[], { name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .all();
  for (const { name } of tables) {
    // What belongs to another table went with it.
    if (!counting.includes(name)) database.exec(`DROP TABLE IF EXISTS "${name}"`);
  }
  database.exec('VACUUM');
  database.close();
  return readFileSync(path, 'latin1');
}

test('what accepted people do closes the window of every space that the engine answers, and is counted in theirs', async () => {
  const fake = await openEngine();
  const telegram = await openTelegram();
  const group = telegram.group({ botIsAdmin: true });
  const ada = telegram.person({ first_name: 'Ada' });
  const mallory = telegram.person({ first_name: 'Mallory' });
  const clock = createSkippingClock(evening);
  const loaded = engineSettings(
    fake,
    {},
    { schedule: asleep, channels: { telegram: { allow: [`telegram:chat:${group.id}`] } } },
    { TELEGRAM_BOT_TOKEN: telegram.token },
  );
  const bot = await startTrainingBot(loaded, { clock, telegramApiRoot: telegram.apiRoot });
  const window = () => bot.says('/schedule window');
  const comesTo = (said: RegExp): Promise<void> =>
    expect.poll(window, { timeout: 10_000, interval: 20 }).toMatch(said);
  expect(await window()).toMatch(/window is closed/);
  clock.skip(untilSleepMs);
  await passTime(clock, minuteMs);
  expect(await window()).toMatch(openBy('sleep'));

  // A stranger is told how to be let in, and keeps nobody from anything.
  mallory.say('Let me in, quince!');
  await telegram.until(
    () => telegram.botMessages(mallory.privateChat).length > 0,
    'the notice for strangers',
  );
  expect(await window()).toMatch(openBy('sleep'));

  ada.say(`@${telegram.bot.username} What is a xylophone?`, group);
  const answer = await telegram.until(() => telegram.botMessages(group)[0], 'the answer');
  await comesTo(closedBy('message'));
  await passTime(clock, quietMs);
  expect(await window()).toMatch(openBy('sleep'));

  const answerId = Number(answer['message_id']);
  ada.react(answerId, ['👍'], group);
  await comesTo(closedBy('message'));
  await passTime(clock, quietMs);
  expect(await window()).toMatch(openBy('sleep'));

  // A command is answered whatever trains.
  const said = telegram.botMessages(group).length;
  ada.say(`/help@${telegram.bot.username}`, group);
  await telegram.until(() => telegram.botMessages(group).length > said, 'the help');
  expect(await window()).toMatch(openBy('sleep'));
  await bot.stop();

  const stored = await storedActivity(loaded.homeFolder);
  const counts = new Map(stored.map((activity) => [activity.spaceId, eventsOf(activity)]));
  const terminal = stored.find(({ spaceId }) => spaceId.startsWith('terminal'));
  expect(counts.get(spaceId('telegram', String(group.id)))).toBe(3);
  expect(terminal && eventsOf(terminal)).toBeGreaterThanOrEqual(8);
  expect(counts.size).toBe(2);
  const bytes = bytesThatCount(loaded.homeFolder);
  expect(bytes).toContain(`telegram:${group.id}`);
  const everything = readFileSync(databasePath(loaded.homeFolder), 'latin1');
  for (const hint of [String(ada.user.id), 'xylophone', 'Ada', String(mallory.user.id), 'quince', '/help']) {
    expect([hint, bytes.includes(hint)]).toEqual([hint, false]);
  }
  expect(everything).toContain('xylophone');
  expect(everything).toContain(String(ada.user.id));
  expect(telegram.violations).toEqual([]);
});

test('a space whose model is another machine’s does not wait for people elsewhere', async () => {
  const telegram = await openTelegram();
  const group = telegram.group({ botIsAdmin: true });
  const ada = telegram.person({ first_name: 'Ada' });
  const clock = createSkippingClock(evening);
  const loaded = settingsWith(
    { schedule: asleep, channels: { telegram: { allow: [`telegram:chat:${group.id}`] } } },
    { TELEGRAM_BOT_TOKEN: telegram.token, METACLAW_MODEL_DISCOVER: 'false' },
  );
  const bot = await startTrainingBot(loaded, { clock, telegramApiRoot: telegram.apiRoot });
  clock.skip(untilSleepMs);
  await passTime(clock, minuteMs);
  expect(await bot.says('/schedule window')).toMatch(openBy('sleep'));
  ada.say(`@${telegram.bot.username} Hello`, group);
  await telegram.until(() => telegram.botMessages(group).length > 0, 'the answer');
  ada.say(`/schedule@${telegram.bot.username} window`, group);
  const shown = (): string => JSON.stringify(telegram.botMessages(group).at(-1)?.['text']);
  await telegram.until(() => shown().includes('The window is'), 'the window of the group');
  expect(shown()).toContain('closed');
  expect(await bot.says('/schedule window')).toMatch(openBy('sleep'));
});

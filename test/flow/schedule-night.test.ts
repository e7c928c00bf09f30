import { expect, test } from 'vitest';
import { passTime } from './pass-time.ts';
import { hourMs, minuteMs, neverIdle, readyToTrain, trained } from './schedule-rig.ts';
import { because, closedBy, expectedAt, openBy, wasOpen } from './schedule-said.ts';
import { sentToTrain } from './sent-to-train.ts';
import { storedRun } from './stored-run.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, quietMs, wokenMs } from './training-settings.ts';

/** 20:30 in Tokyo. */
const evening = Date.UTC(2026, 2, 2, 11, 30);

test('a space trains in its own night, stops for a message at once, and goes on when it is quiet again', async () => {
  const fake = await openEngine();
  const clock = createSkippingClock(evening);
  const loaded = engineSettings(fake, trained, { schedule: neverIdle });
  const bot = await startTrainingBot(loaded, { clock });
  await readyToTrain(bot);
  expect(await bot.says('/schedule timezone Asia/Tokyo')).toContain('Asia/Tokyo');
  expect(await bot.says('/schedule sleep 23:00-07:00')).toContain('23:00');
  expect(await bot.says('/schedule window')).toMatch(expectedAt('today 23:00', 'sleep'));

  clock.skip(2 * hourMs + 20 * minuteMs);
  await passTime(clock, 8 * minuteMs);
  expect(await bot.says('/schedule window')).toMatch(closedBy('awake'));
  expect(sentToTrain(fake)).toEqual([]);
  fake.holdFutures(['forward']);
  await passTime(clock, 3 * minuteMs);
  expect(await bot.logged('training_began')).toMatchObject({ kind: 'weights', samples: 16 });
  await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
  const open = await bot.says('/schedule window');
  expect(open).toMatch(openBy('sleep'));
  expect(open).toContain('07:00');

  // Whoever cannot sleep is answered before the call under way has ended.
  expect(await bot.says('Are you there?')).not.toBe('');
  expect(fake.waitingFutures()).toBeGreaterThan(0);
  clock.skip(2_000);
  const sent = sentToTrain(fake).length;
  fake.releaseFutures();
  await expect.poll(() => storedRun(loaded), { timeout: 10_000 }).toMatchObject({ state: 'paused' });
  await passTime(clock, quietMs - 20_000);
  expect(await bot.says('/train status')).toContain(because('message'));
  // Who was up is not asleep again at once.
  await passTime(clock, wokenMs - quietMs);
  const status = await bot.says('/train status');
  expect(status).toContain('Run 1 is paused, as somebody needs the bot: 0 of 2 steps ended');
  expect(status).toContain(because('awake'));
  expect(sentToTrain(fake)).toHaveLength(sent);

  await passTime(clock, 30_000);
  await bot.logged('training_done');
  expect(sentToTrain(fake).length).toBeGreaterThan(sent);
  expect(await bot.says('/train show 1')).toContain('2 of 2 done');
  const why = await bot.says('/schedule why');
  expect([wasOpen('sleep', 'message'), wasOpen('sleep', 'answering')].some((said) => said.test(why))).toBe(
    true,
  );
  expect(why).toContain('something worked for');

  clock.skip(8 * hourMs);
  await passTime(clock, minuteMs);
  const morning = await bot.says('/schedule window');
  expect(morning).toMatch(closedBy('awake'));
  expect(morning).toMatch(expectedAt('today 23:00', 'sleep'));
  expect(fake.faults()).toEqual([]);
});

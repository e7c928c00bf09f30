import { expect, test } from 'vitest';
import { passTime } from './pass-time.ts';
import { asleep, evening, minuteMs, readyToTrain, trained, untilSleepMs } from './schedule-rig.ts';
import { sentToTrain } from './sent-to-train.ts';
import { storedRun } from './stored-run.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, quietMs, wokenMs } from './training-settings.ts';

test('an engine that cannot serve while it trains does one after the other: people wait for one call at most', async () => {
  const fake = await openEngine('skyrl');
  const loaded = engineSettings(fake, trained, { schedule: asleep });
  const clock = createSkippingClock(evening);
  const bot = await startTrainingBot(loaded, { clock });
  await readyToTrain(bot);
  fake.holdFutures(['forward_backward']);
  clock.skip(untilSleepMs);
  await passTime(clock, minuteMs);
  await bot.logged('training_began');
  await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
  await bot.logged('window_opened');

  const drawn = fake.requestsTo('asample').length;
  const answer = bot.says('Are you there?');
  // Taken, and with it no further call is made; but the engine is not asked yet.
  expect(await bot.logged('window_closed')).toMatchObject({ by: expect.stringMatching(/message|answering/) });
  await passTime(clock, minuteMs);
  expect(fake.requestsTo('asample')).toHaveLength(drawn);
  fake.releaseFutures();
  expect(await answer).not.toBe('');
  expect(fake.requestsTo('asample')).toHaveLength(drawn + 1);
  // The step in flight has been ended, with its checkpoint, and then it was the person's turn.
  const sent = sentToTrain(fake).length;
  expect(sentToTrain(fake).slice(-3)).toEqual(['forward_backward', 'optim_step', 'save_weights']);
  expect(fake.requests.findLast(({ endpoint }) => /asample|save_weights/.test(endpoint))?.endpoint).toBe(
    'asample',
  );
  await expect.poll(() => storedRun(loaded), { timeout: 10_000 }).toMatchObject({ state: 'paused' });

  // However long an answer takes, and whatever else opens the window, the engine is not asked to train meanwhile.
  fake.holdFutures(['sample']);
  const long = bot.says('Tell me everything.');
  await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
  await passTime(clock, quietMs + minuteMs);
  expect(sentToTrain(fake)).toHaveLength(sent);
  fake.releaseFutures();
  expect(await long).not.toBe('');
  await passTime(clock, wokenMs);
  await bot.logged('training_done');
  expect(sentToTrain(fake).length).toBeGreaterThan(sent);
  expect(await bot.says('/train show 1')).toContain('2 of 2 done');
});

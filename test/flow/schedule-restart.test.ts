import { expect, test } from 'vitest';
import { passTime } from './pass-time.ts';
import { asleep, evening, minuteMs, readyToTrain, trained, untilSleepMs } from './schedule-rig.ts';
import { closedBy, openBy, wasOpen } from './schedule-said.ts';
import { storedRun } from './stored-run.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, quietMs } from './training-settings.ts';

test('a bot that is killed inside a window tells of it after its restart, and its run goes on', async () => {
  const fake = await openEngine();
  const loaded = engineSettings(fake, trained, { schedule: asleep });
  const clock = createSkippingClock(evening);
  const first = await startTrainingBot(loaded, { clock });
  await readyToTrain(first);
  fake.holdFutures(['forward_backward']);
  clock.skip(untilSleepMs);
  await passTime(clock, minuteMs);
  await first.logged('training_began');
  await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
  expect(await first.says('/schedule why')).toContain('There was none yet');
  first.kill();
  fake.releaseFutures();
  expect(await storedRun(loaded)).toMatchObject({ number: 1, state: 'running' });

  // Another process has another clock, and what the first one was to do later is not done.
  const later = createSkippingClock(clock.now());
  const second = await startTrainingBot(loaded, { clock: later });
  // What the first one led with has not run out yet.
  expect(await second.says('/schedule window')).toMatch(closedBy('follower'));
  await passTime(later, quietMs - 30_000);
  await expect
    .poll(() => second.says('/schedule why'), { timeout: 10_000, interval: 20 })
    .toMatch(wasOpen('sleep', 'restart'));
  expect(await storedRun(loaded)).toMatchObject({ number: 1, state: 'paused' });
  await passTime(later, minuteMs);
  await second.logged('training_done');
  expect(await second.says('/train show 1')).toContain('2 of 2 done');
  expect(await second.says('/train history')).not.toContain('Run 2');
  expect(await second.says('/schedule window')).toMatch(openBy('sleep'));
});

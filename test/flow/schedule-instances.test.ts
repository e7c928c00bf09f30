import { expect, test } from 'vitest';
import type { FakeTinker } from '../fakes/tinker/fake-tinker.ts';
import { startInstance } from './schedule-instance.ts';
import { asleep, evening, minuteMs, trained, untilSleepMs } from './schedule-rig.ts';
import { closedBy, openBy } from './schedule-said.ts';
import { createSkippingClock, type SkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, quietMs } from './training-settings.ts';

const stepMs = 10_000;
/** Rewards are settled at the next look. */
const settlingMs = 40_000;
const questions = Array.from({ length: 16 }, (_, at) => `Question ${at}?`);

/** The model of each step that the engine was asked for, in order. */
const modelsStepped = (fake: FakeTinker): readonly unknown[] =>
  fake
    .requestsTo('optim_step')
    .map(({ body }) =>
      typeof body === 'object' && body !== null ? Reflect.get(body, 'model_id') : undefined,
    );

/** The same time passes for several machines. */
async function passTogether(clocks: readonly SkippingClock[], durationMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
    for (const clock of clocks) {
      clock.skip(stepMs);
      await clock.sleep(0);
    }
  }
}

test('of two instances over one file one trains, and one that was away too long begins no second run', async () => {
  const fake = await openEngine();
  const loaded = engineSettings(fake, trained, { schedule: asleep });
  const [clockA, clockB] = [createSkippingClock(evening), createSkippingClock(evening)];
  const both = [clockA, clockB];
  const a = await startInstance(loaded, clockA);
  await a.logged('leader_began');
  const b = await startInstance(loaded, clockB);
  for (const [at, question] of questions.entries()) {
    await a.says(question);
    await a.says(`/feedback ${at % 2 === 0 ? 'good' : 'bad'}`);
  }
  await passTogether(both, settlingMs);
  await expect
    .poll(() => a.says('/train status'), { timeout: 10_000, interval: 20 })
    .toContain('It can begin: 16 rated answers');
  fake.holdFutures(['forward_backward']);
  await passTogether(both, untilSleepMs);
  expect(await a.logged('training_began')).toMatchObject({ samples: 16 });
  await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
  expect(await a.says('/schedule window')).toMatch(openBy('sleep'));
  expect(await b.says('/schedule window')).toMatch(closedBy('follower'));
  const status = await b.says('/status');
  expect(status).toContain('run 1, weights, under way');
  expect(status).not.toContain('stands still');
  await b.says('/train now confirm');
  await passTogether(both, minuteMs);
  expect(fake.requestsTo('create_model')).toHaveLength(1);

  // One of the machines stands still for a minute: the other one leads then, and carries the run on.
  await passTogether([clockB], minuteMs);
  await b.logged('leader_began');
  await expect.poll(() => fake.requestsTo('create_model').length, { timeout: 10_000 }).toBe(2);
  fake.releaseFutures();
  // It wakes and believes that it leads still.
  await a.logged('training_left');
  await passTogether([clockB], minuteMs);
  await b.logged('training_done');
  expect(await a.says('/train now confirm')).toMatch(/No run can begin|Another instance/);
  await passTogether(both, quietMs + minuteMs);
  expect(await a.says('/schedule window')).toMatch(closedBy('follower'));
  expect(await a.says('/status')).not.toContain('stands still');
  expect((await a.stores.runs.list(9)).map(({ number, state }) => [number, state])).toEqual([[1, 'done']]);
  expect((await a.stores.policies.list(9)).map(({ number }) => number)).toEqual([1]);
  // Of the one that slept only what was under way came to the engine.
  const [slept, leading] = modelsStepped(fake);
  expect(modelsStepped(fake)).toEqual([slept, leading, leading]);
  expect(leading).not.toBe(slept);
  expect(fake.requestsTo('create_model')).toHaveLength(2);
});

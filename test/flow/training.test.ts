import { describe, expect, test } from 'vitest';
import type { FakeTinker } from '../fakes/tinker/fake-tinker.ts';
import { storedRun } from './stored-run.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, smallRuns } from './training-settings.ts';

const questions = Array.from({ length: 16 }, (_, at) => `Question ${at}?`);
const isEven = (question: string): boolean => /[02468]\?$/.test(question);
const prices = { trainPrice: 1_000, readPrice: 1_000, writePrice: 1_000, monthlyBudget: 1_000 };
const idleMs = 30 * 60_000;
/** After a restart it is known to a quarter of an hour only when somebody was last there. */
const idleAfterRestartMs = 45 * 60_000;
const training = { weights: true, ...smallRuns, ...prices };

/** What the engine was last asked to draw by. */
function lastDrawnBy(fake: FakeTinker): unknown {
  const body = fake.requestsTo('create_sampling_session').at(-1)?.body;
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'model_path') : undefined;
}

describe('a bot whose engine is trained', () => {
  test('goes the whole way from ratings to weights that answer and back, over restarts', async () => {
    const fake = await openEngine();
    const clock = createSkippingClock();
    const loaded = engineSettings(fake, training);
    const first = await startTrainingBot(loaded, { clock });
    expect(await first.says('/train status')).toContain('Still missing: 16 rated answers');
    await first.rates(questions.slice(0, 8), isEven);
    await first.untilItSays('Still missing: 8 rated answers', '/train status');
    expect(await first.says('/train now confirm')).toContain('too few rated answers');
    await first.rates(questions.slice(8), isEven);
    const ready = await first.untilItSays('It can begin: 16 rated answers in 2 steps', '/train status');
    expect(ready).toContain('By KTO');
    expect(ready).toMatch(/Estimated cost: \d/);

    expect(await first.says('/train now')).toMatch(/It should cost \d.*To do it: `\/train now confirm`/s);
    expect(fake.requestsTo('create_model')).toEqual([]);
    expect(await first.says('/train now confirm')).toContain('Run 1 has begun, with 16 rated answers');
    await first.logged('training_done');
    const shown = await first.says('/train show 1');
    expect(shown).toContain('Run 1: done');
    expect(shown).toContain('2 of 2 done');
    expect(shown).toContain('Of these 16 trained on');
    expect(shown).toMatch(/Spent \d/);
    expect(shown).toContain('What it made: policy 1');
    expect(await first.says('/policy list')).toContain('Policy 1, version 1, trained weights: candidate');
    expect(await first.says('/policy show 1')).toContain('Made less than a minute ago by run 1');
    await first.says('Who answers?');
    expect(lastDrawnBy(fake)).toBeUndefined();
    await first.stop();
    // One to answer and one to train; each is closed.
    expect(fake.requestsTo('create_session')).toHaveLength(2);
    expect(fake.requestsTo('finish_session')).toHaveLength(2);

    const second = await startTrainingBot(loaded, { clock });
    expect(await second.says('/policy promote 1')).toContain('To do it: `/policy promote 1 confirm`');
    expect(await second.says('/policy promote 1 confirm')).toContain('Policy 1 serves now');
    await second.says('And now?');
    expect(await second.says('/why')).toContain('Model: policy 1, trained weights');
    const path = lastDrawnBy(fake);
    expect(fake.checkpoints().filter((one) => one.includes('/sampler_weights/'))).toEqual([path]);
    expect(await second.says('/status')).toContain('Answers come from policy 1');
    await second.stop();

    const third = await startTrainingBot(loaded, { clock });
    await third.says('Still?');
    expect(await third.says('/why')).toContain('Model: policy 1, trained weights');
    expect(lastDrawnBy(fake)).toBe(path);
    expect(await third.says('/policy rollback')).toContain('what served before it answers again');
    expect(await third.says('/policy rollback 1 confirm')).toContain('Policy 1 is taken back');
    await third.says('And again?');
    expect(await third.says('/why')).toContain('Model: test/chat');
    expect(lastDrawnBy(fake)).toBeUndefined();
    expect(await third.says('/status')).toContain('Answers come from the model as it is configured');
    expect(await third.says('/train history')).toContain('Run 1');
    expect(fake.faults()).toEqual([]);
  });

  test('goes on answering while the engine trains, and lets a message pause the run', async () => {
    const fake = await openEngine();
    const clock = createSkippingClock();
    const loaded = engineSettings(fake, training);
    const bot = await startTrainingBot(loaded, { clock });
    await bot.rates(questions, isEven);
    await bot.untilItSays('It can begin', '/train status');
    fake.holdFutures(['forward_backward']);
    // It begins by itself when nobody has said anything for long enough.
    clock.skip(idleMs);
    expect(await bot.logged('training_began')).toMatchObject({ kind: 'weights', samples: 16 });
    await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
    const drawn = fake.requestsTo('asample').length;
    expect(await bot.says('Are you there?')).not.toBe('');
    expect(fake.requestsTo('asample').length).toBeGreaterThan(drawn);
    expect(fake.waitingFutures()).toBeGreaterThan(0);
    fake.releaseFutures();
    // No command has been given: what was said is what paused it, after the step in flight.
    await expect.poll(() => storedRun(loaded), { timeout: 10_000 }).toMatchObject({ state: 'paused' });
    const status = await bot.says('/train status');
    expect(status).toContain('Run 1 is paused');
    expect(status).toContain('1 of 2 steps ended');
    expect(status).toContain('somebody wrote a moment ago');
    expect(await bot.says('/status')).toContain('run 1, weights, paused');
    const passes = fake.requestsTo('forward_backward').length;
    await bot.stop();

    const again = await startTrainingBot(loaded, { clock });
    expect(await again.says('/train status')).toContain('Run 1 is paused');
    expect(fake.requestsTo('forward_backward')).toHaveLength(passes);
    clock.skip(idleAfterRestartMs);
    await again.logged('training_done');
    expect(await again.says('/train show 1')).toContain('2 of 2 done');
    expect(fake.faults()).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { startTrainingBot, type TrainingBot } from './training-bot.ts';
import { createSkippingClock, type SkippingClock } from './training-clock.ts';
import { settingsWith, smallRuns } from './training-settings.ts';
import { lastAsked, startVendor, type Vendor } from './training-vendor.ts';

const tuned = 'ft:gpt-tiny:org::metaclaw-11';
const requests = Array.from({ length: 20 }, (_, at) => `Question ${at}?`);
const isGood = (request: string): boolean => !/[05]\?$/.test(request);
/** A job is looked at again after half a minute. In steps that leave its leader time to say that it still leads. */
const lookMs = 5_000;

interface Rated {
  readonly vendor: Vendor;
  readonly clock: SkippingClock;
  readonly bot: TrainingBot;
}

async function ratedBot(training: object): Promise<Rated> {
  const vendor = await startVendor(['gpt-tiny', tuned], ({ model }) => `So says ${model}.`);
  const clock = createSkippingClock();
  const loaded = settingsWith(
    { training: { ...smallRuns, tuneModel: 'gpt-tiny', tunePrice: 3, ...training } },
    { OPENAI_BASE_URL: vendor.baseUrl, OPENAI_API_KEY: vendor.apiKey, OPENAI_MODEL: 'gpt-tiny' },
  );
  const bot = await startTrainingBot(loaded, { clock, fetch: vendor.fetch });
  await bot.rates(requests, isGood);
  await bot.untilItSays('20 rewards settled', '/status');
  return { vendor, clock, bot };
}

describe('a bot whose provider tunes models', () => {
  test('has one tuned on rated answers, which answers once a person says so', async () => {
    const { vendor, bot } = await ratedBot({ weights: true });
    const { tuning } = vendor;
    const status = await bot.says('/train status');
    expect(status).toContain('It can begin: 20 rated answers in 1 step');
    expect(status).toContain('Weights: a model is tuned at its provider');
    expect(await bot.says('/privacy')).toContain('the provider that tunes gpt-tiny');
    expect(await bot.says('/train now')).toMatch(/It should cost \d/);
    expect(tuning.requests).toEqual([]);

    await bot.says('/train now confirm');
    await bot.logged('tuning_job_created');
    expect(tuning.uploads().map(({ text }) => text.trim().split('\n').length)).toEqual([16]);
    for (const _ of ['validated', 'running', 'done']) tuning.advance();
    await bot.untilItSays('Policy 1', '/policy list', lookMs);
    const shown = await bot.says('/train show 1');
    expect(shown).toContain('Of these 16 trained on and 4 left out');
    expect(shown).toMatch(/Spent 0\.\d+ USD/);
    expect(await bot.says('/policy show 1')).toContain(tuned);
    expect(tuning.files()).toEqual([]);
    expect(tuning.refused).toEqual([]);

    expect(await bot.says('Who?')).toContain('So says gpt-tiny.');
    expect(await bot.says('/policy promote 1 confirm')).toContain('Policy 1 serves now');
    expect(await bot.says('Who?')).toContain(`So says ${tuned}.`);
    expect(lastAsked(vendor).model).toBe(tuned);
    expect(await bot.says('/why')).toContain('Model: policy 1, a model tuned at its provider');
    expect(await bot.says('/policy rollback 1 confirm')).toContain('Policy 1 is taken back');
    expect(await bot.says('Who?')).toContain('So says gpt-tiny.');
  });

  test('sends it nothing while training is off', async () => {
    const { vendor, clock, bot } = await ratedBot({});
    expect(await bot.says('/train now confirm')).toContain('No run can begin');
    for (let day = 0; day < 3; day += 1) {
      clock.skip(86_400_000);
      await bot.says('/status');
    }
    expect(vendor.tuning.requests).toEqual([]);
  });

  test('sends it nothing that would pass the budget of the month', async () => {
    const { vendor, bot } = await ratedBot({ weights: true, monthlyBudget: 0.000001 });
    expect(await bot.says('/train now confirm')).toContain('the budget for training is spent');
    expect(await bot.says('/train history')).toContain('the budget for training is spent');
    expect(vendor.tuning.requests).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import type { FakeTinker } from '../fakes/tinker/fake-tinker.ts';
import { sentToTrain } from './sent-to-train.ts';
import { startTrainingBot, type TrainingBot } from './training-bot.ts';
import { createSkippingClock, type SkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, type Sections, smallRuns } from './training-settings.ts';

const questions = Array.from({ length: 16 }, (_, at) => `Question ${at}?`);
const isEven = (question: string): boolean => /[02468]\?$/.test(question);
const prices = { trainPrice: 1, readPrice: 1, writePrice: 1 };
const DAY_MS = 86_400_000;

interface Rated {
  readonly fake: FakeTinker;
  readonly clock: SkippingClock;
  readonly bot: TrainingBot;
}

/** A bot whose engine answered sixteen questions, and all answers are rated and settled. */
async function ratedBot(training: object, more: Sections = {}): Promise<Rated> {
  const fake = await openEngine();
  const clock = createSkippingClock();
  const loaded = engineSettings(fake, { ...smallRuns, ...training }, more);
  const bot = await startTrainingBot(loaded, { clock });
  await bot.rates(questions, isEven);
  await bot.untilItSays('16 rewards settled', '/status');
  return { fake, clock, bot };
}

/** Windows come and go for three days. */
async function daysPass({ clock, bot }: Rated): Promise<void> {
  for (let day = 0; day < 3; day += 1) {
    clock.skip(DAY_MS);
    await bot.says('/status');
  }
}

describe('a bot with an engine', () => {
  test('trains nothing while nobody has turned that on', async () => {
    const rated = await ratedBot({});
    const { fake, bot } = rated;
    expect(await bot.says('/train status')).toContain('training of weights is switched off');
    expect(await bot.says('/train now confirm')).toContain('No run can begin');
    await daysPass(rated);
    expect(await bot.says('/train history')).not.toContain('Run 1');
    expect(sentToTrain(fake)).toEqual([]);
  });

  test('trains on nothing that the operator has not opened to training', async () => {
    const rated = await ratedBot({ weights: true, ...prices }, { learning: { holdOutPercent: 0 } });
    const { fake, bot } = rated;
    const status = await bot.says('/train status');
    expect(status).toContain('Weights: trained by the training engine');
    expect(status).toContain('Waiting: 0 rated answers');
    expect(await bot.says('/train now confirm')).toContain('No run can begin');
    await daysPass(rated);
    expect(sentToTrain(fake)).toEqual([]);
  });

  test('sends nothing that would pass the budget of the month, and says so', async () => {
    const { fake, bot } = await ratedBot({ weights: true, ...prices, monthlyBudget: 0.000001 });
    expect(await bot.says('/train now')).toContain('That is more than the cap leaves');
    expect(await bot.says('/train now confirm')).toContain('the budget for training is spent');
    expect(await bot.says('/train show 1')).toContain('Spent nothing');
    expect(await bot.says('/policy list')).toContain('nothing else was made yet');
    expect(sentToTrain(fake)).toEqual([]);
  });
});

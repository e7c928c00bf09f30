import type { TrainingBot } from './training-bot.ts';
import { smallRuns } from './training-settings.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** Weights are trained as soon as sixteen answers are rated. */
export const trained = { weights: true, ...smallRuns, trainPrice: 1, readPrice: 1, writePrice: 1 };

/** Nobody counts as gone because of silence. */
export const neverIdle = { idleMinutes: 500_000 };

/** When people talk, a while before they sleep; all of it in one quarter of an hour. */
export const evening = Date.UTC(2026, 2, 2, 21, 30);
export const untilSleepMs = 30 * minuteMs;
export const asleep = { ...neverIdle, sleep: '22:00-06:00', timeZone: 'UTC' };

const questions = Array.from({ length: 16 }, (_, at) => `Question ${at}?`);
const isEven = (question: string): boolean => /[02468]\?$/.test(question);

/** Enough answers are rated for a run of two steps, which has not begun. */
export async function readyToTrain(bot: TrainingBot): Promise<void> {
  await bot.rates(questions, isEven);
  await bot.untilItSays('It can begin: 16 rated answers in 2 steps', '/train status');
}

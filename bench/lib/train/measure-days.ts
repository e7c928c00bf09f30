import { createFakeTinker } from '../../../test/fakes/tinker/fake-tinker.ts';
import type { BenchResult } from '../bench-report.ts';
import { openTrainer } from '../engine/open-trainer.ts';
import { daysResults } from './days-results.ts';
import { playOurs } from './play-ours.ts';
import { playOff, playReference } from './play-reference.ts';
import { createStage, type DaysPlan, type DaysResult } from './stage.ts';
import { vocabulary } from './toy-talk.ts';

export interface DaysSize {
  readonly seeds: number;
  readonly days: number;
  readonly turnsADay: number;
}

/** One line of the comparison. `off`: nobody trains. `reference`: the reference's rule. `ours`: the product. */
interface Line {
  readonly name: string;
  readonly rule: 'off' | 'reference' | 'ours';
  readonly settings: Pick<DaysPlan, 'kl' | 'canaryShare' | 'isPoisoned'>;
}

const shipped = { kl: 0.02, canaryShare: 0.1, isPoisoned: false } as const;
/** Settings that an operator of a small community can make: KTO's own hold alone, and more who try a canary. */
const loosened = { kl: 0, canaryShare: 0.3, isPoisoned: false } as const;

export const lines: readonly Line[] = [
  { name: 'off', rule: 'off', settings: shipped },
  { name: 'reference', rule: 'reference', settings: shipped },
  { name: 'ours as shipped', rule: 'ours', settings: shipped },
  { name: 'ours loosened', rule: 'ours', settings: loosened },
  { name: 'reference poisoned', rule: 'reference', settings: { ...shipped, isPoisoned: true } },
  { name: 'ours loosened poisoned', rule: 'ours', settings: { ...loosened, isPoisoned: true } },
];

/** Both train with it. Low enough that the reference does not break at once, high enough that a run of ours is a run. */
export const learningRate = 0.05;
const baseModel = 'bench/toy';

/** One line of one seed, on an engine of its own with base weights of its own. */
export async function playLine(
  { rule, settings }: Line,
  seed: number,
  size: DaysSize,
  signal: AbortSignal,
): Promise<DaysResult> {
  const fake = await createFakeTinker({ baseModels: [{ name: baseModel, vocabulary }], seed });
  const { baseUrl, apiKey } = fake;
  const trainer = openTrainer({ profile: 'tinker', baseUrl, apiKey });
  try {
    const { days, turnsADay } = size;
    const plan = { trainer, baseModel, seed, size: { days, turnsADay }, learningRate, ...settings };
    const stage = createStage(plan, signal);
    if (rule === 'off') return await playOff(stage);
    return await (rule === 'reference' ? playReference(stage, signal) : playOurs(stage, signal));
  } finally {
    await trainer.close();
    await fake.close();
  }
}

/** Reward over days, and what became of the rated answers, by rule. */
export async function measureDays(
  size: DaysSize,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const line of lines) {
    const streams: DaysResult[] = [];
    for (let seed = 1; seed <= size.seeds; seed += 1) {
      progress(`train: ${line.name}, seed ${seed}`);
      streams.push(await playLine(line, seed, size, signal));
    }
    results.push(...daysResults(line.name, streams));
  }
  return results;
}

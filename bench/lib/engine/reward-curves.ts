import type { Loss } from '../../../core/domain/datum.ts';
import type { ToyReward } from '../../../core/learning/engine-check/toy-reward.ts';
import type { TrainerPort } from '../../../core/ports/trainer.ts';
import type { BenchResult } from '../bench-report.ts';
import { rewardOfModel, type ToyRun, type ToyShape, turnedRound, withToySteps } from './toy-run.ts';

/** Every loss there is, as it is measured. */
export const shownLosses: readonly Loss[] = [
  { name: 'importance_sampling' },
  { name: 'cross_entropy' },
  { name: 'ppo', clipLow: 0.8, clipHigh: 1.2 },
  { name: 'cispo', clipLow: 0, clipHigh: 2 },
  { name: 'dro', beta: 0.05 },
];

/** Mean rewards of the answers of each step, those of the first before anything is learnt. */
export async function rewardCurve(
  run: ToyRun,
  steps: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  return withToySteps(
    run,
    async (step) => {
      const rewards: number[] = [];
      while (rewards.length < steps) rewards.push((await step()).meanReward);
      return rewards;
    },
    signal,
  );
}

/** As `rewardCurve`, trained away from the reward; gives the reward itself. */
export async function turnedCurve(
  run: ToyRun,
  steps: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const rewards = await rewardCurve({ ...run, reward: turnedRound(run.reward) }, steps, signal);
  return rewards.map((reward) => -reward);
}

/** One model to learn on for each repetition, so that repetitions share nothing. */
export interface CurvePlan {
  readonly trainer: TrainerPort;
  readonly shape: ToyShape;
  readonly steps: number;
  /** Steps whose rewards are told, from 1. */
  readonly shownSteps: readonly number[];
  readonly learningRate: number;
  /** As in `ToyRun`. */
  readonly uses: number;
  readonly repetitions: readonly { readonly baseModel: string; readonly seed?: number }[];
}

function resultsOf(
  what: string,
  curves: readonly (readonly number[])[],
  { shownSteps, trainer }: CurvePlan,
): readonly BenchResult[] {
  const engine = `${trainer.facts.lossReduction} engine`;
  const meanAt = (step: number): number =>
    curves.reduce((sum, curve) => sum + (curve[step - 1] ?? Number.NaN), 0) / curves.length;
  const before = meanAt(1);
  return shownSteps.map((step) => {
    const rewards = curves.map((curve) => curve[step - 1] ?? Number.NaN);
    const value = meanAt(step);
    return {
      metric: `reward, ${what}, step ${step}, ${engine}`,
      unit: 'share',
      value,
      ...(rewards.length > 1 ? { spread: [Math.min(...rewards), Math.max(...rewards)] as const } : {}),
      ...(step === 1 ? {} : { vs: { name: 'step 1', value: before }, ratio: value / before }),
    };
  });
}

/** Reward by step for each loss that the engine has, and with the advantages turned round. */
export async function measureCurves(
  plan: CurvePlan,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly BenchResult[]> {
  const { trainer, shape, steps, learningRate, uses, repetitions } = plan;
  const rewards: ToyReward[] = [];
  for (const { baseModel } of repetitions) {
    rewards.push(await rewardOfModel(trainer, baseModel, shape, signal));
  }

  async function curvesOf(loss: Loss, train: typeof rewardCurve): Promise<readonly (readonly number[])[]> {
    const curves: (readonly number[])[] = [];
    for (const [at, repetition] of repetitions.entries()) {
      const reward = rewards[at] ?? { rewardOf: () => Number.NaN };
      curves.push(
        await train({ ...repetition, trainer, shape, loss, reward, learningRate, uses }, steps, signal),
      );
    }
    return curves;
  }

  const results: BenchResult[] = [];
  for (const loss of shownLosses.filter(({ name }) => trainer.facts.losses.includes(name))) {
    progress(`engine: ${loss.name} on ${trainer.description}`);
    results.push(...resultsOf(loss.name, await curvesOf(loss, rewardCurve), plan));
  }
  const [first] = shownLosses;
  if (first === undefined) return results;
  progress(`engine: advantages turned round on ${trainer.description}`);
  const what = `${first.name} with the advantages turned round`;
  return [...results, ...resultsOf(what, await curvesOf(first, turnedCurve), plan)];
}

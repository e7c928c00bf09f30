import type { TrainerPort } from '../../../core/ports/trainer.ts';
import type { BenchResult } from '../bench-report.ts';
import { resultOf } from '../statistics.ts';
import { rewardOfModel, type ToyShape, withToySteps } from './toy-run.ts';

/** What one step took, milliseconds. */
export interface StepCost {
  readonly wallMs: number;
  /** CPU of this process, all threads. */
  readonly ourCpuMs: number;
  readonly engineMs: number;
}

export interface StepPlan {
  readonly trainer: TrainerPort;
  readonly baseModel: string;
  /** In words: `64 answers of 8 tokens`. */
  readonly name: string;
  readonly shape: ToyShape;
  readonly learningRate: number;
  /** As in `ToyRun`. */
  readonly seed?: number;
  /** Steps before the ones that count: they compile the code, here and there. */
  readonly warmUp: number;
  readonly steps: number;
  /** CPU time that the engine has spent so far; absent where it does not tell: then it is what is left of the wall's. */
  readonly engineCpuMs?: () => Promise<number>;
}

const ownCpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

async function costOf(step: () => Promise<unknown>, engineCpuMs: StepPlan['engineCpuMs']): Promise<StepCost> {
  const engineBefore = await engineCpuMs?.();
  const [cpuBefore, startedMs] = [ownCpuMs(), performance.now()];
  await step();
  const [wallMs, ourCpuMs] = [performance.now() - startedMs, ownCpuMs() - cpuBefore];
  const engineAfter = await engineCpuMs?.();
  const engineMs =
    engineBefore === undefined || engineAfter === undefined
      ? Math.max(0, wallMs - ourCpuMs)
      : engineAfter - engineBefore;
  return { wallMs, ourCpuMs, engineMs };
}

/** Whole steps one after another: sampling, datums, the pass, the optimiser. */
async function stepCosts(plan: StepPlan, signal: AbortSignal): Promise<readonly StepCost[]> {
  const { trainer, baseModel, shape, learningRate, seed, warmUp, steps } = plan;
  const reward = await rewardOfModel(trainer, baseModel, shape, signal);
  const loss = { name: 'importance_sampling' } as const;
  return withToySteps(
    {
      trainer,
      baseModel,
      shape,
      loss,
      reward,
      learningRate,
      uses: 1,
      ...(seed === undefined ? {} : { seed }),
    },
    async (step) => {
      for (let done = 0; done < warmUp; done += 1) await step();
      const costs: StepCost[] = [];
      while (costs.length < steps) costs.push(await costOf(step, plan.engineCpuMs));
      return costs;
    },
    signal,
  );
}

/** What our side of a step costs beside the engine's. */
export async function measureSteps(
  plan: StepPlan,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly BenchResult[]> {
  progress(`engine: steps of ${plan.name} on ${plan.trainer.description}`);
  const costs = await stepCosts(plan, signal);
  const runs = costs.map(({ engineMs }) => engineMs);
  const name = plan.engineCpuMs === undefined ? 'the rest of the step' : 'CPU time of the engine';
  return [
    resultOf(
      `our CPU time a step, ${plan.name}`,
      'ms',
      costs.map(({ ourCpuMs }) => ourCpuMs),
      { name, runs },
    ),
    resultOf(
      `time of a step, ${plan.name}`,
      'ms',
      costs.map(({ wallMs }) => wallMs),
      ...(plan.engineCpuMs === undefined ? [] : [{ name, runs }]),
    ),
  ];
}

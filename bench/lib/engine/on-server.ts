import { join } from 'node:path';
import type { BenchResult } from '../bench-report.ts';
import { startChild } from '../child.ts';
import type { WorkerAddress } from './engine-worker.ts';
import { openTrainer } from './open-trainer.ts';
import { measureCurves } from './reward-curves.ts';
import { largeShape, type StepCounts, smallShape } from './shapes.ts';
import { measureSteps } from './step-cost.ts';

/** One kind that sums losses and one that takes their means. */
export const behaviours = ['tinker', 'skyrl'] as const;

/** Low enough that all losses are on their way for most of the steps. */
export const serverLearningRate = 0.005;
/** Optimiser steps with one batch. */
export const serverUses = 4;

export interface ServerSize {
  readonly seeds: number;
  /** Of each reward curve, and which of them are told. */
  readonly steps: number;
  readonly shownSteps: readonly number[];
  readonly small: StepCounts;
  readonly large: StepCounts & { readonly tokens: number };
}

/** Rewards and the costs of steps on the protocol server of the tests, which runs in a process of its own. */
export async function measureServer(
  behaviour: (typeof behaviours)[number],
  { seeds, steps, shownSteps, small, large }: ServerSize,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly BenchResult[]> {
  // Models of different names have different base weights.
  const repetitions = Array.from({ length: seeds }, (_, at) => ({
    baseModel: `bench/${at + 1}`,
    seed: at + 1,
  }));
  const models = repetitions.map(({ baseModel }) => baseModel);
  const worker = startChild(join(import.meta.dirname, 'engine-worker.ts'), [behaviour, ...models]);
  try {
    const { usageUrl, baseUrl, apiKey }: WorkerAddress = JSON.parse(await worker.firstLine);
    const trainer = openTrainer({ profile: behaviour, baseUrl, apiKey });
    const common = { trainer, learningRate: serverLearningRate };
    const engineCpuMs = async () => Number(await (await fetch(usageUrl)).text());
    const shapes = [
      [smallShape, small],
      [largeShape(large.tokens), large],
    ] as const;
    try {
      const results = [
        ...(await measureCurves(
          { ...common, shape: smallShape.shape, steps, shownSteps, uses: serverUses, repetitions },
          progress,
          signal,
        )),
      ];
      for (const [{ name, shape }, { warmUp, counted }] of shapes) {
        const plan = {
          ...common,
          name: `${name}, ${trainer.facts.lossReduction} engine`,
          shape,
          baseModel: 'bench/1',
          seed: 1,
          warmUp,
          steps: counted,
          engineCpuMs,
        };
        results.push(...(await measureSteps(plan, progress, signal)));
      }
      return results;
    } finally {
      await trainer.close();
    }
  } finally {
    await worker.stop();
  }
}

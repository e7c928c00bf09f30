import { AppError } from '../../../core/domain/app-error.ts';
import type { OfferedModel, TrainerPort } from '../../../core/ports/trainer.ts';
import type { BenchOutcome, BenchSize } from '../bench-report.ts';
import type { GivenEngine } from './given-engine.ts';
import type { ServerSize } from './on-server.ts';
import { openTrainer } from './open-trainer.ts';
import { measureCurves } from './reward-curves.ts';
import { largeShape, type NamedShape, type StepCounts, smallShape } from './shapes.ts';
import { measureSteps } from './step-cost.ts';

type Size = Omit<ServerSize, 'seeds'>;

/** Somebody pays for it, or waits for it. */
const sizes: Readonly<Record<BenchSize, Size>> = {
  full: {
    steps: 12,
    shownSteps: [1, 5, 10, 12],
    small: { warmUp: 2, counted: 5 },
    large: { tokens: 1_000, warmUp: 1, counted: 3 },
  },
  smoke: {
    steps: 2,
    shownSteps: [1, 2],
    small: { warmUp: 0, counted: 1 },
    large: { tokens: 120, warmUp: 0, counted: 1 },
  },
};
/** Optimiser steps with one batch. */
const uses = 2;

async function modelOf(trainer: TrainerPort, wanted: string | undefined, signal: AbortSignal) {
  const models = await trainer.models(signal);
  const found = models.find(({ name }) => wanted === undefined || name === wanted);
  if (found !== undefined) return found;
  const names = models.map(({ name }) => name).join(', ');
  throw new AppError(
    'config_invalid',
    `The engine offers ${names || 'no model'}. Set METACLAW_ENGINE_MODEL to one that it offers.`,
  );
}

/** The shapes that fit into the model's context. */
function fitting({ maxContextTokens }: OfferedModel, { small, large }: Size) {
  const both: readonly (readonly [NamedShape, StepCounts])[] = [
    [smallShape, small],
    [largeShape(large.tokens), large],
  ];
  return both.filter(([{ tokens }]) => tokens <= (maxContextTokens ?? Number.POSITIVE_INFINITY));
}

/** Rewards and the costs of steps on an engine that somebody runs. What is made there is thrown away again. */
export async function measureGiven(
  engine: GivenEngine,
  benchSize: BenchSize,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<BenchOutcome> {
  const trainer = openTrainer(engine);
  const size = sizes[benchSize];
  const { learningRate } = engine;
  try {
    const model = await modelOf(trainer, engine.baseModel, signal);
    const baseModel = model.name;
    const { steps, shownSteps } = size;
    const { shape: answers } = smallShape;
    const repetitions = [{ baseModel }];
    const results = [
      ...(await measureCurves(
        { trainer, learningRate, shape: answers, steps, shownSteps, uses, repetitions },
        progress,
        signal,
      )),
    ];
    for (const [{ name, shape }, { warmUp, counted }] of fitting(model, size)) {
      const plan = { trainer, learningRate, baseModel, name, shape, warmUp, steps: counted };
      results.push(...(await measureSteps(plan, progress, signal)));
    }
    return {
      results,
      notes: [
        `${trainer.description}, ${baseModel}, an adapter of rank 8, Adam with ${learningRate}, ${uses} optimiser steps of each batch`,
        'reward: one run of each loss that the engine has; ratio: to step 1; turned round: trained on the negative reward, so that the reward must fall',
        'steps: whole ones of importance_sampling with one use, sampling included; the rest of the step: its time less our CPU, which is the engine’s and the waiting for it',
        'the stream of samples needs no engine; it is measured where TINKER_BASE_URL is not set',
      ],
    };
  } finally {
    await trainer.close();
  }
}

import type { Loss } from '../../../core/domain/datum.ts';
import {
  saidBefore,
  type ToyLoopOptions,
  type ToyStep,
  toyStep,
} from '../../../core/learning/engine-check/toy-loop.ts';
import { createToyReward, type ToyReward } from '../../../core/learning/engine-check/toy-reward.ts';
import type { TrainerPort } from '../../../core/ports/trainer.ts';
import { reusing } from './reusing.ts';

/** How many answers of which length to what. */
export type ToyShape = Pick<ToyLoopOptions, 'prompts' | 'groupSize' | 'maxTokens'>;

export interface ToyRun {
  readonly trainer: TrainerPort;
  readonly baseModel: string;
  readonly shape: ToyShape;
  readonly loss: Loss;
  readonly reward: ToyReward;
  readonly learningRate: number;
  /** Optimiser steps with one batch. From the second on a policy has moved away from its samples, so that losses differ. */
  readonly uses: number;
  /** Of the adapter and of what is sampled; absent: by the engine's chance. */
  readonly seed?: number;
}

const rank = 8;

/** A reward that likes half of what the base model says by itself. */
export async function rewardOfModel(
  trainer: TrainerPort,
  baseModel: string,
  shape: ToyShape,
  signal: AbortSignal,
): Promise<ToyReward> {
  const sampler = await trainer.createSampler({ baseModel }, signal);
  return createToyReward(await saidBefore(sampler, shape, signal));
}

/** The same with every advantage's sign turned round. */
export function turnedRound({ rewardOf }: ToyReward): ToyReward {
  return { rewardOf: (answer) => -rewardOf(answer) };
}

/** Lets `work` take steps with an adapter of its own, which is thrown away afterwards. */
export async function withToySteps<T>(
  run: ToyRun,
  work: (step: () => Promise<ToyStep>) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { trainer, baseModel, shape, loss, reward, learningRate, uses, seed } = run;
  const ofSeed = seed === undefined ? {} : { seed };
  const model = await trainer.createModel({ baseModel, rank, ...ofSeed }, signal);
  const used = reusing(model, uses);
  let steps = 0;
  try {
    return await work(() => {
      const seedOfStep = seed === undefined ? {} : { seed: 100_000 * seed + shape.prompts.length * steps };
      steps += 1;
      const adam = { learningRate };
      const options = { ...shape, ...seedOfStep, model: used, facts: trainer.facts, loss, adam, reward };
      return toyStep(options, signal);
    });
  } finally {
    // What went wrong before is what there is to say.
    await model.unload(signal).catch(() => undefined);
  }
}

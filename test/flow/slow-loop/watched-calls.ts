import type { Datum } from '../../../core/domain/datum.ts';
import type { RunSample } from '../../../core/domain/training-run.ts';
import type { RunStore } from '../../../core/ports/run-store.ts';
import type { TrainableModel, TrainerPort } from '../../../core/ports/trainer.ts';
import { type CallWatch, type Life, mortal } from './life.ts';

export interface TrainerWatch {
  /** Of every call of engine, models and samplers. */
  readonly called: CallWatch;
  /** A model is there, made of a state or of nothing. */
  born(modelId: string, from: string | undefined): void;
  /** Is about to be learned from. */
  trains(batch: readonly Datum[]): void;
}

/** A trainer that ends with a life, and tells what it is asked for. */
export function watchedTrainer(trainer: TrainerPort, life: Life, watch: TrainerWatch): TrainerPort {
  const dying = mortal(trainer, life, watch.called);

  function watched(made: TrainableModel, from?: string): TrainableModel {
    watch.born(made.modelId, from);
    const model = mortal(made, life, watch.called);
    return {
      ...model,
      forwardBackward(batch, loss, signal) {
        watch.trains(batch);
        return model.forwardBackward(batch, loss, signal);
      },
    };
  }

  return {
    ...dying,
    createModel: async (spec, signal) => watched(await dying.createModel(spec, signal)),
    restoreModel: async (path, options, signal) =>
      watched(await dying.restoreModel(path, options, signal), path),
    createSampler: async (source, signal) =>
      mortal(await dying.createSampler(source, signal), life, watch.called),
  };
}

/** Told of what a step has claimed, before the step has it. */
export type ClaimWatch = (run: string, step: number, claimed: readonly RunSample[]) => void;

export function watchedRuns(runs: RunStore, life: Life, watch: ClaimWatch): RunStore {
  const dying = mortal(runs, life);
  return {
    ...dying,
    fenced: (lease) => watchedRuns(runs.fenced(lease), life, watch),
    async claim(runId, step, at) {
      const claimed = await dying.claim(runId, step, at);
      watch(runId, step, claimed);
      return claimed;
    },
  };
}

import type { Datum, Loss } from '../../../core/domain/datum.ts';
import type { TrainableModel } from '../../../core/ports/trainer.ts';

/** The same model, which makes `uses` optimiser steps of each batch where it is asked for one. */
export function reusing(model: TrainableModel, uses: number): TrainableModel {
  let last: { readonly batch: readonly Datum[]; readonly loss: Loss } | undefined;
  return {
    ...model,
    forwardBackward(batch, loss, signal) {
      last = { batch, loss };
      return model.forwardBackward(batch, loss, signal);
    },
    async optimStep(params, signal) {
      const steps = [model.optimStep(params, signal)];
      const passes: Promise<unknown>[] = [];
      for (let use = 1; use < uses && last !== undefined; use += 1) {
        passes.push(model.forwardBackward(last.batch, last.loss, signal));
        steps.push(model.optimStep(params, signal));
      }
      const [[metrics]] = await Promise.all([Promise.all(steps), Promise.all(passes)]);
      return metrics ?? {};
    },
  };
}

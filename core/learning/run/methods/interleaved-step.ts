import type { StepMethod } from '../step-engine.ts';

/** One step in so many learns in the other way. */
export const otherEvery = 4;

/** Steps of two kinds in turn, beginning with `most`: ways of learning that cannot share one update share a run so. */
export function interleavedStep(most: StepMethod, other: StepMethod): StepMethod {
  return (batch, engine, settings) => {
    const method = (settings.step ?? 1) % otherEvery === 0 ? other : most;
    return method(batch, engine, settings);
  };
}

import { type LossName, type LossSettings, lossAt, positionFactors, type Reduction } from './losses.ts';
import { type Adapter, addLogprobGradient, type BaseModel, type Gradient, nextToken } from './policy.ts';

/** One sequence, checked: all arrays have its length. */
export interface TrainDatum {
  readonly tokens: readonly number[];
  readonly targets: readonly number[];
  /** What the engine multiplies each position's loss with. */
  readonly weights: readonly number[];
  readonly old: readonly number[];
  readonly advantages: readonly number[];
}

export interface TrainBatch {
  readonly data: readonly TrainDatum[];
  readonly loss: LossName;
  readonly settings: LossSettings;
}

export interface BatchPass {
  /** Of each datum's targets. */
  readonly logprobs: readonly Float64Array[];
  /** Each position's weighted loss. */
  readonly losses: readonly Float64Array[];
  /** Of all datums. */
  readonly total: number;
}

/**
 * Reads a batch and adds the gradient of the summed loss to `gradient`, if one is given. With `mean` each datum's loss is its
 * weighted mean; the division by the number of datums is left to the step, as passes may follow each other.
 */
export function passBatch(
  base: BaseModel,
  adapter: Adapter,
  batch: TrainBatch,
  reduction: Reduction,
  gradient?: Gradient,
): BatchPass {
  let total = 0;
  const logprobs: Float64Array[] = [];
  const losses: Float64Array[] = [];
  for (const datum of batch.data) {
    const states = base.readAll(datum.tokens);
    const factors = positionFactors(datum.weights, reduction);
    const ofDatum = new Float64Array(states.length);
    const lossOfDatum = new Float64Array(states.length);
    for (const [at, { hidden }] of states.entries()) {
      const next = nextToken(base, adapter, hidden);
      const logprob = next.logprob(datum.targets[at]!);
      ofDatum[at] = logprob;
      if (factors[at] === 0) continue;
      const point = {
        logprob,
        weight: datum.weights[at]!,
        old: datum.old[at]!,
        advantage: datum.advantages[at]!,
      };
      const { loss, slope } = lossAt(batch.loss, point, batch.settings);
      lossOfDatum[at] = factors[at]! * loss;
      if (gradient === undefined || slope === 0) continue;
      addLogprobGradient(base, adapter, gradient, hidden, next, datum.targets[at]!, factors[at]! * slope);
    }
    total += lossOfDatum.reduce((sum, loss) => sum + loss, 0);
    logprobs.push(ofDatum);
    losses.push(lossOfDatum);
  }
  return { logprobs, losses, total };
}

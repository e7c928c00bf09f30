import { AppError } from '../domain/app-error.ts';
import type { Datum } from '../domain/datum.ts';
import { engineShare, type ReductionFacts } from './engine-share.ts';
import { padBatch } from './pad-batch.ts';
import { isUsableLogprob } from './usable-logprob.ts';

export interface CustomGradient {
  /** Their weights say which tokens are an answer's. */
  readonly batch: readonly Datum[];
  /** What `forward` gave for the batch; no step may come between. */
  readonly current: readonly Float32Array[];
  /** ∂C/∂lp for each position, of whichever sign. */
  readonly slopes: readonly ArrayLike<number>[];
  readonly facts: ReductionFacts;
  /** Datums that one step shall have. @default as many as there are */
  readonly padTo?: number;
}

/**
 * Any loss C of the log-probabilities as a batch for `importance_sampling`, on engines of either reduction. With q = lp of now
 * the ratio is 1, and the engine's gradient of −r·A is −A·∇lp: so A = −∂C/∂lp, divided by what the engine multiplies with
 * (`engineShare`). `cross_entropy` with weights cannot do this where losses are means: it divides by Σw, which takes away the
 * scale of a datum and breaks where weights are negative or cancel out. Throws `unsupported` where the engine has no such
 * loss, `bad_reply` where a log-probability that is needed is no number, `invalid_input` for slopes that are none, and for
 * lists that do not match.
 */
export function gradientDatums({
  batch,
  current,
  slopes,
  facts,
  padTo = batch.length,
}: CustomGradient): readonly Datum[] {
  if (!facts.losses.includes('importance_sampling')) {
    throw new AppError(
      'unsupported',
      'This engine has no importance_sampling, which other losses are made of.',
    );
  }
  if (batch.length !== current.length || batch.length !== slopes.length) {
    throw new AppError('invalid_input', 'There is not one list of log-probabilities and slopes a datum.');
  }
  const datums = Math.max(batch.length, padTo);
  const made = batch.map((datum, index) =>
    gradientDatum(datum, current[index] ?? [], slopes[index] ?? [], (weights) =>
      engineShare(weights, datums, facts),
    ),
  );
  return padBatch(made, datums, 'importance_sampling');
}

function gradientDatum(
  { input, targets, weights: given }: Datum,
  current: ArrayLike<number>,
  slopes: ArrayLike<number>,
  shareOf: (weights: Float32Array) => number,
): Datum {
  if (current.length !== given.length || slopes.length !== given.length) {
    throw new AppError('invalid_input', 'Log-probabilities or slopes have not one entry a position.');
  }
  const weights = given.map((weight, index) => (weight !== 0 || slopes[index] !== 0 ? 1 : 0));
  // A mean over no weight is 0/0: without advantages any weight is as good.
  if (weights.every((weight) => weight === 0)) weights.fill(1);
  const share = shareOf(weights);
  const advantages = weights.map((_, index) => {
    const slope = slopes[index] ?? Number.NaN;
    return slope === 0 ? 0 : -slope / share;
  });
  if (!advantages.every(Number.isFinite)) {
    throw new AppError('invalid_input', 'A slope of the loss is no number.');
  }
  const logprobs = weights.map((_, index) => (advantages[index] === 0 ? 0 : (current[index] ?? Number.NaN)));
  if (!logprobs.every(isUsableLogprob)) {
    throw new AppError('bad_reply', 'The engine gave no log-probability for a token that is to be trained.');
  }
  return { input, targets, weights, logprobs, advantages };
}

/** One position of a datum as a loss sees it; `weight`, `old` and `advantage` are 0 where the loss does not take them. */
export interface LossPoint {
  /** Log-probability of the target now. */
  readonly logprob: number;
  readonly weight: number;
  /** Log-probability of the target when it was drawn. */
  readonly old: number;
  readonly advantage: number;
}

/** A loss at one position, without its weight, and its derivative by the log-probability of now. */
export interface LossValue {
  readonly loss: number;
  readonly slope: number;
}

export type LossSettings = Readonly<Record<string, number>>;

export const lossNames = ['cross_entropy', 'importance_sampling', 'ppo', 'cispo', 'dro'] as const;
export type LossName = (typeof lossNames)[number];

const clip = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

function ppo(point: LossPoint, settings: LossSettings): LossValue {
  const ratio = Math.exp(point.logprob - point.old);
  const clipped = clip(ratio, settings['clip_low_threshold']!, settings['clip_high_threshold']!);
  const plainGain = ratio * point.advantage;
  const clippedGain = clipped * point.advantage;
  // The clipped branch is constant in the log-probability unless nothing was clipped.
  return plainGain <= clippedGain
    ? { loss: -plainGain, slope: -plainGain }
    : { loss: -clippedGain, slope: 0 };
}

function cispo(point: LossPoint, settings: LossSettings): LossValue {
  const ratio = Math.exp(point.logprob - point.old);
  const held =
    clip(ratio, settings['clip_low_threshold']!, settings['clip_high_threshold']!) * point.advantage;
  return { loss: -held * point.logprob, slope: -held };
}

function dro(point: LossPoint, settings: LossSettings): LossValue {
  const beta = settings['beta']!;
  const drift = point.logprob - point.old;
  return {
    loss: -(point.logprob * point.advantage - 0.5 * beta * drift * drift),
    slope: -point.advantage + beta * drift,
  };
}

function importanceSampling(point: LossPoint): LossValue {
  const gain = Math.exp(point.logprob - point.old) * point.advantage;
  return { loss: -gain, slope: -gain };
}

/** Minimised: Tinker's definitions, forward_backward. `cispo`'s ratio is held constant in the derivative. */
export function lossAt(name: LossName, point: LossPoint, settings: LossSettings): LossValue {
  switch (name) {
    case 'cross_entropy':
      return { loss: -point.logprob, slope: -1 };
    case 'importance_sampling':
      return importanceSampling(point);
    case 'ppo':
      return ppo(point, settings);
    case 'cispo':
      return cispo(point, settings);
    case 'dro':
      return dro(point, settings);
  }
}

/** `sum`: Σ weight·loss. `mean`: Σ weight·loss / Σ weight; the mean over datums is taken at the step. */
export type Reduction = 'sum' | 'mean';

/** What each position's loss is multiplied with; 0 everywhere where the mean would divide by nothing. */
export function positionFactors(weights: ArrayLike<number>, reduction: Reduction): Float64Array {
  const factors = Float64Array.from(weights);
  if (reduction === 'sum') return factors;
  const total = Math.max(
    factors.reduce((sum, weight) => sum + weight, 0),
    1e-9,
  );
  return factors.map((weight) => weight / total);
}

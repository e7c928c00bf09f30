/**
 * Losses that Tinker-compatible engines know by name (Tinker API, forward_backward). With lp the log-probability of a target
 * now, q the one it was sampled with, A its advantage and r = exp(lp − q), each is minimised:
 * `cross_entropy` −w·lp; `importance_sampling` −r·A; `ppo` −min(r·A, clip(r)·A); `cispo` −stopgrad(clip(r))·A·lp;
 * `dro` −(lp·A − β/2·(lp − q)²).
 */
export type LossName = 'cross_entropy' | 'importance_sampling' | 'ppo' | 'cispo' | 'dro';

/** A loss with its settings. Engines differ in their defaults, so what a loss takes is always given. */
export type Loss =
  | { readonly name: 'cross_entropy' | 'importance_sampling' }
  /** Bounds of r itself, not distances from 1. */
  | { readonly name: 'ppo' | 'cispo'; readonly clipLow: number; readonly clipHigh: number }
  | { readonly name: 'dro'; readonly beta: number };

/**
 * One sequence as an engine trains on it: at each of its N ≥ 1 positions the model has read `input` up to there and is held
 * to `targets` there. All arrays have N finite numbers. `cross_entropy` takes `weights`; the others take `logprobs` and
 * `advantages`, and `weights` as 1 where a token was the model's own and 0 elsewhere.
 */
export interface Datum {
  readonly input: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  /** Log-probabilities of the targets when they were sampled, natural logarithm; 0 where nothing was sampled. */
  readonly logprobs?: Float32Array;
  /** 0 where nothing was sampled. */
  readonly advantages?: Float32Array;
}

/** What a pass over a batch gave. */
export interface LossResult {
  /** For each datum, in order: N log-probabilities of its targets under the weights of this moment. */
  readonly logprobs: readonly Float32Array[];
  /** As the engine names them. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Adam with decoupled weight decay. */
export interface AdamParams {
  readonly learningRate: number;
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.95 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /** @default 0 */
  readonly weightDecay?: number;
  /** Largest norm of the gradient; 0 for any. Some engines ignore it: `EngineFacts.clipsGradients`. @default 0 */
  readonly gradientClipNorm?: number;
}

import type { LossName } from './datum.ts';

/** What of an engine matters to those who train with it. Declared by its profile, checked by `metaclaw engine check`. */
export interface EngineFacts {
  /**
   * How losses are joined. `sum`: over all tokens of all datums. `mean`: for each datum Σ(loss·w)/Σw with its `weights`, then the
   * mean over datums.
   */
  readonly lossReduction: 'sum' | 'mean';
  readonly losses: readonly LossName[];
  /** Whether ratio losses take `weights`; where not they are left out on the wire. */
  readonly ratioWeights: boolean;
  /** `snapshot`: a sampler keeps the weights it was made of. `shared_slot`: sampling and training of one model disturb each other. */
  readonly samplerIsolation: 'snapshot' | 'shared_slot';
  /** Whether an engine may answer people while it trains. */
  readonly serveWhileTraining: boolean;
  readonly clipsGradients: boolean;
  /** Whether `loadState` is for new models only, or for any. */
  readonly loadState: 'new_model' | 'any_time';
}

import { type BatchLimits, defaultBatchLimits } from '../batch-weights.ts';

/** What a run on stored answers needs, and how much it takes. */
export interface RunLimits {
  readonly leastSamples: number;
  /** Of good answers, and of bad ones. */
  readonly leastOfSign: number;
  /** So many must have rated. */
  readonly leastPeople: number;
  /** The largest part of a run that may rest on one person's word, 0 … 1; below 1/`leastPeople` no run is possible. */
  readonly personShare: number;
  readonly mostSamples: number;
  /** Samples of one step. */
  readonly batchSize: number;
  /** How many versions may lie between the policy that gave a bad answer and the one that serves. */
  readonly staleBad: number;
  /** … a good answer. */
  readonly staleGood: number;
  /** The most that KTO counts a good or a bad answer. */
  readonly mostKtoWeight: number;
  readonly weights: BatchLimits;
}

/** Bad answers collapse a policy when it has moved on, good ones bear it for longer; hence the two limits. */
export const defaultRunLimits: RunLimits = {
  leastSamples: 128,
  leastOfSign: 24,
  leastPeople: 5,
  personShare: 0.2,
  mostSamples: 1_024,
  batchSize: 32,
  staleBad: 1,
  staleGood: 4,
  mostKtoWeight: 4,
  weights: defaultBatchLimits,
};

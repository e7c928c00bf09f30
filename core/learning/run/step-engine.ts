import type { Datum, Loss, LossResult } from '../../domain/datum.ts';
import type { EngineFacts } from '../../domain/engine-facts.ts';
import type { TurnId } from '../../domain/ids.ts';
import type { SampledAnswer } from '../../domain/sampling.ts';
import type { StepMetrics } from '../../domain/training-run.ts';
import type { SampleRequest } from '../../ports/trainer.ts';
import type { PreparedSample } from './prepared-sample.ts';
import type { RunReason } from './run-reasons.ts';

/** Fixed weights that the policy in training is compared with. `serving`: those that answered when the run began. */
export type ReferenceName = 'serving' | 'base' | 'teacher';

/**
 * The engine as one step sees it. Before every call it is asked whether the window is open still and the budget holds; if not, the
 * call is not made and rejects (`haltOf`), and the step is made anew later, or the run ends. A step lets that pass.
 */
export interface StepEngine {
  readonly facts: EngineFacts;
  /** Log-probabilities and metrics without a gradient, by the weights in training. */
  forward(batch: readonly Datum[], loss: Loss): Promise<LossResult>;
  /** The gradient, one optimiser step and the checkpoint after it, sent together: it happens as a whole or not at all. Once a step, and last. */
  update(batch: readonly Datum[], loss: Loss): Promise<LossResult>;
  /** For each of some token sequences as many log-probabilities as tokens; the first is NaN. `unsupported` for `teacher` where none is set. */
  reference(name: ReferenceName, sequences: readonly Int32Array[]): Promise<readonly Float32Array[]>;
  /** Draws from the weights in training as they are now. */
  sample(request: SampleRequest): Promise<readonly SampledAnswer[]>;
}

/** Numbers that are fixed when a run begins. */
export interface StepSettings {
  /** KTO's and DPO's. */
  readonly beta: number;
  /** What a nat of KL to the serving policy costs; 0 for nothing. */
  readonly kl: number;
  /** With less than this share of effective samples a step of policy gradient is skipped. */
  readonly leastEss: number;
  /** Ratios above it are cut. */
  readonly ratioCap: number;
  /** Advantages before their weight are at most this, either way. */
  readonly advantageCap: number;
  /** Fresh answers to a prompt, and the most tokens each may have. */
  readonly groupSize: number;
  readonly groupMaxTokens: number;
  /** How much hindsight and teacher count. */
  readonly distillation: number;
  /** Which step of its run it is, from 1. @default 1 */
  readonly step?: number;
  /** Draws are seeded from it, so that a step that is made again draws the same where the engine heeds seeds. */
  readonly seed: number;
}

/** What became of a step. What is in neither list was trained. */
export type StepOutcome =
  | {
      readonly kind: 'updated';
      readonly leftOut: readonly { readonly turnId: TurnId; readonly reason: RunReason }[];
      readonly metrics: StepMetrics;
    }
  /** Nothing was changed: `update` was not called. */
  | { readonly kind: 'skipped'; readonly reason: RunReason; readonly metrics: StepMetrics };

/** One way to make a step of a batch. Rejects with what the engine rejects with. */
export type StepMethod = (
  batch: readonly PreparedSample[],
  engine: StepEngine,
  settings: StepSettings,
) => Promise<StepOutcome>;

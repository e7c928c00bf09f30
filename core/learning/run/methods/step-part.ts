import type { TurnId } from '../../../domain/ids.ts';
import type { AnswerDatum } from '../../build-datum.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import type { RunReason } from '../run-reasons.ts';
import type { StepEngine, StepSettings } from '../step-engine.ts';

/** An answer ready for `importance_sampling`, before it is held to the policy that serves. */
export interface PartAnswer {
  readonly turnId: TurnId;
  /** With advantages, and with the log-probabilities of the policy in training as it is now. */
  readonly datum: AnswerDatum;
}

/** What one way of learning makes of a step's samples. */
export interface PartAnswers {
  readonly kind: 'answers';
  readonly answers: readonly PartAnswer[];
  /** Samples of which it has no answer. */
  readonly leftOut: readonly { readonly turnId: TurnId; readonly reason: RunReason }[];
  /** Of all that it knows a reward of, −1 … 1. */
  readonly rewards: readonly number[];
  /** Of all that it drew: log-probabilities as drawn. */
  readonly drawn: readonly Float32Array[];
  /** For each answer that it drew, or that had kept how it was drawn, exp(mean(lp of now − lp of then)). */
  readonly ratios: readonly number[];
}

/** It cannot be done at all, and nothing else shall be done in its place. */
export interface PartRefused {
  readonly kind: 'refused';
  readonly reason: RunReason;
  /** As of `PartAnswers`. */
  readonly ratios: readonly number[];
}

/** One way to learn from a step's samples, which moves nothing yet. Rejects with what the engine rejects with. */
export type StepPart = (
  batch: readonly PreparedSample[],
  engine: StepEngine,
  settings: StepSettings,
) => Promise<PartAnswers | PartRefused>;

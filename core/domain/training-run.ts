import type { TurnId } from './ids.ts';
import type { PolicyId, PolicyScope, RunId } from './policy.ts';

/** What a run changes. `weights`: an engine's. `provider`: a model that a provider tunes. `wording`: the words of skills and persona. */
export type RunKind = 'weights' | 'provider' | 'wording';

/**
 * How it learns. `kto`, `dpo`, `policy_gradient`: from the stored answers. `groups`: from fresh answers to their prompts.
 * `hindsight`, `teacher`: from how the same policy with a hint, or another one, finds the stored answers. `sft`: by heart.
 */
export type RunMethod =
  | 'kto'
  | 'dpo'
  | 'policy_gradient'
  | 'groups'
  | 'hindsight'
  | 'teacher'
  | 'sft'
  | 'wording';

/** `running` stays over a crash; `paused`: its window closed, or a person paused it. The rest are ends. */
export type RunState = 'running' | 'paused' | 'done' | 'skipped' | 'failed' | 'cancelled';

/** What calls have cost. Money in millionths of the unit that the prices are in. */
export interface Spend {
  readonly calls: number;
  readonly tokens: number;
  readonly micros: number;
}

/** One attempt to learn; every attempt leaves one. */
export interface TrainingRun {
  readonly runId: RunId;
  /** As people name it, from 1. */
  readonly number: number;
  readonly scope: PolicyScope;
  readonly kind: RunKind;
  readonly methods: readonly RunMethod[];
  readonly state: RunState;
  /** Why it is in this state: a word of `core/learning/run/run-reasons.ts`, or a clause. */
  readonly reason?: string;
  /** What served when it began; absent: the configured model. */
  readonly parentId?: PolicyId;
  /** The library's when it began. */
  readonly generation: number;
  /** Hyperparameters as they were fixed when it began, and what was left out by reason. */
  readonly plan: RunPlan;
  /** What a driver must know to go on after a crash; JSON of its own. */
  readonly progress?: string;
  readonly spend: Spend;
  /** The policy it made. */
  readonly candidateId?: PolicyId;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** A person who asked for it; absent where its window did. */
  readonly askedBy?: string;
}

export interface RunPlan {
  /** How many steps it will have at most. */
  readonly steps: number;
  readonly samples: number;
  readonly positives: number;
  readonly negatives: number;
  readonly people: number;
  /** Rated answers that were not taken, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Estimated before it began. */
  readonly estimate: Spend;
  /** Named numbers that it was made with: `learningRate`, `kl`, `seed`. */
  readonly settings: Readonly<Record<string, number | string>>;
}

/**
 * `leased`: reserved for this run. `claimed`: in a step that has begun. `trained`: in a step that took effect.
 * `left_out`: no longer in the run, and free again.
 */
export type RunSampleStatus = 'leased' | 'claimed' | 'trained' | 'left_out';

/** How one answer counts in a run; fixed when the run begins. */
export interface PlannedSample {
  readonly turnId: TurnId;
  /** Of the settlement for weights that it was read at: a later word of anybody makes it another. */
  readonly revision: number;
  /** In which step it is, from 1; its place among those is its place in the list. */
  readonly step: number;
  /** −1 … 1. */
  readonly value: number;
  readonly weight: number;
  readonly baseline: number;
}

export interface RunSample extends PlannedSample {
  readonly status: RunSampleStatus;
  readonly reason?: string;
}

/** What one step measured. Absent where it could not be told. */
export interface StepMetrics {
  /** Mean reward of what was trained, −1 … 1. */
  readonly reward?: number;
  readonly loss?: number;
  /** KL to the policy that serves, and to the base model, nats a token. */
  readonly kl?: number;
  readonly klBase?: number;
  /** Nats a token. */
  readonly entropy?: number;
  /** Effective sample size as a share, 0 … 1. */
  readonly ess?: number;
  readonly answers?: number;
  readonly tokens?: number;
}

/** One optimiser step of a run, or what stood in its place. `begun` stays over a crash: it is made again from the checkpoint before it. */
export interface RunStep {
  readonly step: number;
  readonly state: 'begun' | 'done' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  readonly metrics: StepMetrics;
  /** The state after it. */
  readonly statePath?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

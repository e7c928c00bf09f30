import type { SpaceId, TurnId } from '../domain/ids.ts';
import type { PolicyId, PolicyScope, RunId } from '../domain/policy.ts';
import type {
  PlannedSample,
  RunKind,
  RunMethod,
  RunPlan,
  RunSample,
  RunState,
  RunStep,
  TrainingRun,
} from '../domain/training-run.ts';
import type { Lease } from './lease-store.ts';

export interface NewRun {
  readonly runId: RunId;
  readonly scope: PolicyScope;
  readonly kind: RunKind;
  readonly methods: readonly RunMethod[];
  readonly parentId?: PolicyId;
  readonly generation: number;
  readonly plan: RunPlan;
  readonly askedBy?: string;
  readonly startedAt: number;
}

export interface RunEnd {
  readonly state: Exclude<RunState, 'running' | 'paused'>;
  readonly reason?: string;
  /** What it made. Where there is one, what it trained on stays used for good; else all its samples are free again. */
  readonly candidateId?: PolicyId;
  /** With a candidate: it is made of the steps up to this one. What later ones trained is left out with the end's reason, and free. @default all */
  readonly keepsSteps?: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * Training runs, their samples and steps. Durability and errors as in `InboxStore`; every method is all or nothing. A sample is
 * in one unfinished run at most. What is claimed or trained is `used` in its settlement for weights: no change of the library
 * drops it, what is said of it counts as late, and no skill is made from it (`EvidenceStore.failures` leaves it out, and a
 * library change that names it as support does not consume it). Freeing one makes it a settled sample again, or, where
 * something was said meanwhile, or a change of the library came in between, opens its settlement, due at once. One that is left
 * out as `changed` is opened in any case: it stands otherwise than it was settled.
 */
export interface RunStore {
  /**
   * The same store for whoever holds a lease. Every method of it that changes something checks in its own commit that the lease is the current one
   * of its name, and else changes nothing and rejects with `conflict`, detail `reason: 'lease_lost'`. That it has run out is no hindrance while nobody else has taken it.
   */
  fenced(lease: Lease): RunStore;
  /** Turns of a scope that are samples now, and in no unfinished run: settled as `query`, not dropped, not used, no skill made from them. By turn id after `afterTurnId`. */
  ready(scope: PolicyScope, afterTurnId: string, limit: number): Promise<readonly TurnId[]>;
  /** Spaces with anything that is ready, each once. */
  spacesReady(): Promise<readonly SpaceId[]>;
  /**
   * Stores a run as `running` and leases its samples. Those that are no longer ready, or whose settlement has another revision, are stored as
   * left out, `not_free`. Rejects with `conflict` while another run is unfinished whose scope has spaces in common with this one
   * (`haveCommonSpaces`): one a scope, and none beside one of everywhere.
   */
  begin(run: NewRun, samples: readonly PlannedSample[]): Promise<TrainingRun>;
  /** Stores an attempt that came to nothing: it is ended, `skipped`, and leases nothing. */
  skip(run: NewRun, reason: string): Promise<TrainingRun>;
  get(runId: RunId): Promise<TrainingRun | undefined>;
  byNumber(number: number): Promise<TrainingRun | undefined>;
  /** The newest first, of one scope where given. */
  list(limit: number, scope?: PolicyScope): Promise<readonly TrainingRun[]>;
  /** The newest attempt of a kind in a scope; with `begun` the newest that was a run, and not skipped from the start. */
  latest(scope: PolicyScope, kind: RunKind, which?: 'begun'): Promise<TrainingRun | undefined>;
  /** The first of `allUnfinished`, or the one of a scope. */
  unfinished(scope?: PolicyScope): Promise<TrainingRun | undefined>;
  /** The runs that are `running` or `paused`, as far as they can be read, by number. */
  allUnfinished(): Promise<readonly TrainingRun[]>;
  /** By step and place. */
  samples(runId: RunId): Promise<readonly RunSample[]>;
  /** By number. */
  steps(runId: RunId): Promise<readonly RunStep[]>;
  /**
   * Begins a step: of its samples those that are samples still, with the revision that was planned, are claimed, the others left out as `changed`. Again for a step that
   * has begun gives its claimed ones once more. By place. A step that has ended is `conflict`.
   */
  claim(runId: RunId, step: number, at: number): Promise<readonly RunSample[]>;
  /** Takes leased or claimed samples out of the run and frees them. Others stay as they are. */
  leaveOut(runId: RunId, turnIds: readonly TurnId[], reason: string): Promise<void>;
  /** Ends a begun step. `done`: its claimed samples are trained. `skipped`: they are left out with the step's reason, and free. */
  finishStep(runId: RunId, step: RunStep & { readonly state: 'done' | 'skipped' }): Promise<void>;
  /** Between `running` and `paused`; false where it is in neither, or ended. An absent reason takes the old one away. */
  setState(runId: RunId, state: 'running' | 'paused', reason?: string): Promise<boolean>;
  setProgress(runId: RunId, progress: string): Promise<void>;
  /** Ends it once; false where it had ended. Its leases end. */
  end(runId: RunId, end: RunEnd): Promise<boolean>;
  /** Ends every unfinished run of which the row can no longer be read, as `failed`; their samples are free again. False where there is none. */
  endUnreadable(reason: string, at: number): Promise<boolean>;
  /**
   * Adds a call's cost to a run before it is made, unless all runs begun since `since` (epoch ms) would then have cost more than `capMicros`
   * together; then nothing changes and it is false. No cap where it is `undefined`.
   */
  reserve(
    runId: RunId,
    cost: { readonly tokens: number; readonly micros: number },
    since: number,
    capMicros: number | undefined,
  ): Promise<boolean>;
  /** Takes back what `reserve` added for a call that was not made after all; never below nothing. */
  refund(runId: RunId, cost: { readonly tokens: number; readonly micros: number }): Promise<void>;
  /** What all runs begun since an instant have cost, in millionths. */
  spentSince(since: number): Promise<number>;
  /** Policies that were trained on a turn. */
  trainedOn(turnId: TurnId): Promise<readonly PolicyId[]>;
}

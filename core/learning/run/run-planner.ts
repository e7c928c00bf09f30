import type { PolicyScope } from '../../domain/policy.ts';
import type { PlannedSample, RunKind, RunMethod, RunPlan } from '../../domain/training-run.ts';
import type { RunReason } from './run-reasons.ts';

/** What waits, and what a run needs. */
export interface WaitingCounts {
  readonly samples: number;
  readonly positives: number;
  readonly negatives: number;
  readonly people: number;
}

export type PlannedRun =
  | {
      readonly kind: 'ready';
      readonly methods: readonly RunMethod[];
      readonly samples: readonly PlannedSample[];
      /** With fewer leased samples than this the run is none. @default any number will do */
      readonly least?: number;
      readonly plan: RunPlan;
    }
  | {
      readonly kind: 'not_ready';
      readonly reason: RunReason;
      readonly counts: WaitingCounts;
      readonly plan: RunPlan;
    };

/** Plans one kind of run for a scope from what waits now. Changes nothing. Rejects with storage errors, and `aborted` once the signal fires. */
export interface RunPlanner {
  readonly kind: RunKind;
  plan(scope: PolicyScope, signal: AbortSignal): Promise<PlannedRun>;
}

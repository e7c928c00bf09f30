import type { AppError } from '../../domain/app-error.ts';
import type { PolicySource } from '../../domain/policy.ts';
import type { TrainingRun } from '../../domain/training-run.ts';
import type { RunGate } from './run-gate.ts';
import type { RunReason } from './run-reasons.ts';

/**
 * What became of a run for now. `paused`: it goes on where it stopped when it is driven again. `waiting`: the same, but it waits for somebody
 * outside, not for a window, and is driven again after `againMs`. `nothing`: it is through, and made no policy. A reason of a
 * candidate says why it is not made of all steps: of those up to `keepsSteps`.
 */
export type DriverEnd =
  | {
      readonly kind: 'candidate';
      readonly source: PolicySource;
      readonly reason?: RunReason;
      readonly keepsSteps?: number;
    }
  | { readonly kind: 'nothing'; readonly reason: RunReason }
  | { readonly kind: 'paused' }
  | { readonly kind: 'waiting'; readonly againMs: number; readonly reason?: RunReason }
  | { readonly kind: 'failed'; readonly reason: RunReason; readonly error: AppError };

/**
 * Carries one kind of run on from what is stored, as far as the gate lets it. After a crash it is driven again with the same
 * run: whatever it did that is not stored did not happen, or is looked up. Rejects with storage errors only.
 */
export interface RunDriver {
  /** What it waits for goes on elsewhere: it is looked after whether the window is open or not. */
  readonly worksOutside?: true;
  drive(run: TrainingRun, gate: RunGate, signal: AbortSignal): Promise<DriverEnd>;
  /** Ends what runs elsewhere, of a run that made nothing. What can wait is not called for once `halted` has fired, if it is given. Never rejects. */
  abandon(run: TrainingRun, halted?: AbortSignal): Promise<void>;
}

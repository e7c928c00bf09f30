import { AppError } from '../../domain/app-error.ts';
import { isLeaseLost } from './lease-lost.ts';

/** What a call is going to cost, estimated before it is made. Money in millionths. */
export interface CallCost {
  readonly tokens: number;
  readonly micros: number;
}

/**
 * Stands before every call that a run makes. `call` rejects without calling where the window has closed, somebody has paused
 * the run, or the budget has no room for it (`haltOf`); else it counts the cost and calls. Where `make` itself rejects with a
 * halt, it has not called: the cost is given back.
 */
export interface RunGate {
  /** Fires when no new call may be made. Calls under way are not cut by it. */
  readonly halted: AbortSignal;
  /**
   * To be awaited before each step: lets what has waited too long go first. Rejects with a halt where the window has closed, or is known to
   * close before a step could be over.
   */
  beforeStep(): Promise<void>;
  call<T>(cost: CallCost, make: () => Promise<T>): Promise<T>;
}

export type Halt = 'paused' | 'budget_spent';

export function haltError(halt: Halt): AppError {
  return new AppError(
    'aborted',
    halt === 'paused' ? 'The run has paused.' : 'The budget for training is spent.',
    { details: { halt } },
  );
}

/** Which halt this is; `undefined` for any other failure. Where another instance has taken over, the run has paused here. */
export function haltOf(thrown: unknown): Halt | undefined {
  if (isLeaseLost(thrown)) return 'paused';
  if (!(thrown instanceof AppError)) return undefined;
  const { halt } = thrown.details;
  return halt === 'paused' || halt === 'budget_spent' ? halt : undefined;
}

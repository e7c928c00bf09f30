import type { TurnId } from '../../domain/ids.ts';
import type { SampledTokens } from '../../domain/sampling.ts';
import type { Turn } from '../../domain/turn.ts';

/** A sample of a step with all that a method may need of it, read when the step begins. */
export interface PreparedSample {
  readonly turnId: TurnId;
  readonly turn: Turn;
  /** What the calls of its answer read and wrote, in order; empty where no engine answered. */
  readonly calls: readonly SampledTokens[];
  /** −1 … 1, fixed with the run. */
  readonly value: number;
  /** 0 … 1. */
  readonly weight: number;
  readonly baseline: number;
  /** What people said of it in words, where they said what was wrong or should have been; their consent was asked. */
  readonly hints: readonly string[];
}

import type { PersonId, TurnId } from '../../domain/ids.ts';
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
  /** Who said each of `hints`, in the same order. A hint without one is nobody's who could be asked, and is shown to no judge. */
  readonly hintAuthors?: readonly PersonId[];
  /** On whose word its value rests (`ratersOf`). @default its asker alone */
  readonly raters?: readonly PersonId[];
}

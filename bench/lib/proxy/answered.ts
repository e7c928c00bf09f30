import type { BenchResult } from '../bench-report.ts';

/** What one part of the bench found. */
export interface Answered {
  readonly results: readonly BenchResult[];
  /** Requests that our proxy under load answered for it: each is a turn. */
  readonly answered: number;
}

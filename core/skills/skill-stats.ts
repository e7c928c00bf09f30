import type { SkillStatsChart } from '../domain/skill-chart.ts';

/** What a skill's trial has shown so far, for people. */
export interface SkillStats {
  /** Sessions in which it was retrieved during this trial. */
  readonly exposures: number;
  readonly shown: number;
  readonly masked: number;
  /** Ratings on the answers of the sessions that were shown it. */
  readonly good: number;
  readonly bad: number;
  /** Share of sessions in which somebody said something, by arm; absent without a session. */
  readonly labelledShown?: number;
  readonly labelledMasked?: number;
  /** The two differ by more than chance, which keeps it from being promoted by itself. */
  readonly isLabelShareOff: boolean;
  /** The estimated difference it makes to the net signal of a session, with a 90 % interval; absent while nothing can be said. */
  readonly lift?: { readonly mean: number; readonly low: number; readonly high: number };
  /** Probability that it does harm, 0 … 1. */
  readonly pHarm?: number;
  /** The test's evidence so far and what it needs. Absent where nothing is masked by chance. */
  readonly evidence?: { readonly e: number; readonly needed: number };
  /** At the present pace, milliseconds from now; absent where that cannot be told. */
  readonly expectedDecisionMs?: number;
  readonly contexts: readonly ContextStats[];
  readonly chart: SkillStatsChart;
}

export interface ContextStats {
  /** In words: `web, direct, “invoice”`. */
  readonly context: string;
  readonly sessions: number;
  readonly good: number;
  readonly bad: number;
  readonly isMasked: boolean;
}

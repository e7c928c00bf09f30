import type { Span } from './span.ts';

/** A week as a heat map of how busy it usually is, with what is laid over it. Days are from Monday, or from the first day given. */
export interface WeekChart {
  readonly title: string;
  readonly subtitle: string;
  /** Seven days in order, oldest first; each its name and 24 hours. */
  readonly days: readonly WeekChartDay[];
  /** What the time zone is, for the axis: `Europe/Berlin`. */
  readonly zone: string;
  /** Minutes since the first day's midnight by the wall clock, 0 … 10,080; absent where now is not in it. */
  readonly nowMinute?: number;
}

export interface WeekChartDay {
  /** `Mon 30 Nov`. */
  readonly label: string;
  /** 24 of them. Events an hour, as usual; absent where that hour was never seen. */
  readonly events: readonly (number | undefined)[];
  /** 24 of them: how probably the hour's quarters stay quiet, 0 … 1. */
  readonly quiet: readonly (number | undefined)[];
  /** In minutes after midnight, 0 … 1440, merged. */
  readonly sleep: readonly Span[];
  readonly busy: readonly Span[];
  /** When training was under way in a window. */
  readonly past: readonly Span[];
  /** Windows as they are expected. */
  readonly expected: readonly Span[];
}

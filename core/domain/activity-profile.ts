/** How the time is cut in which activity is counted. */
export const QUARTER_MS = 15 * 60_000;

/**
 * How busy a space is, hour by hour of a week of its own time zone. Counts only. Lists have 168 numbers, from Monday's first hour;
 * what is older counts less, so that they are no whole numbers.
 */
export interface ActivityProfile {
  /** Of the zone that its hours are in. */
  readonly zone: string;
  /** Messages, commands and reactions. */
  readonly events: readonly number[];
  /** Quarters of an hour that were seen to their end. */
  readonly quarters: readonly number[];
  /** Of these, quarters with anything. */
  readonly active: readonly number[];
  /** Quarters that began after two or more quiet ones. */
  readonly atRisk: readonly number[];
  /** Of these, quarters in which something came. */
  readonly broken: readonly number[];
  /** How the forecasts for those that were at risk came true. */
  readonly calibration: readonly CalibrationBin[];
  /** Numbers are given for this instant, epoch milliseconds: who reads them later lets them age. */
  readonly asOf: number;
  /** The last quarter that was counted to its end: its start, divided by `QUARTER_MS`. */
  readonly lastQuarter: number;
  /** How many quiet ones there were up to it in a row, as far as they were seen; at most 2. */
  readonly quietRun: number;
  /** The last one with anything. */
  readonly lastActiveQuarter?: number;
}

/** Forecasts of a quiet quarter between `n / 10` and `(n + 1) / 10`, at place n of ten. */
export interface CalibrationBin {
  readonly forecasts: number;
  /** Sum of what they said, 0 … 1 each. */
  readonly said: number;
  /** How many stayed quiet. */
  readonly quiet: number;
}

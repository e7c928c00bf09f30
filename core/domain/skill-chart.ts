/** A skill's life as three lines over one time axis. */
export interface SkillStatsChart {
  readonly title: string;
  readonly subtitle: string;
  /** Oldest first. */
  readonly points: readonly SkillStatsPoint[];
  /** Changes of the skill, as lines across. */
  readonly marks: readonly { readonly at: number; readonly label: string }[];
}

/** A day or a week. */
export interface SkillStatsPoint {
  /** Its start, epoch milliseconds. */
  readonly at: number;
  readonly uses: number;
  /** −1 … 1; absent where nobody said anything. */
  readonly meanReward?: number;
  readonly lift?: number;
  readonly liftLow?: number;
  readonly liftHigh?: number;
}

import type { RunChart } from '../domain/run-chart.ts';
import type { SkillStatsChart } from '../domain/skill-chart.ts';
import type { WeekChart } from '../domain/week-chart.ts';

export interface ChartLook {
  /** On a dark ground, for where all around is dark. Default false: light, which shows anywhere. */
  readonly isDark: boolean;
}

/** Draws pictures. */
export interface ChartPort {
  /** PNG bytes. Rejects with an `AppError`. */
  skillStats(chart: SkillStatsChart): Promise<Uint8Array>;
  /** As `skillStats`. */
  trainingRun(chart: RunChart): Promise<Uint8Array>;
  /** As `skillStats`. */
  week(chart: WeekChart, look?: ChartLook): Promise<Uint8Array>;
}

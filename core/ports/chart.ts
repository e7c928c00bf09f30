import type { RunChart } from '../domain/run-chart.ts';
import type { SkillStatsChart } from '../domain/skill-chart.ts';

/** Draws pictures. */
export interface ChartPort {
  /** PNG bytes. Rejects with an `AppError`. */
  skillStats(chart: SkillStatsChart): Promise<Uint8Array>;
  /** As `skillStats`. */
  trainingRun(chart: RunChart): Promise<Uint8Array>;
}

import type { SkillStatsChart } from '../../../core/domain/skill-chart.ts';

export const dayMs = 86_400_000;
export const weekMs = 7 * dayMs;
/** A Monday. */
export const firstAt = Date.UTC(2026, 8, 7);

/** Two days of a skill's life. */
export function sampleChart(changes: Partial<SkillStatsChart> = {}): SkillStatsChart {
  return {
    title: 'greet-briefly',
    subtitle: 'Version 2, active.',
    points: [
      { at: firstAt, uses: 4, meanReward: 0.5 },
      { at: firstAt + dayMs, uses: 8, meanReward: 0.75 },
    ],
    marks: [],
    ...changes,
  };
}

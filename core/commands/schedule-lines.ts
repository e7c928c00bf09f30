import type { ScheduleStatus } from './context.ts';
import { literal } from './markdown-text.ts';

/** What is wrong with the schedule, as sentences without a full stop. Markdown. */
export function scheduleProblems(schedule: ScheduleStatus | undefined): readonly string[] {
  return (schedule?.problems ?? []).map(literal);
}

/** How the window stands. Markdown. */
export function scheduleFacts(schedule: ScheduleStatus | undefined): readonly string[] {
  return schedule === undefined ? [] : [`Window: ${literal(schedule.window)}`];
}

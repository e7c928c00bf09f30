import type { ScheduleStatus } from '../core/commands/context.ts';
import type { ScheduleReport } from '../core/commands/schedule-tools.ts';
import { verdictLines } from '../core/commands/schedule-window-lines.ts';
import type { SpaceId } from '../core/domain/ids.ts';

/** The schedule in a few words, for `status`. `calendars`: what is wrong with them. */
export function scheduleStatus(
  report: ScheduleReport,
  calendars: readonly string[],
  here: SpaceId,
  now: number,
): ScheduleStatus {
  return {
    window: verdictLines(report, here, { now, wallAt: report.wallAt }).join('. '),
    problems: [
      ...calendars,
      ...(report.starvedSince === undefined
        ? []
        : [
            'Training has waited for a window for more than a week: `schedule why` tells what keeps it closed',
          ]),
    ],
  };
}

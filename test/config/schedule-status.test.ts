import { describe, expect, test } from 'vitest';
import { scheduleStatus } from '../../config/schedule-status.ts';
import type { ScheduleReport } from '../../core/commands/schedule-tools.ts';
import { spaceId } from '../../core/domain/ids.ts';
import { HOUR_MS } from '../../core/domain/wall-clock.ts';
import { at, closedReport } from '../core/commands/fake-schedule-tools.ts';

const here = spaceId('fake', 'space-1');
const statusOf = (report: Partial<ScheduleReport> = {}, calendars: readonly string[] = []) =>
  scheduleStatus({ ...closedReport, ...report }, calendars, here, at);

describe('the schedule in `status`', () => {
  test('tells what keeps the window closed and when the next is expected', () => {
    const { window, problems } = statusOf();
    expect(window).toMatch(
      /^closed: .+\. The next one is expected today 23:00 \(in 14 hours\), .*sleep hours$/,
    );
    expect(problems).toEqual([]);
  });

  test('tells what opened it and until when', () => {
    const verdict = { isOpen: true, by: ['sleep'], until: at + HOUR_MS } as const;
    const { window } = statusOf({ verdict });
    expect(window).toMatch(/^open .*sleep hours/);
    expect(window).toContain('until today 10:00 (in 1 hour)');
    expect(window).not.toContain('expected');
  });

  test('names nothing of another space that keeps it closed', () => {
    const verdict = { isOpen: false, bar: 'awake', spaceId: spaceId('fake', 'secret') } as const;
    expect(statusOf({ verdict }).window).toMatch(/elsewhere/);
  });

  test('has as problems what is wrong with calendars, and that work waits for too long', () => {
    const problems = ['Calendar 1 of this space was not read for 3 hours'];
    expect(statusOf({}, problems).problems).toEqual(problems);
    expect(statusOf({ starvedSince: at - 8 * 24 * HOUR_MS }, problems).problems).toEqual([
      ...problems,
      'Training has waited for a window for more than a week: `schedule why` tells what keeps it closed',
    ]);
  });
});

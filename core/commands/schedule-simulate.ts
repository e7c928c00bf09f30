import type { CommandCall } from './context.ts';
import { counted, spoken } from './markdown-text.ts';
import { clockOf, scheduleOf } from './schedule-target.ts';
import type { ScheduleForecast } from './schedule-tools.ts';
import { dateInWords, type PlaceClock, timesInWords } from './schedule-words.ts';

const shownTimes = 6;

/** What the coming week should bring, day by day. */
export async function runScheduleSimulate({ invocation, deps }: CommandCall): Promise<string> {
  const schedule = scheduleOf(deps);
  const { spaceId } = invocation.conversation;
  const report = await schedule.report(spaceId);
  const { days, draws } = await schedule.forecast(spaceId);
  if (days.length === 0) return 'Nothing can be said of the coming week yet.';
  const clock = clockOf(report, deps.clock.now());
  const expectedMs = days.reduce((sum, day) => sum + day.expectedMs, 0);
  const interruptions = days.reduce((sum, day) => sum + day.expectedInterruptions, 0);
  return [
    '**The coming week**, as it should be by what is known of it',
    days.map((day) => dayLine(day, clock)).join('\n'),
    `In all ${workInWords(expectedMs)}, ${timesOver(interruptions)} cut short by a message. By ${counted(draws, 'simulated week', 'simulated weeks')}; it is a guess and promises nothing.`,
  ].join('\n\n');
}

function dayLine(
  { day, windows, expectedMs, expectedInterruptions }: ScheduleForecast['days'][number],
  clock: PlaceClock,
): string {
  const date = dateInWords(day);
  if (windows.length === 0 && expectedMs < minuteMs) return `- **${date}**: no window`;
  const left = windows.length - shownTimes;
  const times = windows
    .slice(0, shownTimes)
    .map((window) => (window.to - window.from >= wholeDayMs ? 'all day' : timesInWords(window, clock)));
  const shown = [...times, ...(left > 0 ? [`${left} more`] : [])].join(', ');
  return `- **${date}**: ${shown === '' ? 'no sure window' : shown}; ${workInWords(expectedMs)}, ${timesOver(expectedInterruptions)} cut short`;
}

const minuteMs = 60_000;
/** A day on which an hour is left out, too. */
const wholeDayMs = 23 * 60 * minuteMs;

const workInWords = (ms: number): string =>
  ms < minuteMs ? 'no time to work' : `about ${spoken(ms)} to work`;

/** An expectation: `0.3 times`, `hardly ever`. */
function timesOver(count: number): string {
  if (count < 0.05) return 'hardly ever';
  const rounded = count < 10 ? Math.round(count * 10) / 10 : Math.round(count);
  return `${rounded} ${rounded === 1 ? 'time' : 'times'}`;
}

import { clipSpans, type Span, totalMs } from '../domain/span.ts';
import type { WeekChart, WeekChartDay } from '../domain/week-chart.ts';

const blockHours = 3;
const blocks = Array.from({ length: 24 / blockHours }, (_, block) => block * blockHours);
const sign = {
  asleep: 'z',
  calendar: '#',
  busy: '●',
  some: '○',
  quiet: '·',
  unseen: '?',
  window: '+',
} as const;
/** Of the week’s busiest block: from here on one is busy, and below it quiet. */
const busyShare = 0.5;
const quietShare = 0.1;

/** The week as a Markdown table, three hours a cell, with what its signs mean. */
export function weekTable({ days, zone }: WeekChart): string {
  const most = Math.max(0, ...days.flatMap((day) => blocks.map((hour) => eventsIn(day, hour) ?? 0)));
  const head = ['', ...blocks.map((hour) => String(hour).padStart(2, '0'))];
  const rows = days.map((day) => [day.label, ...blocks.map((hour) => cell(day, hour, most))]);
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${table.join('\n')}\n\n${legend(zone)}`;
}

const legend = (zone: string): string =>
  `Three hours a cell, by the clock of ${zone}. ${sign.asleep} asleep, ${sign.calendar} busy by calendar, ${sign.quiet} usually quiet, ${sign.some} some activity, ${sign.busy} usually busy, ${sign.unseen} never seen, ${sign.window} a window is expected.`;

function cell(day: WeekChartDay, hour: number, most: number): string {
  const what = isMostly(day.sleep, hour)
    ? sign.asleep
    : isMostly(day.busy, hour)
      ? sign.calendar
      : activity(eventsIn(day, hour), most);
  return isMostly(day.expected, hour) ? `${what}${sign.window}` : what;
}

function activity(events: number | undefined, most: number): string {
  if (events === undefined) return sign.unseen;
  if (most === 0 || events < most * quietShare) return sign.quiet;
  return events >= most * busyShare ? sign.busy : sign.some;
}

/** Events an hour, over the hours of a block that were seen. */
function eventsIn({ events }: WeekChartDay, hour: number): number | undefined {
  const seen = events.slice(hour, hour + blockHours).filter((count) => count !== undefined);
  return seen.length === 0 ? undefined : seen.reduce((sum, count) => sum + count, 0) / seen.length;
}

/** At least half of a block; spans in minutes after midnight. */
function isMostly(spans: readonly Span[], hour: number): boolean {
  const block = { from: hour * 60, to: (hour + blockHours) * 60 };
  return totalMs(clipSpans(spans, block)) * 2 >= block.to - block.from;
}

/** The busiest hour and how the week looks, for those who do not see the picture. At most 300 characters. */
export function weekInWords({ title, zone, days }: WeekChart): string {
  const hours = days.flatMap(({ label, events }) =>
    events.flatMap((count, hour) => (count === undefined ? [] : [{ label, hour, count }])),
  );
  const busiest = hours.reduce<(typeof hours)[number] | undefined>(
    (best, hour) => (hour.count > (best?.count ?? 0) ? hour : best),
    undefined,
  );
  const peak =
    busiest === undefined
      ? 'nothing was counted yet'
      : `usually busiest on ${busiest.label} at ${String(busiest.hour).padStart(2, '0')}:00`;
  return `${title}: activity hour by hour in ${zone}, ${peak}; with sleep hours, calendars, past training and expected windows laid over it`.slice(
    0,
    longestAlt,
  );
}

const longestAlt = 300;

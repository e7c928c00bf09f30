import type { Picture } from '../domain/outbound-message.ts';
import { sleepInWords } from '../domain/sleep-words.ts';
import type { WeekChart } from '../domain/week-chart.ts';
import type { CommandAnswer, CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, literal } from './markdown-text.ts';
import { weekInWords, weekTable } from './schedule-table.ts';
import { clockOf, scheduleOf } from './schedule-target.ts';
import type { ScheduleReport } from './schedule-tools.ts';
import { windowLines, zoneInWords } from './schedule-window-lines.ts';
import { wallInWords } from './schedule-words.ts';

/** The week as a picture, or as a table where none shows, with how the window stands and what it goes by. */
export async function runScheduleShow(call: CommandCall): Promise<string | CommandAnswer> {
  const { invocation, deps } = call;
  const { spaceId } = invocation.conversation;
  const report = await scheduleOf(deps).report(spaceId);
  const clock = clockOf(report, deps.clock.now());
  const words = [
    part('Window', windowLines(report, spaceId, clock)),
    part('What it goes by', settingLines(report, invocation, deps.clock.now())),
    `Why it is so, signal by signal: ${typed(invocation, 'schedule why')}`,
  ].join('\n\n');
  const week = await weekOf(call);
  if (week === undefined) return words;
  const images = invocation.capabilities.canShowImages ? await pictureOf(week, call) : [];
  return images.length === 0 ? `${words}\n\n${weekTable(week)}` : { markdown: words, images };
}

const part = (title: string, lines: readonly string[]): string =>
  [`**${title}**`, ...lines.map((line) => `- ${line}`)].join('\n');

function settingLines(report: ScheduleReport, invocation: CommandInvocation, now: number): readonly string[] {
  const wall = report.wallAt(now);
  return [
    `Sleep hours here: ${sleepHere(report)}`,
    `Time zone: ${zoneInWords(report)}; it is ${wallInWords(wall, wall)} there`,
    calendarLine(report, invocation),
  ];
}

/** The hours in force, with whose they are. Markdown. */
export function sleepHere({ sleep, schedule }: Pick<ScheduleReport, 'sleep' | 'schedule'>): string {
  if (sleep.ranges.length === 0) return 'none';
  const hours = literal(sleepInWords(sleep));
  return schedule.sleep === undefined ? `${hours}, as nothing else was said here` : hours;
}

function calendarLine({ calendars, unknown }: ScheduleReport, invocation: CommandInvocation): string {
  if (calendars.length === 0) {
    return `Calendars: none is linked; ${typed(invocation, 'schedule calendar connect')} links one`;
  }
  const some =
    unknown.length === 0
      ? ''
      : `; of ${enumerated(unknown.map(({ number }) => `number ${number}`))} I do not know at present whether it is busy`;
  return `Calendars: ${counted(calendars.length, 'is', 'are')} linked${some}. ${typed(invocation, 'schedule calendar')} lists them`;
}

/** The words stand alone where the week cannot be told. */
async function weekOf({ invocation, deps }: CommandCall): Promise<WeekChart | undefined> {
  try {
    return await scheduleOf(deps).week(invocation.conversation.spaceId);
  } catch (error) {
    deps.logger.warn('week_failed', { error });
    return undefined;
  }
}

/** The table stands in its place where no picture can be made. */
async function pictureOf(week: WeekChart, { deps }: CommandCall): Promise<readonly Picture[]> {
  try {
    const bytes = await scheduleOf(deps).chart(week);
    return [{ fileName: 'schedule.png', mediaType: 'image/png', bytes, alt: weekInWords(week) }];
  } catch (error) {
    deps.logger.warn('chart_failed', { error });
    return [];
  }
}

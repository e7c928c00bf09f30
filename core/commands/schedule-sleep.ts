import { parseSleep } from '../domain/parse-sleep.ts';
import type { PersonSchedule } from '../domain/schedule.ts';
import type { SleepHours } from '../domain/sleep-hours.ts';
import { sleepInWords } from '../domain/sleep-words.ts';
import type { ScheduleOwner } from '../schedule/space-schedules.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { typed } from './help.ts';
import { literal } from './markdown-text.ts';
import { sleepHere } from './schedule-show.ts';
import { demandSpace, ownerIn, refusingInMarkdown, scheduleOf } from './schedule-target.ts';
import type { ScheduleReport } from './schedule-tools.ts';
import { zoneInWords } from './schedule-window-lines.ts';

/** Shows or sets when the space, or the asker, sleeps. */
export async function runScheduleSleep({ invocation, args, deps }: CommandCall): Promise<string> {
  const schedule = scheduleOf(deps);
  const { spaceId } = invocation.conversation;
  const { owner, rest } = ownerIn(args['hours'], invocation);
  if (rest === '') return sleepText(await schedule.report(spaceId), owner, invocation);
  const hours = /^off$/i.test(rest) ? undefined : parseSleep(rest);
  if (owner === 'space') {
    const own = typed(invocation, `schedule sleep me ${rest}`);
    demandSpace(invocation, 'change the sleep hours of everybody here', `Your own: ${own}`);
  }
  await refusingInMarkdown(() => schedule.setSleep(spaceId, owner, hours));
  return `${changed(hours)} ${sleepText(await schedule.report(spaceId), owner, invocation)}`;
}

function changed(hours: SleepHours | undefined): string {
  if (hours === undefined) return 'Taken away.';
  return hours.ranges.length === 0 ? 'Noted: no sleep hours.' : 'Noted.';
}

function sleepText(report: ScheduleReport, owner: ScheduleOwner, invocation: CommandInvocation): string {
  const mine = report.schedule.people.find(({ personId }) => personId === invocation.actorId);
  if (owner !== 'space') return `Your sleep hours: ${ownSleep(mine, report)}.`;
  return [
    `Sleep hours here: ${sleepHere(report)}.`,
    `By the clock of ${zoneInWords(report)}.`,
    ...(mine?.sleep === undefined ? [] : [ownInPassing(mine, report, invocation)]),
    `To change them: ${typed(invocation, 'schedule sleep 23:00-07:00')}, or ${typed(invocation, 'schedule sleep me 23:00-07:00')} for yourself`,
  ].join('\n');
}

/** Nobody asked for them where others read along. */
function ownInPassing(mine: PersonSchedule, report: ScheduleReport, invocation: CommandInvocation): string {
  return isForAskerAlone(invocation)
    ? `Your own: ${ownSleep(mine, report)}.`
    : `You have said your own; ${typed(invocation, 'schedule sleep me')} shows them.`;
}

function ownSleep(mine: PersonSchedule | undefined, { zone }: ScheduleReport): string {
  if (mine?.sleep === undefined) return 'you have said none';
  if (mine.sleep.ranges.length === 0) return 'none, as you said';
  return `${literal(sleepInWords(mine.sleep))}, by the clock of ${literal(mine.zone ?? zone)}`;
}

import type { ScheduleOwner } from '../schedule/space-schedules.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { typed } from './help.ts';
import { literal } from './markdown-text.ts';
import { demandSpace, ownerIn, refusingInMarkdown, scheduleOf } from './schedule-target.ts';
import type { ScheduleReport } from './schedule-tools.ts';
import { zoneInWords } from './schedule-window-lines.ts';
import { wallInWords } from './schedule-words.ts';

/** Shows or sets by whose clock the space, or the asker, goes. */
export async function runScheduleTimezone(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const schedule = scheduleOf(deps);
  const { spaceId } = invocation.conversation;
  const { owner, rest } = ownerIn(args['zone'], invocation);
  if (rest === '') return zoneText(await schedule.report(spaceId), owner, call);
  const zone = /^off$/i.test(rest) ? undefined : rest;
  if (owner === 'space') {
    const own = typed(invocation, `schedule timezone me ${rest}`);
    demandSpace(invocation, 'change the time zone of everybody here', `Your own: ${own}`);
  }
  await refusingInMarkdown(() => schedule.setZone(spaceId, owner, zone));
  const said = zone === undefined ? 'Taken away.' : 'Noted.';
  return `${said} ${zoneText(await schedule.report(spaceId), owner, call)}`;
}

function zoneText(report: ScheduleReport, owner: ScheduleOwner, { invocation, deps }: CommandCall): string {
  if (owner !== 'space') return `Your time zone: ${ownZone(report, invocation)}.`;
  const wall = report.wallAt(deps.clock.now());
  const hasOwn = ownZoneOf(report, invocation) !== undefined;
  return [
    `Time zone here: ${zoneInWords(report)}. It is ${wallInWords(wall, wall)} there.`,
    ...(hasOwn ? [ownInPassing(report, invocation)] : []),
    `To change it: ${typed(invocation, 'schedule timezone Europe/Berlin')}, or ${typed(invocation, 'schedule timezone me Europe/Berlin')} for yourself`,
  ].join('\n');
}

/** Nobody asked for it where others read along. */
function ownInPassing(report: ScheduleReport, invocation: CommandInvocation): string {
  return isForAskerAlone(invocation)
    ? `Your own: ${ownZone(report, invocation)}.`
    : `You have said your own; ${typed(invocation, 'schedule timezone me')} shows it.`;
}

function ownZone(report: ScheduleReport, invocation: CommandInvocation): string {
  const zone = ownZoneOf(report, invocation);
  return zone === undefined
    ? `you have said none, so that of this place, ${literal(report.zone)}`
    : literal(zone);
}

function ownZoneOf({ schedule }: ScheduleReport, { actorId }: CommandInvocation): string | undefined {
  return schedule.people.find(({ personId }) => personId === actorId)?.zone;
}

import { AppError } from '../domain/app-error.ts';
import type { LinkedCalendar } from '../domain/calendar.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { literal, shortened } from './markdown-text.ts';
import { runCalendarConnect, runCalendarFinish } from './schedule-calendar-connect.ts';
import { calendarLine, calendarTitle } from './schedule-calendar-words.ts';
import { mayRunSpace, refusingInMarkdown, scheduleOf } from './schedule-target.ts';
import { isConfirmed } from './skill-target.ts';

const actions: Readonly<Record<string, (call: CommandCall) => Promise<string>>> = {
  list: runCalendarList,
  connect: runCalendarConnect,
  add: runCalendarConnect,
  finish: runCalendarFinish,
  disconnect: runCalendarDisconnect,
  remove: runCalendarDisconnect,
};

/** Lists, links and unlinks the calendars that the window goes by. */
export async function runScheduleCalendar(call: CommandCall): Promise<string> {
  const word = call.args['action']?.toLowerCase() ?? 'list';
  const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action !== undefined) return action(call);
  const say = (line: string): string => typed(call.invocation, `schedule calendar ${line}`);
  throw new AppError(
    'invalid_input',
    `“${literal(shortened(word, 40))}” is nothing that can be done with calendars. Say ${say('list')}, ${say('connect')}, ${say('disconnect <number>')} or ${say('finish <address>')}.`,
  );
}

async function runCalendarList({ invocation, deps }: CommandCall): Promise<string> {
  const report = await scheduleOf(deps).report(invocation.conversation.spaceId);
  const connect = typed(invocation, 'schedule calendar connect');
  if (report.calendars.length === 0) {
    return `No calendar is linked here. ${connect} links yours, so that I work in the background while you are busy.`;
  }
  const lines = report.calendars.map((calendar) => {
    const why = report.unknown.find(({ number }) => number === calendar.number)?.why;
    return `- ${calendarLine(calendar, why, invocation, deps.clock.now())}`;
  });
  return [
    '**Calendars**',
    lines.join('\n'),
    `Another one: ${connect}. One less: ${typed(invocation, 'schedule calendar disconnect <number>')}`,
  ].join('\n\n');
}

async function runCalendarDisconnect({ invocation, args, deps }: CommandCall): Promise<string> {
  const schedule = scheduleOf(deps);
  const { spaceId } = invocation.conversation;
  const [first, second] = (args['what'] ?? '').trim().split(/\s+/);
  const number = readNumber(first, invocation);
  const { calendars } = await schedule.report(spaceId);
  const calendar = calendars.find((known) => known.number === number);
  if (calendar === undefined) {
    throw new AppError(
      'not_found',
      `There is no calendar ${number} here. ${typed(invocation, 'schedule calendar list')} shows those that there are.`,
    );
  }
  demandTheirCalendar(calendar, invocation);
  const title = calendarTitle(calendar, invocation);
  if (!isConfirmed(second)) {
    return `This ends that I read ${title}: I forget it with the right to read it. To do it: ${typed(invocation, `schedule calendar disconnect ${number} confirm`)}`;
  }
  await refusingInMarkdown(() =>
    schedule.disconnect(spaceId, number, invocation.actorId, mayRunSpace(invocation)),
  );
  return `I no longer read ${title}.`;
}

/** The number that a person typed: `3`, `#3`. Throws `invalid_input`. */
function readNumber(text: string | undefined, invocation: CommandInvocation): number {
  const digits = /^#?0*([1-9]\d{0,8})$/.exec(text ?? '')?.[1];
  if (digits !== undefined) return Number(digits);
  throw new AppError(
    'invalid_input',
    `Say which calendar by its number, as ${typed(invocation, 'schedule calendar list')} shows it: ${typed(invocation, 'schedule calendar disconnect 2')}.`,
  );
}

/** Throws `not_allowed`: a calendar is for its owner to take away, for who linked it, and for maintainers. */
function demandTheirCalendar(
  { personId, addedBy, number }: LinkedCalendar,
  invocation: CommandInvocation,
): void {
  if ([personId, addedBy].includes(invocation.actorId) || mayRunSpace(invocation)) return;
  throw new AppError(
    'not_allowed',
    personId === undefined
      ? `Calendar ${number} stands for this whole space: only the people who run me here may disconnect it.`
      : `Calendar ${number} is somebody else’s: only they and the people who run me here may disconnect it.`,
  );
}

import type { CalendarAccess, LinkedCalendar } from '../domain/calendar.ts';
import { isFeed } from '../schedule/connect-calendar.ts';
import type { CommandInvocation } from './context.ts';
import { literal, shortened, spoken } from './markdown-text.ts';
import { mayReadCalendar } from './schedule-target.ts';

const longestLabelChars = 80;

const access: Readonly<Record<CalendarAccess, string>> = {
  freebusy: 'only when it is busy, nothing of what is in it',
  events: 'when it is busy and of what kind what is in it is, never its words',
};

const feedAccess = 'everything that its address shows, of which only when it is busy is kept';

/** What is read of an account that is to be linked, to follow on `I read`. */
export function accessInWords(wanted: CalendarAccess): string {
  return access[wanted];
}

/** What is read of a calendar, to follow on `I read`. */
export function readInWords(calendar: Pick<LinkedCalendar, 'source' | 'access'>): string {
  return isFeed(calendar) ? feedAccess : access[calendar.access];
}

/** `calendar 2 (Team holidays)`; without its name where that is not the asker’s business. Markdown. */
export function calendarTitle(calendar: LinkedCalendar, invocation: CommandInvocation): string {
  const { number, label } = calendar;
  if (!mayReadCalendar(calendar, invocation) || label === '') return `calendar ${number}`;
  return `calendar ${number} (${literal(shortened(label, longestLabelChars))})`;
}

/** Whose a calendar is. */
export function ownerInWords(
  { personId }: Pick<LinkedCalendar, 'personId'>,
  { actorId }: Pick<CommandInvocation, 'actorId'>,
): string {
  if (personId === undefined) return 'for this whole space';
  return personId === actorId ? 'yours' : 'somebody’s';
}

/** One calendar in a line. `why`: it counts as unknown, a sentence. Markdown. */
export function calendarLine(
  calendar: LinkedCalendar,
  why: string | undefined,
  invocation: CommandInvocation,
  now: number,
): string {
  const title = calendarTitle(calendar, invocation);
  const { reading } = calendar;
  const read = reading === undefined ? 'not read yet' : `last read ${spoken(now - reading.readAt)} ago`;
  return [
    `**${title.charAt(0).toUpperCase()}${title.slice(1)}**, ${ownerInWords(calendar, invocation)}: I read ${readInWords(calendar)}; ${read}`,
    ...(why === undefined ? [] : [`unknown at present${reason(calendar, why, invocation)}`]),
  ].join('; ');
}

function reason(calendar: LinkedCalendar, why: string, invocation: CommandInvocation): string {
  if (!mayReadCalendar(calendar, invocation)) return '';
  const again = calendar.fault?.isFinal === true ? ' Only linking it again helps' : '';
  return `: ${literal(why)}${again}`;
}

import { AppError, type ErrorCode, toAppError } from '../domain/app-error.ts';
import type { LinkedCalendar } from '../domain/calendar.ts';
import { isWholeSpace } from '../domain/conversation.ts';
import type { ScheduleOwner } from '../schedule/space-schedules.ts';
import type { CommandDeps, CommandInvocation } from './context.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { inlineCode, literal } from './markdown-text.ts';
import type { ScheduleReport, ScheduleTools } from './schedule-tools.ts';
import type { PlaceClock } from './schedule-words.ts';
import { isMaintainer } from './train-target.ts';

/** The effects of the schedule. Throws `not_found` where none is kept. */
export function scheduleOf({ schedule }: Pick<CommandDeps, 'schedule'>): ScheduleTools {
  if (schedule !== undefined) return schedule;
  throw new AppError(
    'not_found',
    'No schedule is kept here: nothing is set up that would work while nobody needs me. The operator finds in docs/schedule.md how to set it up.',
  );
}

/** What times are told by: the clock of the space. */
export function clockOf({ wallAt }: Pick<ScheduleReport, 'wallAt'>, now: number): PlaceClock {
  return { now, wallAt };
}

/** Whether the asker may say when the whole space is away: who runs the bot there, or who is all of it. */
export function mayRunSpace(invocation: Pick<CommandInvocation, 'role' | 'conversation'>): boolean {
  return isMaintainer(invocation) || isWholeSpace(invocation.conversation);
}

/** Throws `not_allowed` otherwise. `instead`: a sentence about what they may do, Markdown. */
export function demandSpace(invocation: CommandInvocation, what: string, instead: string): void {
  if (mayRunSpace(invocation)) return;
  throw new AppError('not_allowed', `Only the people who run me here may ${what}. ${instead}`);
}

/** Whom a line is about, by its first word (`me`, `here`; default: the space), and what else it says. */
export function ownerIn(
  text: string | undefined,
  { actorId }: Pick<CommandInvocation, 'actorId'>,
): { readonly owner: ScheduleOwner; readonly rest: string } {
  const [, word = '', rest = ''] = /^\s*(me|here|space)(?:[\s:,]+([\s\S]*))?$/i.exec(text ?? '') ?? [];
  if (word === '') return { owner: 'space', rest: (text ?? '').trim() };
  return { owner: word.toLowerCase() === 'me' ? actorId : 'space', rest: rest.trim() };
}

/** Whether a calendar's name and troubles may be shown: the space's to everybody in it, a person's where nobody else reads it. */
export function mayReadCalendar(
  { personId }: Pick<LinkedCalendar, 'personId'>,
  invocation: CommandInvocation,
): boolean {
  if (personId === undefined) return true;
  return isForAskerAlone(invocation) && (personId === invocation.actorId || isMaintainer(invocation));
}

/** Refusals are shown as Markdown, so what they quote must not be any. */
const refusals: readonly ErrorCode[] = ['not_found', 'not_allowed', 'invalid_input', 'conflict'];

/** Does it, and makes the sentence of a refusal Markdown in which only code is marked up. */
export async function refusingInMarkdown<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    const error = toAppError(thrown);
    if (!refusals.includes(error.code)) throw error;
    throw new AppError(error.code, withCodeOnly(error.message), { cause: error });
  }
}

function withCodeOnly(text: string): string {
  return text.replaceAll(/`([^`]+)`|[^`]+|`/g, (part, code: string | undefined) =>
    code === undefined ? literal(part) : inlineCode(code),
  );
}

import { AppError } from '../domain/app-error.ts';
import { DAY_MS, HOUR_MS } from '../domain/wall-clock.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { literal, shortened } from './markdown-text.ts';
import { readDuration } from './schedule-duration.ts';
import { clockOf, refusingInMarkdown, scheduleOf } from './schedule-target.ts';
import type { ScheduleReport } from './schedule-tools.ts';
import { verdictLines, windowLines } from './schedule-window-lines.ts';
import { momentAndDistance } from './schedule-words.ts';
import { isMaintainer } from './train-target.ts';

const manual = {
  open: { kind: 'open', usualMs: 2 * HOUR_MS, mostMs: DAY_MS },
  close: { kind: 'closed', usualMs: 8 * HOUR_MS, mostMs: 7 * DAY_MS },
} as const;

/** Shows the window, or has a maintainer open or close it for a while. */
export async function runScheduleWindow(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const schedule = scheduleOf(deps);
  const { spaceId } = invocation.conversation;
  const word = args['what']?.toLowerCase();
  // Everything below tells of one moment.
  const now = deps.clock.now();
  if (word === undefined) return standing(await schedule.report(spaceId), call, now);
  const wanted = readWanted(word, args['length'], invocation);
  if (!isMaintainer(invocation)) {
    throw new AppError(
      'not_allowed',
      `Only the people who run me here may open or close the window. ${typed(invocation, 'schedule window')} shows how it stands.`,
    );
  }
  if (wanted === undefined) {
    await refusingInMarkdown(() => schedule.setManual(spaceId, undefined));
    return `The window goes by itself again.\n\n${standing(await schedule.report(spaceId), call, now)}`;
  }
  if (wanted.kind === 'closed') demandOwnWindow(await schedule.report(spaceId), invocation);
  const until = now + wanted.lengthMs;
  await refusingInMarkdown(() =>
    schedule.setManual(spaceId, { kind: wanted.kind, until, by: invocation.actorId }),
  );
  const report = await schedule.report(spaceId);
  const moment = momentAndDistance(until, clockOf(report, now));
  const back = `${typed(invocation, 'schedule window auto')} takes that back.`;
  if (wanted.kind === 'closed') return `The window stays closed until ${moment}. ${back}`;
  const said = `The window may be open until ${moment}. A message still closes it for a while. ${back}`;
  return report.verdict.isOpen ? said : `${said}\n\n${closedLines(report, call, now)}`;
}

/** Throws `not_allowed` where the window is that of other places too: these would wait because of one. */
function demandOwnWindow({ isEverywhere }: ScheduleReport, { role }: CommandInvocation): void {
  if (!isEverywhere || mayUse({ role: 'operator' }, role)) return;
  throw new AppError(
    'not_allowed',
    'The window is one for all places that I serve: only the operator may close it, from the machine that I run on.',
  );
}

/** `undefined` for `auto`. Throws `invalid_input`. */
function readWanted(
  word: string,
  length: string | undefined,
  invocation: CommandInvocation,
): { readonly kind: 'open' | 'closed'; readonly lengthMs: number } | undefined {
  if (word === 'auto') return undefined;
  if (word !== 'open' && word !== 'close') {
    throw new AppError(
      'invalid_input',
      `“${literal(shortened(word, 40))}” is nothing that can be done with the window. Say ${typed(invocation, 'schedule window open 2h')}, ${typed(invocation, 'schedule window close 8h')} or ${typed(invocation, 'schedule window auto')}.`,
    );
  }
  const { kind, usualMs, mostMs } = manual[word];
  return { kind, lengthMs: length === undefined ? usualMs : readDuration(length, mostMs) };
}

const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

function standing(report: ScheduleReport, { invocation }: CommandCall, now: number): string {
  return listed(windowLines(report, invocation.conversation.spaceId, clockOf(report, now)));
}

/** Why one that may be open is closed all the same. */
function closedLines(report: ScheduleReport, { invocation }: CommandCall, now: number): string {
  const [verdict, ...next] = verdictLines(report, invocation.conversation.spaceId, clockOf(report, now));
  return listed([`Just now it is ${verdict}`, ...next]);
}

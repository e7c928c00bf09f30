import type { PastWindow } from '../domain/schedule.ts';
import type { CommandCall } from './context.ts';
import { spoken } from './markdown-text.ts';
import {
  calibrationLine,
  closingFindings,
  type Finding,
  forecastFinding,
  openingFindings,
} from './schedule-findings.ts';
import { endingInWords, occasionInWords } from './schedule-reasons.ts';
import { clockOf, scheduleOf } from './schedule-target.ts';
import { windowLines } from './schedule-window-lines.ts';
import { type PlaceClock, spanInWords } from './schedule-words.ts';

const shownWindows = 5;

/** Why the window stands as it does: every signal with its number, and the last windows. */
export async function runScheduleWhy({ invocation, deps }: CommandCall): Promise<string> {
  const { spaceId } = invocation.conversation;
  const report = await scheduleOf(deps).report(spaceId);
  const clock = clockOf(report, deps.clock.now());
  const facts = { report, invocation, clock };
  return [
    part('Window', windowLines(report, spaceId, clock)),
    part('What can open it', openingFindings(facts).map(findingLine)),
    part('What idle time needs besides', [findingLine(forecastFinding(facts)), calibrationLine(report)]),
    part('What keeps it closed all the same', closingFindings(facts).map(findingLine)),
    part('The last windows', pastLines(report.past, clock)),
  ].join('\n\n');
}

const part = (title: string, lines: readonly string[]): string =>
  [`**${title}**`, ...lines.map((line) => `- ${line}`)].join('\n');

const findingLine = ({ name, holds, because }: Finding): string =>
  `${name}: **${holds ? 'yes' : 'no'}**, ${because}`;

/** The latest first. */
function pastLines(past: readonly PastWindow[], clock: PlaceClock): readonly string[] {
  if (past.length === 0) return ['There was none yet'];
  return past
    .slice(-shownWindows)
    .toReversed()
    .map((window) => {
      const { openedBy, closedBy, workedMs, from, to } = window;
      const occasion = openedBy.length === 0 ? '' : ` ${occasionInWords(openedBy)}`;
      const worked = workedMs > 0 ? `something worked for ${spoken(workedMs)}` : 'nothing worked in it';
      return `${spanInWords(window, clock)} (${spoken(to - from)}): opened${occasion}, closed because ${endingInWords(closedBy)}; ${worked}`;
    });
}

import type { SpaceId } from '../domain/ids.ts';
import type { WindowVerdict } from '../domain/schedule.ts';
import { MINUTE_MS } from '../domain/wall-clock.ts';
import { literal, spoken } from './markdown-text.ts';
import { barInWords, occasionInWords, signalsInWords, stateInWords } from './schedule-reasons.ts';
import type { ScheduleReport } from './schedule-tools.ts';
import { momentAndDistance, type PlaceClock } from './schedule-words.ts';

/**
 * How the window stands, as sentences without a full stop or markup: first whether it is open, why and until when, or what keeps it
 * closed; of one that is closed, then when the next is expected.
 */
export function windowLines(report: ScheduleReport, here: SpaceId, clock: PlaceClock): readonly string[] {
  const state = stateInWords(report.state);
  const [verdict, ...next] = verdictLines(report, here, clock);
  return [
    `The window is ${verdict}`,
    ...next,
    ...(state === undefined ? [] : [state]),
    ...manualLines(report, here, clock),
    ...(report.isEverywhere ? ['It is one window for all places that I serve'] : []),
    ...starvedLines(report, clock),
  ];
}

/** As a clause, to follow on `The window is`; and when the next is expected, where it is closed. */
export function verdictLines(
  report: ScheduleReport,
  here: SpaceId,
  clock: PlaceClock,
): readonly [string, ...string[]] {
  const { verdict } = report;
  if (verdict.isOpen) {
    const until =
      verdict.until === undefined
        ? 'until somebody comes'
        : `until ${momentAndDistance(verdict.until, clock)} at the latest`;
    return [`open ${until}, because ${signalsInWords(verdict.by)}`];
  }
  const heldUntil = manualEnd(report, here, clock);
  const held = heldUntil === undefined ? '' : ` until ${momentAndDistance(heldUntil, clock)}`;
  const closed = `closed${held}: ${barInWords(verdict, here)}`;
  // Whoever does not keep the schedule does not know.
  return verdict.bar === 'follower' ? [closed] : [closed, nextLine(verdict, heldUntil, clock)];
}

/** Until when a maintainer keeps it closed, where the verdict is that and nothing else. */
function manualEnd(
  { verdict, schedule: { manual } }: ScheduleReport,
  here: SpaceId,
  { now }: PlaceClock,
): number | undefined {
  if (verdict.isOpen || verdict.bar !== 'manual' || (verdict.spaceId ?? here) !== here) return undefined;
  return manual?.kind === 'closed' && manual.until > now ? manual.until : undefined;
}

function nextLine(
  { nextAt, nextBy = [] }: Extract<WindowVerdict, { isOpen: false }>,
  heldUntil: number | undefined,
  clock: PlaceClock,
): string {
  if (nextAt === undefined) return 'None is expected within a week';
  const isThen = heldUntil !== undefined && Math.abs(nextAt - heldUntil) < MINUTE_MS;
  const moment = isThen ? 'then' : momentAndDistance(nextAt, clock);
  const occasion = nextBy.length === 0 ? '' : `, ${occasionInWords(nextBy)}`;
  return `The next one is expected ${moment}${occasion}`;
}

/** What the verdict has not told already. */
function manualLines(report: ScheduleReport, here: SpaceId, clock: PlaceClock): readonly string[] {
  const { verdict, schedule } = report;
  const { manual } = schedule;
  if (manual === undefined || manual.until <= clock.now) return [];
  if (manualEnd(report, here, clock) !== undefined) return [];
  if (verdict.isOpen && verdict.by.includes('manual') && verdict.until === manual.until) return [];
  const what = manual.kind === 'open' ? 'may be open' : 'stays closed';
  return [`It ${what} until ${momentAndDistance(manual.until, clock)}, as the people who run me here said`];
}

function starvedLines({ starvedSince }: ScheduleReport, { now }: PlaceClock): readonly string[] {
  return starvedSince === undefined
    ? []
    : [`Work has waited for a window for ${spoken(now - starvedSince)}, which is too long`];
}

/** `Europe/Berlin`, with whose it is. Markdown. */
export function zoneInWords({ zone, schedule }: Pick<ScheduleReport, 'zone' | 'schedule'>): string {
  return schedule.zone === undefined ? `${literal(zone)}, as nothing else was said here` : literal(zone);
}

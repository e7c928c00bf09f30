import type { WindowSignal } from '../domain/schedule.ts';
import { mergeSpans, spanAt } from '../domain/span.ts';
import type { CommandInvocation } from './context.ts';
import { counted, enumerated, literal, percent, spoken } from './markdown-text.ts';
import { sleepTimes } from './schedule-sleep-times.ts';
import { mayReadCalendar } from './schedule-target.ts';
import type { ScheduleReport } from './schedule-tools.ts';
import { momentAndDistance, type PlaceClock, wallInWords } from './schedule-words.ts';

/** Whether something holds, and the facts behind it, to follow on `yes, ` or `no, `. Markdown. */
export interface Finding {
  readonly name: string;
  readonly holds: boolean;
  readonly because: string;
}

interface Facts {
  readonly report: ScheduleReport;
  readonly invocation: CommandInvocation;
  readonly clock: PlaceClock;
}

const order: readonly WindowSignal[] = ['sleep', 'people', 'calendar', 'idle', 'manual', 'person', 'starved'];

const findings: Readonly<Record<WindowSignal, (facts: Facts) => Finding>> = {
  sleep: sleepFinding,
  people: ({ report: { arePeopleAway } }) => ({
    name: 'Everybody away',
    holds: arePeopleAway === true,
    because:
      arePeopleAway === undefined
        ? 'nobody has said when they are away'
        : arePeopleAway
          ? 'all are who have said when'
          : 'not all are who have said when',
  }),
  calendar: calendarFinding,
  idle: idleFinding,
  manual: ({ report: { schedule }, clock }) => {
    const { manual } = schedule;
    const holds = manual?.kind === 'open' && manual.until > clock.now;
    return {
      name: 'Opened by a person',
      holds,
      because: holds ? `until ${momentAndDistance(manual.until, clock)}` : 'nobody has said so',
    };
  },
  person: ({ report }) => {
    const holds = isOpenBy(report, 'person');
    return { name: 'A run at once', holds, because: holds ? 'somebody wants one' : 'nobody wants one now' };
  },
  starved: ({ report: { starvedSince }, clock }) => ({
    name: 'Waited too long',
    holds: starvedSince !== undefined,
    because:
      starvedSince === undefined
        ? 'nothing has waited for very long'
        : `work has waited for ${spoken(clock.now - starvedSince)}; what disturbs nobody may go on`,
  }),
};

/** Every signal that can open a window, in order. */
export function openingFindings(facts: Facts): readonly Finding[] {
  return order.map((signal) => findings[signal](facts));
}

const isOpenBy = ({ verdict }: ScheduleReport, signal: WindowSignal): boolean =>
  verdict.isOpen && verdict.by.includes(signal);

function sleepFinding({ report, clock }: Facts): Finding {
  const { sleep, isAsleep } = report;
  const name = 'Sleep hours';
  if (sleep.ranges.length === 0) return { name, holds: isAsleep, because: 'there are none here' };
  const wall = clock.wallAt(clock.now);
  const { beganAt, endsAt, beginsAt } = sleepTimes(sleep, wall);
  if (isAsleep) {
    const until = endsAt === undefined ? 'always' : `until ${wallInWords(endsAt, wall)}`;
    const { lastActivityAt } = report;
    const isIn =
      beganAt !== undefined && lastActivityAt !== undefined && clock.wallAt(lastActivityAt) >= beganAt;
    const woken = isIn ? wokenInWords(report, clock) : undefined;
    return { name, holds: woken === undefined, because: `${until}${woken ?? ''}` };
  }
  const next =
    beginsAt === undefined ? 'none are to come' : `the next are from ${wallInWords(beginsAt, wall)}`;
  return { name, holds: false, because: next };
}

/** Of a span in which somebody was active: that it does not count yet, to follow on what it is; `undefined` where it counts. */
function wokenInWords({ lastActivityAt, wokenMs }: ScheduleReport, { now }: PlaceClock): string | undefined {
  if (lastActivityAt === undefined || now - lastActivityAt >= wokenMs) return undefined;
  return `, but somebody may still be here: it counts only after ${spoken(wokenMs)} without anybody, and it has been ${spoken(now - lastActivityAt)}`;
}

/** Since when the calendars of the whole space are busy without a break, as far as they are known. */
function busySince({ calendars, unknown }: ScheduleReport, now: number): number | undefined {
  const known = calendars.filter(
    ({ personId, number }) => personId === undefined && unknown.every((other) => other.number !== number),
  );
  return spanAt(mergeSpans(known.flatMap(({ reading }) => reading?.busy ?? [])), now)?.from;
}

function calendarFinding({ report, invocation, clock }: Facts): Finding {
  const { calendars, unknown, isBusy } = report;
  const since = isBusy ? busySince(report, clock.now) : undefined;
  const isIn = since !== undefined && report.lastActivityAt !== undefined && report.lastActivityAt >= since;
  const woken = isIn ? wokenInWords(report, clock) : undefined;
  const whole = calendars.filter(({ personId }) => personId === undefined).length;
  const because =
    calendars.length === 0
      ? 'none is linked'
      : isBusy
        ? `one that stands for the whole space is busy now${woken ?? ''}`
        : whole === 0
          ? 'none stands for the whole space'
          : `of ${counted(whole, 'calendar that stands', 'calendars that stand')} for the whole space none is known to be busy now`;
  const doubts = unknown.map(({ number, why }) => {
    const calendar = calendars.find((known) => known.number === number);
    const mayRead = calendar !== undefined && mayReadCalendar(calendar, invocation);
    return mayRead ? `number ${number} (${literal(why)})` : `number ${number}`;
  });
  const unsure = doubts.length === 0 ? '' : `; unknown: ${enumerated(doubts)}`;
  return { name: 'Calendars', holds: isBusy && woken === undefined, because: `${because}${unsure}` };
}

function idleFinding({ report: { lastActivityAt, idleMs }, clock }: Facts): Finding {
  const name = 'Nobody here for a while';
  if (lastActivityAt === undefined) return { name, holds: true, because: 'I know of nobody who was here' };
  const quietMs = clock.now - lastActivityAt;
  return {
    name,
    holds: quietMs >= idleMs,
    because: `nobody for ${spoken(quietMs)}, and it takes ${spoken(idleMs)}`,
  };
}

/** What being idle needs besides, and what keeps a window closed whatever else holds. */
export function closingFindings({ report, clock }: Facts): readonly Finding[] {
  const { verdict, lastMessageAt, vetoMs, leastMs, schedule } = report;
  const bar = verdict.isOpen ? undefined : verdict.bar;
  const isNear = lastMessageAt !== undefined && clock.now - lastMessageAt < vetoMs;
  const { manual } = schedule;
  const isClosed = manual?.kind === 'closed' && manual.until > clock.now;
  return [
    {
      name: `A message in the last ${spoken(vetoMs)}`,
      holds: isNear || bar === 'message',
      because: lastHeard(report, isNear, clock.now),
    },
    {
      name: 'An answer under way',
      holds: bar === 'answering',
      because: bar === 'answering' ? 'it goes first' : 'none that I know of keeps it closed',
    },
    {
      name: 'Too little time left',
      holds: bar === 'short',
      because: `a window must last for at least ${spoken(leastMs)}`,
    },
    {
      name: 'Closed by a person',
      holds: isClosed || bar === 'manual',
      because: isClosed
        ? `until ${momentAndDistance(manual.until, clock)}`
        : bar === 'manual'
          ? 'somewhere else'
          : 'nobody has said so',
    },
    ...(bar === 'follower'
      ? [
          {
            name: 'Another instance',
            holds: true,
            because: 'it keeps the schedule, and this one only answers',
          },
        ]
      : []),
    ...(bar === 'starting' ? [{ name: 'Just started', holds: true, because: 'nothing is known yet' }] : []),
  ];
}

function lastHeard({ lastMessageAt, verdict }: ScheduleReport, isNear: boolean, now: number): string {
  if (!isNear && !verdict.isOpen && verdict.bar === 'message') return 'it came somewhere else';
  return lastMessageAt === undefined
    ? 'none is known here'
    : `the last one here came ${spoken(now - lastMessageAt)} ago`;
}

/** How probably it stays quiet, which counts where nothing but idle time opens a window. */
export function forecastFinding({ report: { quiet, neededQuiet } }: Facts): Finding {
  return {
    name: 'Forecast',
    holds: quiet >= neededQuiet,
    because: `the next quarter of an hour stays quiet with ${percent(quiet)}, of the ${percent(neededQuiet)} that idle time needs`,
  };
}

/** How forecasts came true, a sentence without a full stop. */
export function calibrationLine({ calibration }: ScheduleReport): string {
  const { forecasts, said, cameTrue, error } = calibration;
  if (said === undefined || cameTrue === undefined) return 'No forecast has come true or false yet';
  const off = error === undefined ? '' : `; they are off by ${percent(error)} on average`;
  return `Of ${counted(forecasts, 'forecast', 'forecasts')} so far, which said ${percent(said)} on average, ${percent(cameTrue)} stayed quiet${off}`;
}

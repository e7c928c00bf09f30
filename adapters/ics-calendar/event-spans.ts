import type { Span } from '../../core/domain/span.ts';
import { DAY_MS, dayStart, type WallMs, wallAt } from '../../core/domain/wall-clock.ts';
import type { FeedEvent } from './feed-event.ts';
import type { FeedDuration, FeedPeriod, FeedTime } from './feed-time.ts';
import type { ClockOf } from './feed-zones.ts';
import type { Work } from './pace.ts';
import { occurrences, type WallRule } from './recurrence.ts';
import type { RecurrenceRule } from './recurrence-rule.ts';
import type { RuleBudget } from './work-budget.ts';
import { instantMeant, type ZoneClock } from './zone-clock.ts';

/** More than any clock is put forward or back. */
const marginMs = 2 * DAY_MS;

const isDuration = (end: FeedTime | FeedDuration): end is FeedDuration => 'days' in end;

/** When what begins at a time of the clock is over. */
type EndOf = (start: WallMs, at: number) => number;

/** Days follow the date, as does an end that is a date; any other end keeps its exact distance (RFC 5545, 3.8.5.3). */
function endFrom(start: FeedTime, end: FeedTime | FeedDuration, clock: ZoneClock, clockOf: ClockOf): EndOf {
  if (isDuration(end)) {
    const { days, ms } = end;
    return (wall, at) => (days === 0 ? at : instantMeant(clock, wall + days * DAY_MS)) + ms;
  }
  if (start.isDate) return (wall) => instantMeant(clock, wall + dayStart(end.wall) - start.wall);
  const lengthMs = instantMeant(clockOf(end), end.wall) - instantMeant(clock, start.wall);
  return (_, at) => at + lengthMs;
}

/** Whether an occurrence is one that was taken out or replaced. */
export type IsTaken = (wall: WallMs, at: number) => boolean;

/** Which occurrences some times name. A date names whatever begins on it; those of an all-day event have nothing but dates. */
export function* takenAt(times: readonly FeedTime[], isAllDay: boolean, clockOf: ClockOf): Work<IsTaken> {
  const days = new Set<WallMs>();
  const instants = new Set<number>();
  for (const time of times) {
    yield;
    if (time.isDate || isAllDay) days.add(dayStart(time.wall));
    else instants.add(instantMeant(clockOf(time), time.wall));
  }
  return (wall, at) => instants.has(at) || days.has(dayStart(wall));
}

function byWall({ until, ...rule }: RecurrenceRule, clock: ZoneClock): WallRule {
  if (until === undefined) return rule;
  return { ...rule, until: until.isUtc ? wallAt(clock, until.wall) : until.wall };
}

const spanOf = (from: number, to: number): readonly Span[] => (from < to ? [{ from, to }] : []);

export function periodSpan({ start, end }: FeedPeriod, clockOf: ClockOf): readonly Span[] {
  const clock = clockOf(start);
  const from = instantMeant(clock, start.wall);
  return spanOf(from, endFrom(start, end, clock, clockOf)(start.wall, from));
}

/** When an event begins by its clock, each once: what it says itself and what its rules give within some time of that clock. */
function* beginnings(
  event: FeedEvent,
  within: Span,
  clockOf: ClockOf,
  budget: RuleBudget,
): Work<Set<WallMs>> {
  const clock = clockOf(event.start);
  const walls = new Set([event.start.wall]);
  for (const time of event.dates) {
    yield;
    walls.add(wallAt(clock, instantMeant(clockOf(time), time.wall)));
  }
  for (const rule of event.rules) {
    yield;
    for (const wall of occurrences(byWall(rule, clock), event.start.wall, within, budget)) {
      if (wall === undefined) yield;
      else walls.add(wall);
    }
  }
  return walls;
}

/** When an event occurs, in no order, including all that reaches into `within`; the occurrences that `isReplaced` names are left out. */
export function* eventSpans(
  event: FeedEvent,
  isReplaced: IsTaken,
  within: Span,
  clockOf: ClockOf,
  budget: RuleBudget,
): Work<readonly Span[]> {
  const { start, end, periods, exceptDates } = event;
  const clock = clockOf(start);
  const endAt = endFrom(start, end, clock, clockOf);
  const firstAt = instantMeant(clock, start.wall);
  const lengthMs = endAt(start.wall, firstAt) - firstAt;
  const isExcept = yield* takenAt(exceptDates, start.isDate, clockOf);
  const isTaken: IsTaken = (wall, at) => isExcept(wall, at) || isReplaced(wall, at);
  const wallsWithin = { from: within.from - Math.max(0, lengthMs) - marginMs, to: within.to + marginMs };

  const spans: Span[] = [];
  for (const wall of yield* beginnings(event, wallsWithin, clockOf, budget)) {
    yield;
    const at = instantMeant(clock, wall);
    if (!isTaken(wall, at)) spans.push(...spanOf(at, endAt(wall, at)));
  }
  for (const period of periods) {
    yield;
    const [span] = periodSpan(period, clockOf);
    if (span !== undefined && !isTaken(wallAt(clock, span.from), span.from)) spans.push(span);
  }
  return spans.filter(({ from, to }) => from < within.to && to > within.from);
}

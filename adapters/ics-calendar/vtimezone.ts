import type { Span } from '../../core/domain/span.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type WallMs } from '../../core/domain/wall-clock.ts';
import { allOf, type Component } from './component.ts';
import { readTimes } from './feed-time.ts';
import { lastOnset } from './last-onset.ts';
import { occurrences } from './recurrence.ts';
import { type RecurrenceRule, readRule } from './recurrence-rule.ts';
import type { RuleBudget } from './work-budget.ts';
import type { ZoneClock } from './zone-clock.ts';

interface Onset {
  readonly at: number;
  readonly offsetMs: number;
  readonly beforeMs: number;
}

/** `+01:00`, `-05:30:15`; milliseconds. */
function readOffset(component: Component, name: string): number | undefined {
  const value = allOf(component, name)[0]?.values[0];
  const match = typeof value === 'string' ? /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(value) : null;
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(2).map((part) => Number(part ?? 0));
  const ms = hours * HOUR_MS + minutes * MINUTE_MS + seconds * 1_000;
  if (ms >= DAY_MS) return undefined;
  return match[1] === '-' ? -ms : ms;
}

/** A rule is gone through only where it can matter: shortly before the span, or before it ends. */
const marginMs = 400 * DAY_MS;

function onsetWalls(
  rule: RecurrenceRule,
  start: WallMs,
  beforeMs: number,
  span: Span,
  budget: RuleBudget,
): readonly WallMs[] {
  const { until, ...rest } = rule;
  const last = until && (until.isUtc ? until.wall + beforeMs : until.wall);
  const from = Math.min(span.from, last ?? span.from) - marginMs;
  const wallRule = { ...rest, ...(last !== undefined && { until: last }) };
  const walls = [...occurrences(wallRule, start, { from, to: span.to + marginMs }, budget)];
  return walls.filter((wall) => wall !== undefined);
}

/** When one of a zone’s times begins to hold. `undefined` where it cannot be read. */
function onsetsOf(part: Component, span: Span, budget: RuleBudget): readonly Onset[] | undefined {
  const [start] = readTimes(part, 'dtstart') ?? [];
  const offsetMs = readOffset(part, 'tzoffsetto');
  const beforeMs = readOffset(part, 'tzoffsetfrom');
  const dates = readTimes(part, 'rdate');
  if (start === undefined || offsetMs === undefined || beforeMs === undefined || dates === undefined)
    return undefined;
  const walls = [start.wall, ...dates.map(({ wall }) => wall)];
  for (const _ of walls) budget.occurrence();
  for (const property of allOf(part, 'rrule')) {
    const rule = readRule(property.values[0]);
    if (rule === undefined) return undefined;
    walls.push(...onsetWalls(rule, start.wall, beforeMs, span, budget));
  }
  return walls.map((wall) => ({ at: wall - beforeMs, offsetMs, beforeMs }));
}

/** A zone as a feed itself describes it, right within `span`. `undefined` where it cannot be read; what `budget` throws goes on. */
export function readVtimezone(zone: Component, span: Span, budget: RuleBudget): ZoneClock | undefined {
  const parts = zone.parts.filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT');
  const onsets: Onset[] = [];
  for (const part of parts) {
    const own = onsetsOf(part, span, budget);
    if (own === undefined) return undefined;
    onsets.push(...own);
  }
  const ordered = onsets.toSorted((a, b) => a.at - b.at);
  const [first] = ordered;
  if (first === undefined) return undefined;
  return {
    offsetMs: (at) => lastOnset(ordered, at)?.offsetMs ?? first.beforeMs,
  };
}

import { allOf, type Component, textOf, wordOf } from './component.ts';
import { countsAsBusy } from './counts-as-busy.ts';
import {
  type FeedDuration,
  type FeedPeriod,
  type FeedTime,
  readDuration,
  readPeriods,
  readTimes,
  timeIn,
} from './feed-time.ts';
import type { Work } from './pace.ts';
import { type RecurrenceRule, readRule } from './recurrence-rule.ts';

/** One `VEVENT`, without its words. */
export interface FeedEvent {
  readonly uid: string;
  readonly sequence: number;
  readonly isBusy: boolean;
  readonly start: FeedTime;
  readonly end: FeedTime | FeedDuration;
  readonly rules: readonly RecurrenceRule[];
  readonly dates: readonly FeedTime[];
  readonly periods: readonly FeedPeriod[];
  readonly exceptDates: readonly FeedTime[];
  /** It stands in place of that occurrence of the event with the same uid. */
  readonly replaces?: FeedTime;
}

/** Without an end a date lasts a day, and a time no time at all. */
function endOf(event: Component, start: FeedTime): FeedTime | FeedDuration | undefined {
  const [end] = allOf(event, 'dtend');
  if (end !== undefined) return timeIn(end, end.values[0]);
  const [duration] = allOf(event, 'duration');
  if (duration !== undefined) return readDuration(duration.values[0]);
  return { days: start.isDate ? 1 : 0, ms: 0 };
}

/** `undefined` for an event of which something that matters cannot be read. */
export function* readEvent(event: Component): Work<FeedEvent | undefined> {
  const [start] = readTimes(event, 'dtstart') ?? [];
  const end = start && endOf(event, start);
  const rules = allOf(event, 'rrule').map(({ values }) => readRule(values[0]));
  const known = rules.filter((rule) => rule !== undefined);
  yield;
  const dates = readTimes(event, 'rdate');
  const periods = readPeriods(allOf(event, 'rdate'));
  yield;
  const exceptDates = readTimes(event, 'exdate');
  yield;
  const replaced = readTimes(event, 'recurrence-id');
  if (start === undefined || end === undefined || known.length < rules.length) return undefined;
  if (dates === undefined || periods === undefined) return undefined;
  if (exceptDates === undefined || replaced === undefined) return undefined;
  const [replaces] = replaced;
  return {
    uid: textOf(event, 'uid') ?? '',
    sequence: Number(textOf(event, 'sequence')) || 0,
    isBusy: countsAsBusy({
      status: wordOf(event, 'status'),
      transparency: wordOf(event, 'transp'),
      busyStatus: wordOf(event, 'x-microsoft-cdo-busystatus'),
      isAllDay: start.isDate || wordOf(event, 'x-microsoft-cdo-alldayevent') === 'TRUE',
    }),
    start,
    end,
    rules: known,
    dates,
    periods,
    exceptDates,
    ...(replaces !== undefined && { replaces }),
  };
}

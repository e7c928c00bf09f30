import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import type { SleepHours, SleepRange } from '../../../core/domain/sleep-hours.ts';
import { isAsleep, sleepSpans } from '../../../core/domain/sleep-spans.ts';
import { type Span, totalMs } from '../../../core/domain/span.ts';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  isoWeekdays,
  MINUTE_MS,
  minuteOfDay,
  utcRules,
  type WallMs,
  wallAt,
  weekdayOf,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import { changesOf, type ZoneChange } from '../../contract/zone-changes.ts';
import { anySleepRange } from './sleep-hours-arbitrary.ts';

const zones = createTimeZones();
const berlin = zones.rules('Europe/Berlin');

const utc = (text: string): number => Date.parse(`${text}Z`);
const span = (from: string, to: string): Span => ({ from: utc(from), to: utc(to) });

function hoursOf(start: string, end: string, days: SleepRange['days'] = isoWeekdays): SleepHours {
  const minute = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  return { ranges: [{ days, startMinute: minute(start), endMinute: minute(end) }] };
}

const night = hoursOf('23:00', '07:00');

describe('sleepSpans', () => {
  test('begins a range on each of its days, by the clock of the zone', () => {
    const fridayAndSaturday = hoursOf('23:00', '07:00', [5, 6]);
    expect(sleepSpans(fridayAndSaturday, berlin, span('2026-01-05T00:00', '2026-01-12T00:00'))).toEqual([
      span('2026-01-09T22:00', '2026-01-10T06:00'),
      span('2026-01-10T22:00', '2026-01-11T06:00'),
    ]);
  });

  test('clips to what was asked, and gives nothing for nothing', () => {
    expect(sleepSpans(night, utcRules, span('2026-01-05T01:00', '2026-01-05T23:30'))).toEqual([
      span('2026-01-05T01:00', '2026-01-05T07:00'),
      span('2026-01-05T23:00', '2026-01-05T23:30'),
    ]);
    expect(sleepSpans(night, utcRules, span('2026-01-05T01:00', '2026-01-05T01:00'))).toEqual([]);
    expect(sleepSpans(night, utcRules, span('2026-01-05T02:00', '2026-01-05T01:00'))).toEqual([]);
    expect(sleepSpans({ ranges: [] }, utcRules, span('2026-01-05T00:00', '2026-02-05T00:00'))).toEqual([]);
  });

  test('merges ranges that meet or overlap', () => {
    const hours = { ranges: [...night.ranges, ...hoursOf('00:00', '09:00', [6]).ranges] };
    expect(sleepSpans(hours, utcRules, span('2026-01-09T12:00', '2026-01-10T12:00'))).toEqual([
      span('2026-01-09T23:00', '2026-01-10T09:00'),
    ]);
  });

  test('takes equal bounds for 24 hours of the wall clock', () => {
    const within = span('2026-03-20T00:00', '2026-04-05T00:00');
    expect(sleepSpans(hoursOf('06:00', '06:00'), berlin, within)).toEqual([within]);
    const spring = sleepSpans(
      hoursOf('00:00', '00:00', [7]),
      berlin,
      span('2026-03-28T00:00', '2026-03-31T00:00'),
    );
    expect(spring).toEqual([span('2026-03-28T23:00', '2026-03-29T22:00')]);
    const autumn = sleepSpans(
      hoursOf('00:00', '00:00', [7]),
      berlin,
      span('2026-10-24T00:00', '2026-10-27T00:00'),
    );
    expect(autumn).toEqual([span('2026-10-24T22:00', '2026-10-25T23:00')]);
  });

  test.each([
    ['an hour that is left out', '23:00', '07:00', '2026-03-28T22:00', '2026-03-29T05:00'],
    ['a start that is jumped over', '02:30', '07:00', '2026-03-29T01:00', '2026-03-29T05:00'],
    ['an end that is jumped over', '23:00', '02:30', '2026-03-28T22:00', '2026-03-29T01:00'],
    ['an hour that shows twice', '23:00', '07:00', '2026-10-24T21:00', '2026-10-25T06:00'],
    ['a start that shows twice', '02:30', '07:00', '2026-10-25T00:30', '2026-10-25T06:00'],
    ['an end that shows twice', '23:00', '02:30', '2026-10-24T21:00', '2026-10-25T00:30'],
    ['all within the hour that shows twice', '02:10', '02:40', '2026-10-25T00:10', '2026-10-25T00:40'],
  ])('follows a clock that is changed: %s', (_, start, end, from, to) => {
    const within = { from: dayStart(utc(to)) - 12 * HOUR_MS, to: dayStart(utc(to)) + 12 * HOUR_MS };
    expect(sleepSpans(hoursOf(start, end), berlin, within)).toEqual([span(from, to)]);
  });

  test('has nothing within the hour that is left out', () => {
    expect(
      sleepSpans(hoursOf('02:10', '02:40'), berlin, span('2026-03-28T12:00', '2026-03-29T12:00')),
    ).toEqual([]);
  });

  test('follows half an hour on Lord Howe Island', () => {
    const rules = zones.rules('Australia/Lord_Howe');
    const lengthOn = (day: string): number =>
      totalMs(sleepSpans(night, rules, { from: utc(day) - DAY_MS, to: utc(day) }));
    expect(lengthOn('2024-04-07T00:00')).toBe(8.5 * HOUR_MS);
    expect(lengthOn('2024-10-06T00:00')).toBe(7.5 * HOUR_MS);
    expect(lengthOn('2024-10-07T00:00')).toBe(8 * HOUR_MS);
  });

  test('has nothing on a day that was left out in Samoa', () => {
    const rules = zones.rules('Pacific/Apia');
    const within = span('2011-12-28T00:00', '2012-01-02T00:00');
    expect(sleepSpans(hoursOf('09:00', '17:00', [5]), rules, within)).toEqual([]);
    expect(sleepSpans(hoursOf('00:00', '00:00', [5]), rules, within)).toEqual([]);
    // Thursday's night goes on as Saturday's morning.
    expect(sleepSpans(hoursOf('23:00', '07:00', [4, 5]), rules, within)).toEqual([
      span('2011-12-30T09:00', '2011-12-30T17:00'),
    ]);
  });

  test('is asleep from the first millisecond up to the last', () => {
    const from = utc('2026-03-28T22:00');
    const to = utc('2026-03-29T05:00');
    const asleep = (at: number): boolean => isAsleep(night, berlin, at);
    expect([from - 1, from, to - 1, to].map(asleep)).toEqual([false, true, true, false]);
    expect(asleep(from + 0.5)).toBe(true);
    expect(isAsleep({ ranges: [] }, berlin, from)).toBe(false);
  });
});

/** Whether a wall clock that shows it is within a range. */
function holds({ days, startMinute, endMinute }: SleepRange, wall: WallMs): boolean {
  const minute = minuteOfDay(wall);
  const begunToday = days.includes(weekdayOf(wall));
  if (startMinute < endMinute) return begunToday && startMinute <= minute && minute < endMinute;
  const begunYesterday = days.includes(weekdayOf(wall - DAY_MS));
  return (begunToday && minute >= startMinute) || (begunYesterday && minute < endMinute);
}

/** The last that the clock showed before it was set back, as long as it shows again what it had shown. */
function furthestWall(rules: ZoneRules, { at: change, jumpMs }: ZoneChange, at: number): WallMs {
  const isSecond = at >= change && at < change - jumpMs;
  return isSecond ? wallAt(rules, change - 1) : wallAt(rules, at);
}

/** With bounds near those hours at which clocks are changed. */
const smallHours = fc
  .record({
    startMinute: fc.integer({ min: -180, max: 300 }),
    lengthMinutes: fc.integer({ min: 1, max: 600 }),
  })
  .map(
    ({ startMinute, lengthMinutes }): SleepRange => ({
      days: isoWeekdays,
      startMinute: (startMinute + 1440) % 1440,
      endMinute: (startMinute + 1440 + lengthMinutes) % 1440,
    }),
  );

const lengthMs = ({ startMinute, endMinute }: SleepRange): number =>
  ((endMinute - startMinute + 1440) % 1440) * MINUTE_MS;

/** A range's pieces on the days around a change. */
function piecesAround(
  drawn: SleepRange,
  rules: ZoneRules,
  { at: change, jumpMs }: ZoneChange,
  within: Span,
): readonly Span[] {
  const before = rules.offsetMs(change - 1);
  const firstAt = (wall: WallMs): number =>
    wall - before < change ? wall - before : Math.max(change, wall - before - jumpMs);
  return Array.from({ length: 7 }, (_, place) => dayStart(change + before) + (place - 3) * DAY_MS)
    .map((day) => day + drawn.startMinute * MINUTE_MS)
    .map((start) => ({
      from: Math.max(within.from, firstAt(start)),
      to: Math.min(within.to, firstAt(start + lengthMs(drawn))),
    }))
    .filter(({ from, to }) => from < to);
}

/** Every change of every zone with a range of its own. */
function* everyChange(
  ranges: fc.Arbitrary<SleepRange>,
): Generator<{ readonly rules: ZoneRules; readonly change: ZoneChange; readonly range: SleepRange }> {
  const drawn = fc.sample(ranges, 977);
  let place = 0;
  for (const zone of zones.names()) {
    const rules = zones.rules(zone);
    for (const change of changesOf(rules)) {
      yield { rules, change, range: drawn[place % drawn.length]! };
      place += 1;
    }
  }
}

describe('sleepSpans at every change of every zone', () => {
  test('are where the wall clock first shows the hours, in order and apart', { timeout: 60_000 }, () => {
    const wrong: unknown[] = [];
    for (const drawn of [...everyChange(anySleepRange), ...everyChange(smallHours)]) {
      const { rules, change } = drawn;
      const within = { from: change.at - 36 * HOUR_MS, to: change.at + 36 * HOUR_MS };
      const spans = sleepSpans({ ranges: [drawn.range] }, rules, within);
      const bounds = [within.from - 1, ...spans.flatMap(({ from, to }) => [from, to]), within.to + 1];
      if (bounds.some((bound, place) => place > 0 && bound <= bounds[place - 1]!)) {
        wrong.push([rules.zone, change, drawn.range, spans]);
      }
      const offsets = [
        ...Array.from({ length: 24 }, (_, place) => (place - 12) * 3 * HOUR_MS + 7 * MINUTE_MS),
        ...Array.from({ length: 20 }, (_, place) => (place - 10) * 20 * MINUTE_MS),
        -1,
      ];
      for (const at of offsets.map((offset) => change.at + offset)) {
        const isIn = spans.some(({ from, to }) => from <= at && at < to);
        const isHeld = holds(drawn.range, furthestWall(rules, change, at));
        if (isIn !== isHeld || isAsleep({ ranges: [drawn.range] }, rules, at) !== isHeld) {
          wrong.push([rules.zone, new Date(at).toISOString(), drawn.range]);
        }
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('are one piece for each day, between the first instants that show its bounds', () => {
    const wrong: unknown[] = [];
    for (const { rules, change, range: drawn } of everyChange(smallHours)) {
      // Where a day is left out, the nights around it meet.
      if (change.jumpMs > 3 * HOUR_MS) continue;
      const within = { from: change.at - 36 * HOUR_MS, to: change.at + 36 * HOUR_MS };
      const spans = sleepSpans({ ranges: [drawn] }, rules, within);
      const expected = piecesAround(drawn, rules, change, within);
      if (JSON.stringify(spans) !== JSON.stringify(expected)) wrong.push([rules.zone, change, drawn, spans]);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  test('are as long as the wall clock says, less what it jumped', () => {
    const wrong: unknown[] = [];
    let count = 0;
    for (const { rules, change, range: drawn } of everyChange(smallHours)) {
      if (change.jumpMs > 3 * HOUR_MS) continue;
      const within = { from: change.at - 36 * HOUR_MS, to: change.at + 36 * HOUR_MS };
      for (const { from, to } of sleepSpans({ ranges: [drawn] }, rules, within)) {
        if ([within.from, within.to, change.at].some((bound) => from === bound || to === bound)) continue;
        count += 1;
        const jumpedMs = from < change.at && change.at < to ? change.jumpMs : 0;
        if (to - from !== lengthMs(drawn) - jumpedMs) wrong.push([rules.zone, change, drawn, from, to]);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(count).toBeGreaterThan(10_000);
  });
});

test('being asleep is lying in a span, whatever the hours', () => {
  const zone = fc.constantFrom(...zones.names());
  const instant = fc.integer({ min: utc('2010-01-01T00:00'), max: utc('2036-01-01T00:00') });
  fc.assert(
    fc.property(zone, fc.array(anySleepRange, { maxLength: 4 }), instant, (name, ranges, at) => {
      const rules = zones.rules(name);
      const spans = sleepSpans({ ranges }, rules, { from: at - 9 * DAY_MS, to: at + 9 * DAY_MS });
      expect(isAsleep({ ranges }, rules, at)).toBe(spans.some(({ from, to }) => from <= at && at < to));
    }),
  );
});

test('what is asked piece by piece is what is asked at once', () => {
  const instant = fc.integer({ min: utc('2026-03-01T00:00'), max: utc('2026-12-01T00:00') });
  fc.assert(
    fc.property(
      fc.array(anySleepRange, { maxLength: 4 }),
      instant,
      fc.nat(10 * DAY_MS),
      (ranges, middle, reach) => {
        const hours = { ranges };
        const [from, to] = [middle - reach, middle + reach + 1];
        const pieces = [
          ...sleepSpans(hours, berlin, { from, to: middle }),
          ...sleepSpans(hours, berlin, { from: middle, to }),
        ];
        expect(totalMs(pieces)).toBe(totalMs(sleepSpans(hours, berlin, { from, to })));
      },
    ),
  );
});

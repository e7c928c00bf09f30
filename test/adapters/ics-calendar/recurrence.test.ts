import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allOf, parseComponent } from '../../../adapters/ics-calendar/component.ts';
import { occurrences } from '../../../adapters/ics-calendar/recurrence.ts';
import { readRule } from '../../../adapters/ics-calendar/recurrence-rule.ts';
import { createWorkBudget, type RuleBudget } from '../../../adapters/ics-calendar/work-budget.ts';
import { DAY_MS } from '../../../core/domain/wall-clock.ts';
import { atOnce } from './at-once.ts';
import { calendarOf, eventOf, read, zones } from './feed-texts.ts';

const wall = (text: string): number => Date.parse(`${text}Z`);

/** For comparing with the long way round. */
const endless = { step() {}, occurrence() {} };

/** The times of a rule, in a span that begins with its start unless told otherwise. */
function timesOf(
  rule: string,
  start: string,
  from = start,
  to = '2100-01-01T00:00:00',
  most = 12,
  budget: RuleBudget = createWorkBudget(),
): readonly string[] {
  const component = atOnce(parseComponent({ name: 'VEVENT', lines: [`RRULE:${rule}`], parts: [] }));
  const read = component && readRule(allOf(component, 'rrule')[0]?.values[0]);
  if (read === undefined) throw new Error(`no rule: ${rule}`);
  const { until, ...rest } = read;
  const within = { from: wall(from), to: wall(to) };
  const times: string[] = [];
  const full = { ...rest, ...(until !== undefined && { until: until.wall }) };
  for (const one of occurrences(full, wall(start), within, budget)) {
    if (one === undefined) continue;
    times.push(new Date(one).toISOString().slice(0, 16));
    if (times.length === most) break;
  }
  return times;
}

const dates = (rule: string, start: string, most = 12): readonly string[] =>
  timesOf(rule, start, start, undefined, most).map((time) => time.slice(0, 10));

describe('examples of RFC 5545, 3.8.5.3', () => {
  const start = '1997-09-02T09:00:00';
  test.each<[string, string, readonly string[]]>([
    [
      'FREQ=DAILY;INTERVAL=10;COUNT=5',
      start,
      ['1997-09-02', '1997-09-12', '1997-09-22', '1997-10-02', '1997-10-12'],
    ],
    [
      'FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA',
      '1998-01-01T09:00:00',
      ['1998-01-01', '1998-01-02', '1998-01-03'],
    ],
    ['FREQ=WEEKLY;INTERVAL=2;WKST=SU', start, ['1997-09-02', '1997-09-16', '1997-09-30']],
    [
      'FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH',
      start,
      ['1997-09-02', '1997-09-04', '1997-09-09', '1997-09-11'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
      start,
      [
        '1997-09-02',
        '1997-09-04',
        '1997-09-16',
        '1997-09-18',
        '1997-09-30',
        '1997-10-02',
        '1997-10-14',
        '1997-10-16',
      ],
    ],
    [
      'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
      '1997-09-05T09:00:00',
      ['1997-09-05', '1997-10-03', '1997-11-07', '1997-12-05', '1998-01-02'],
    ],
    [
      'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
      '1997-09-07T09:00:00',
      ['1997-09-07', '1997-09-28', '1997-11-02', '1997-11-30', '1998-01-04', '1998-01-25'],
    ],
    [
      'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
      '1997-09-22T09:00:00',
      ['1997-09-22', '1997-10-20', '1997-11-17', '1997-12-22', '1998-01-19', '1998-02-16'],
    ],
    [
      'FREQ=MONTHLY;BYMONTHDAY=-3',
      '1997-09-28T09:00:00',
      ['1997-09-28', '1997-10-29', '1997-11-28', '1997-12-29', '1998-01-29', '1998-02-26'],
    ],
    [
      'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
      '1997-09-30T09:00:00',
      ['1997-09-30', '1997-10-01', '1997-10-31', '1997-11-01', '1997-11-30', '1997-12-01'],
    ],
    [
      'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
      '1997-09-10T09:00:00',
      ['1997-09-10', '1997-09-11', '1997-09-12', '1997-09-13', '1997-09-14', '1997-09-15', '1999-03-10'],
    ],
    [
      'FREQ=YEARLY;COUNT=10;BYMONTH=6,7',
      '1997-06-10T09:00:00',
      ['1997-06-10', '1997-07-10', '1998-06-10', '1998-07-10'],
    ],
    [
      'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
      '1997-01-01T09:00:00',
      ['1997-01-01', '1997-04-10', '1997-07-19', '2000-01-01', '2000-04-09', '2000-07-18', '2003-01-01'],
    ],
    ['FREQ=YEARLY;BYDAY=20MO', '1997-05-19T09:00:00', ['1997-05-19', '1998-05-18', '1999-05-17']],
    ['FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', '1997-05-12T09:00:00', ['1997-05-12', '1998-05-11', '1999-05-17']],
    [
      'FREQ=YEARLY;BYMONTH=3;BYDAY=TH',
      '1997-03-13T09:00:00',
      ['1997-03-13', '1997-03-20', '1997-03-27', '1998-03-05'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
      '1998-02-13T09:00:00',
      ['1998-02-13', '1998-03-13', '1998-11-13', '1999-08-13', '2000-10-13'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
      '1997-09-13T09:00:00',
      ['1997-09-13', '1997-10-11', '1997-11-08', '1997-12-13'],
    ],
    [
      'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
      '1996-11-05T09:00:00',
      ['1996-11-05', '2000-11-07', '2004-11-02'],
    ],
    [
      'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
      '1997-09-04T09:00:00',
      ['1997-09-04', '1997-10-07', '1997-11-06'],
    ],
    [
      'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
      '1997-09-29T09:00:00',
      ['1997-09-29', '1997-10-30', '1997-11-27', '1997-12-30'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
      '1997-08-05T09:00:00',
      ['1997-08-05', '1997-08-10', '1997-08-19', '1997-08-24'],
    ],
    [
      'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
      '1997-08-05T09:00:00',
      ['1997-08-05', '1997-08-17', '1997-08-19', '1997-08-31'],
    ],
    [
      'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
      '2007-01-15T09:00:00',
      ['2007-01-15', '2007-01-30', '2007-02-15', '2007-03-15', '2007-03-30'],
    ],
  ])('%s', (rule, from, expected) => {
    expect(dates(rule, from, expected.length)).toEqual(expected);
  });

  test.each<[string, readonly string[]]>([
    ['FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000', ['02T09:00', '02T12:00', '02T15:00']],
    ['FREQ=MINUTELY;INTERVAL=90;COUNT=4', ['02T09:00', '02T10:30', '02T12:00', '02T13:30']],
    [
      'FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,40;COUNT=6',
      ['02T09:00', '02T09:40', '02T10:00', '02T10:40', '03T09:00', '03T09:40'],
    ],
    [
      'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10;COUNT=8',
      ['02T09:00', '02T09:20', '02T09:40', '02T10:00', '02T10:20', '02T10:40', '03T09:00', '03T09:20'],
    ],
  ])('%s', (rule, expected) => {
    expect(timesOf(rule, start).map((time) => time.slice(8))).toEqual(expected);
  });
});

test('days that a month or year does not have are skipped, not moved', () => {
  expect(dates('FREQ=MONTHLY;COUNT=3', '2026-01-31T09:00:00')).toEqual([
    '2026-01-31',
    '2026-03-31',
    '2026-05-31',
  ]);
  expect(dates('FREQ=YEARLY;COUNT=3', '2024-02-29T09:00:00')).toEqual([
    '2024-02-29',
    '2028-02-29',
    '2032-02-29',
  ]);
});

test('the start is the first, also where the rule does not name it', () => {
  expect(dates('FREQ=WEEKLY;BYDAY=MO;COUNT=3', '2026-04-01T09:00:00')).toEqual([
    '2026-04-01',
    '2026-04-06',
    '2026-04-13',
  ]);
});

const rules = fc.record({
  frequency: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'HOURLY', 'MINUTELY'),
  interval: fc.integer({ min: 1, max: 5 }),
  end: fc.oneof(
    fc.constant(''),
    fc.integer({ min: 1, max: 40 }).map((count) => `;COUNT=${count}`),
    fc
      .integer({ min: 0, max: 900 })
      .map(
        (days) =>
          `;UNTIL=${new Date(wall('2024-01-01T12:00:00') + days * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}T120000`,
      ),
  ),
  by: fc.constantFrom(
    '',
    ';BYDAY=MO,WE,FR',
    ';BYMONTH=1,3,11',
    ';BYDAY=SU;WKST=SU',
    ';BYMONTHDAY=1,-1',
    ';BYHOUR=8,20',
  ),
  startMinutes: fc.integer({ min: 0, max: 400 * 24 * 60 }),
  offsetDays: fc.integer({ min: 0, max: 700 }),
});

test('looking at a later span gives what going through all from the start gives there', () => {
  fc.assert(
    fc.property(rules, ({ frequency, interval, end, by, startMinutes, offsetDays }) => {
      const rule = `FREQ=${frequency};INTERVAL=${interval}${end}${by}`;
      const begin = wall('2024-01-01T00:00:00') + startMinutes * 60_000;
      const iso = (at: number): string => new Date(at).toISOString().slice(0, 19);
      // The long way round is long.
      const days = frequency === 'MINUTELY' ? Math.floor(offsetDays / 70) : offsetDays;
      const [from, to] = [begin + days * DAY_MS, begin + (days + 3) * DAY_MS];
      const all = timesOf(rule, iso(begin), iso(begin), iso(to), Number.POSITIVE_INFINITY, endless);
      const expected = all.filter((time) => wall(`${time}:00`) >= Math.floor(from / 60_000) * 60_000);
      expect(timesOf(rule, iso(begin), iso(from), iso(to), Number.POSITIVE_INFINITY)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

interface Shown {
  readonly at: number;
  readonly date: string;
  readonly time: string;
  readonly weekday: string;
}

/** What the wall clock shows at each half hour, by the runtime’s own zones: another way to all that the feed reader does. */
function halfHours(zone: string, from: number, to: number): readonly Shown[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const weekdays = new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short' });
  return Array.from({ length: (to - from) / 1_800_000 }, (_, index) => {
    const at = from + index * 1_800_000;
    const [date = '', time = ''] = format.format(at).split(', ');
    return { at, date, time, weekday: weekdays.format(at).slice(0, 2).toUpperCase() };
  });
}

const places = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Asia/Kolkata',
  'Africa/Casablanca',
];
const spans = ['2026-02-20', '2026-09-05'].map((day) => {
  const from = Date.parse(`${day}T00:00:00Z`);
  return { from, to: from + 60 * DAY_MS };
});

test.each(places)('daily and weekly events are when the wall clock shows their time: %s', async (zone) => {
  const shownIn = new Map(spans.map((span) => [span, halfHours(zone, span.from, span.to)]));
  const slots = fc.record({
    span: fc.constantFrom(...spans),
    // Half of them in the small hours, when clocks are changed.
    slot: fc.oneof(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 47 })),
    days: fc.subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { minLength: 1 }),
    isDaily: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(slots, async ({ span, slot, days, isDaily }) => {
      const time = `${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 === 0 ? '00' : '30'}`;
      const rule = isDaily ? 'FREQ=DAILY' : `FREQ=WEEKLY;BYDAY=${days.join(',')}`;
      const start = `DTSTART;TZID=${zone}:20250106T${time.replace(':', '')}00`;
      const lines = eventOf(start, 'DURATION:PT1M', `RRULE:${rule}`);
      const { busy } = await read(calendarOf(...lines), 'UTC', span);

      const shown = (shownIn.get(span) ?? []).filter(({ weekday }) => isDaily || days.includes(weekday));
      // Of two showings on a date, the first.
      const firsts = new Map<string, number>();
      for (const { at, date, time: one } of shown) {
        if (one === time && !firsts.has(date)) firsts.set(date, at);
      }
      const dateAt = (at: number): string => shown.findLast((one) => one.at <= at)?.date ?? '';
      const byDate = new Map(busy.map(({ from }) => [dateAt(from), from]));
      expect(byDate.size).toBe(busy.length);
      for (const [date, at] of firsts) expect(byDate.get(date), date).toBe(at);
      // Where the clock jumps over the time: as much behind the jump as the time is.
      const { offsetMs } = zones.rules(zone);
      for (const [date, at] of byDate) {
        if (firsts.has(date)) continue;
        const before = offsetMs(at - 3 * 3_600_000);
        expect(offsetMs(at)).toBeGreaterThan(before);
        expect(new Date(at + before).toISOString().slice(11, 16)).toBe(time);
      }
    }),
    { numRuns: 40 },
  );
});

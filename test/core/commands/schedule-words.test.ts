import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDuration } from '../../../core/commands/schedule-duration.ts';
import {
  barInWords,
  endingInWords,
  occasionInWords,
  signalsInWords,
} from '../../../core/commands/schedule-reasons.ts';
import { sleepTimes } from '../../../core/commands/schedule-sleep-times.ts';
import {
  dayInWords,
  distanceInWords,
  momentAndDistance,
  momentInWords,
  spanInWords,
  timesInWords,
  wallInWords,
} from '../../../core/commands/schedule-words.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import type { WindowBar, WindowSignal } from '../../../core/domain/schedule.ts';
import type { SleepHours } from '../../../core/domain/sleep-hours.ts';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  isoWeekdays,
  MINUTE_MS,
  minuteOfDay,
  weekdayOf,
} from '../../../core/domain/wall-clock.ts';
import { nights } from './fake-schedule-tools.ts';

const wall = (text: string): number => Date.parse(`${text}Z`);

describe('moments', () => {
  // 2026-12-01 is a Tuesday.
  const nowWall = wall('2026-12-01T22:30');

  test.each([
    ['2026-12-01T23:00', 'today 23:00'],
    ['2026-12-01T00:00', 'today 00:00'],
    ['2026-12-01T23:59', 'today 23:59'],
    ['2026-12-02T00:00', 'tomorrow 00:00'],
    ['2026-12-02T07:05', 'tomorrow 07:05'],
    ['2026-11-30T23:59', 'yesterday 23:59'],
    ['2026-12-03T00:00', 'Thu 00:00'],
    ['2026-12-07T09:00', 'Mon 09:00'],
    ['2026-11-25T09:00', 'Wed 09:00'],
    ['2026-12-08T09:00', 'Tue 8 Dec 09:00'],
    ['2026-11-24T09:00', 'Tue 24 Nov 09:00'],
    ['2027-01-01T00:00', 'Fri 1 Jan 2027 00:00'],
  ])('%s is %s', (moment, words) => {
    expect(wallInWords(wall(moment), nowWall)).toBe(words);
  });

  test('the day is that of the wall clock, not that of UTC', () => {
    const clock = { now: wall('2026-12-01T22:30'), wallAt: (at: number) => at + 2 * HOUR_MS };
    expect(momentInWords(wall('2026-12-01T21:59'), clock)).toBe('yesterday 23:59');
    expect(momentAndDistance(wall('2026-12-01T23:30'), clock)).toBe('today 01:30 (in 1 hour)');
  });

  test('across a jump of the clock the distance is the true one', () => {
    const jump = wall('2026-03-29T01:00');
    const clock = {
      now: wall('2026-03-28T23:00'),
      wallAt: (at: number) => at + (at < jump ? 1 : 2) * HOUR_MS,
    };
    expect(momentAndDistance(wall('2026-03-29T05:00'), clock)).toBe('today 07:00 (in 6 hours)');
  });

  test('distances go both ways', () => {
    expect(distanceInWords(5 * MINUTE_MS, 0)).toBe('in 5 minutes');
    expect(distanceInWords(0, 3 * HOUR_MS)).toBe('3 hours ago');
    expect(distanceInWords(0, 0)).toBe('in less than a minute');
  });

  test('within six days no two days have the same name, and each name is right', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40_000, max: 40_000 }), fc.nat(1_439), (day, minute) => {
        const now = day * DAY_MS + minute * MINUTE_MS;
        const days = Array.from({ length: 7 }, (_, ahead) => dayInWords(dayStart(now) + ahead * DAY_MS, now));
        expect(new Set(days).size).toBe(7);
        const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
        for (const [ahead, name] of days.entries()) {
          if (ahead > 1) expect(names.indexOf(name) + 1).toBe(weekdayOf(now + ahead * DAY_MS));
        }
      }),
    );
  });
});

describe('spans', () => {
  const clock = { now: wall('2026-12-01T22:30'), wallAt: (at: number) => at };
  const span = (from: string, to: string) => ({ from: wall(from), to: wall(to) });

  test.each([
    ['2026-12-01T10:00', '2026-12-01T12:30', 'today 10:00–12:30'],
    ['2026-11-30T23:00', '2026-12-01T07:00', 'yesterday 23:00–07:00'],
    ['2026-12-01T22:00', '2026-12-02T00:00', 'today 22:00–24:00'],
    ['2026-12-02T00:00', '2026-12-02T07:00', 'tomorrow 00:00–07:00'],
    ['2026-11-28T00:00', '2026-11-30T09:00', 'Sat 00:00 – yesterday 09:00'],
  ])('%s to %s', (from, to, words) => {
    expect(spanInWords(span(from, to), clock)).toBe(words);
  });

  test('a whole day is told with both its ends', () => {
    expect(timesInWords(span('2026-12-01T00:00', '2026-12-02T00:00'), clock)).toBe(
      'today 00:00 – tomorrow 00:00',
    );
  });
});

describe('lengths of time', () => {
  const week = 7 * DAY_MS;

  test.each([
    ['90m', 90 * MINUTE_MS],
    ['2h', 2 * HOUR_MS],
    ['1h30m', 90 * MINUTE_MS],
    ['1 h 30 min', 90 * MINUTE_MS],
    ['1d', DAY_MS],
    ['1d12h', 36 * HOUR_MS],
    ['2 Hours', 2 * HOUR_MS],
    ['45 minutes', 45 * MINUTE_MS],
    [' 1 day ', DAY_MS],
  ])('%s', (text, ms) => {
    expect(readDuration(text, week)).toBe(ms);
  });

  test.each(['', '2', 'h', '0h', '-2h', '1.5h', '2h2h', '30m2h', 'for ever', '2 weeks', '1h*'])(
    '%j is none, and it is said how to say one',
    (text) => {
      expect(() => readDuration(text, week)).toThrow(/Say it like `90m`/);
    },
  );

  test('what is too long is refused with the most', () => {
    expect(() => readDuration('25h', DAY_MS)).toThrow('at most 1 day.');
    expect(() => readDuration('99999d', week)).toThrow('at most 7 days.');
    expect(readDuration('24h', DAY_MS)).toBe(DAY_MS);
  });

  test('any number of days, hours and minutes is their sum', () => {
    fc.assert(
      fc.property(fc.nat(6), fc.nat(50), fc.nat(500), (days, hours, minutes) => {
        const ms = days * DAY_MS + hours * HOUR_MS + minutes * MINUTE_MS;
        fc.pre(ms > 0);
        expect(readDuration(`${days}d${hours}h${minutes}m`, 100 * DAY_MS)).toBe(ms);
      }),
    );
  });
});

describe('when sleep ends and begins', () => {
  test.each([
    ['2026-12-01T22:30', undefined, undefined, '2026-12-01T23:00'],
    ['2026-12-01T23:00', '2026-12-01T23:00', '2026-12-02T07:00', '2026-12-02T23:00'],
    ['2026-12-02T06:59', '2026-12-01T23:00', '2026-12-02T07:00', '2026-12-02T23:00'],
    ['2026-12-02T07:00', undefined, undefined, '2026-12-02T23:00'],
  ])('at %s', (now, beganAt, endsAt, beginsAt) => {
    const times = sleepTimes(nights, wall(now));
    expect(times).toEqual({
      ...(beganAt === undefined ? {} : { beganAt: wall(beganAt) }),
      ...(endsAt === undefined ? {} : { endsAt: wall(endsAt) }),
      ...(beginsAt === undefined ? {} : { beginsAt: wall(beginsAt) }),
    });
  });

  test('ranges that meet are one sleep; one day a week is found a week ahead', () => {
    const weekend: SleepHours = {
      ranges: [
        { days: [6], startMinute: 600, endMinute: 0 },
        { days: [7], startMinute: 0, endMinute: 480 },
      ],
    };
    expect(sleepTimes(weekend, wall('2026-12-05T12:00'))).toEqual({
      beganAt: wall('2026-12-05T10:00'),
      endsAt: wall('2026-12-06T08:00'),
      beginsAt: wall('2026-12-12T10:00'),
    });
  });

  test('without any, and with nothing else, nothing changes', () => {
    expect(sleepTimes({ ranges: [] }, 0)).toEqual({});
    const always: SleepHours = { ranges: [{ days: isoWeekdays, startMinute: 0, endMinute: 0 }] };
    expect(sleepTimes(always, wall('2026-12-01T12:00'))).toEqual({ beganAt: wall('2026-11-30T00:00') });
  });

  const range = fc.record({
    days: fc.subarray([...isoWeekdays], { minLength: 1 }),
    startMinute: fc.nat(1_439),
    endMinute: fc.nat(1_439),
  });

  test('agrees with a look at every minute', () => {
    const isIn = (hours: SleepHours, moment: number): boolean =>
      hours.ranges.some(({ days, startMinute, endMinute }) => {
        const minute = minuteOfDay(moment);
        const isToday = days.includes(weekdayOf(moment));
        const wasYesterday = days.includes(weekdayOf(moment - DAY_MS));
        if (startMinute < endMinute) return isToday && minute >= startMinute && minute < endMinute;
        return (isToday && minute >= startMinute) || (wasYesterday && minute < endMinute);
      });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 3 }), fc.nat(7 * 1_440), (ranges, minute) => {
        const hours = { ranges };
        const now = minute * MINUTE_MS;
        const { endsAt, beginsAt } = sleepTimes(hours, now);
        expect(endsAt === undefined || isIn(hours, now)).toBe(true);
        const first = (from: number, wanted: boolean): number | undefined => {
          for (let moment = from; moment < now + 7 * DAY_MS; moment += MINUTE_MS)
            if (isIn(hours, moment) === wanted) return moment;
          return undefined;
        };
        const end = isIn(hours, now) ? first(now, false) : undefined;
        expect(endsAt).toBe(end);
        const begin = isIn(hours, now)
          ? end === undefined
            ? undefined
            : first(end, true)
          : first(now, true);
        if (begin !== undefined) expect(beginsAt).toBe(begin);
      }),
      { numRuns: 60 },
    );
  });
});

describe('reasons', () => {
  const here = spaceId('fake', 'here');
  const elsewhere = spaceId('fake', 'secret-place');
  const bars: readonly WindowBar[] = [
    'message',
    'answering',
    'awake',
    'forecast',
    'short',
    'manual',
    'follower',
    'starting',
  ];

  test.each(bars)('%s has words of its own, and names no other place', (bar) => {
    const mine = barInWords({ isOpen: false, bar, spaceId: here }, here);
    const other = barInWords({ isOpen: false, bar, spaceId: elsewhere }, here);
    expect(barInWords({ isOpen: false, bar }, here)).toBe(mine);
    expect(other).not.toContain('secret');
    if (bar !== 'follower' && bar !== 'starting') expect(other).toContain('somebody elsewhere');
    expect(endingInWords(bar)).not.toBe('');
  });

  test('all of them differ', () => {
    expect(new Set(bars.map((bar) => barInWords({ isOpen: false, bar }, here))).size).toBe(bars.length);
    expect(new Set([...bars, 'restart' as const].map(endingInWords)).size).toBe(bars.length + 1);
    const signals: readonly WindowSignal[] = [
      'sleep',
      'people',
      'calendar',
      'idle',
      'manual',
      'person',
      'starved',
    ];
    for (const words of [signalsInWords, occasionInWords])
      expect(new Set(signals.map((signal) => words([signal]))).size).toBe(signals.length);
    expect(signalsInWords(['sleep', 'calendar'])).toBe('these are sleep hours and a calendar is busy');
    expect(occasionInWords(['sleep', 'idle'])).toBe('during sleep hours and after a quiet while');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import { emptyProfile } from '../../../core/domain/close-quarter.ts';
import { quietProbability } from '../../../core/domain/quiet-forecast.ts';
import { type Span, totalMs } from '../../../core/domain/span.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  utcRules,
  wallAt,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import { type WeekFacts, weekAround, weekChart } from '../../../core/schedule/week-chart.ts';
import { changesOf } from '../../contract/zone-changes.ts';
import { closed, firstQuarter, folded, monday } from '../domain/profile-arbitrary.ts';

const zones = createTimeZones();
const berlin = zones.rules('Europe/Berlin');
const utc = (text: string): number => Date.parse(`${text}Z`);
const span = (from: string, to: string): Span => ({ from: utc(from), to: utc(to) });
const dayMinutes = 1440;

const factsOf = (rules: ZoneRules, now: number, changes: Partial<WeekFacts> = {}): WeekFacts => ({
  title: 'Title',
  subtitle: 'Subtitle',
  now,
  rules,
  profile: emptyProfile(rules.zone, now),
  sleep: [],
  busy: [],
  past: [],
  expected: [],
  ...changes,
});

/** What is drawn of one span, by day of the week from 0. */
function drawn(
  rules: ZoneRules,
  now: number,
  ...busy: readonly Span[]
): Readonly<Record<number, readonly Span[]>> {
  const { days } = weekChart(factsOf(rules, now, { busy }));
  return Object.fromEntries(
    days.map((day, place) => [place, day.busy] as const).filter(([, found]) => found.length > 0),
  );
}

describe('the picture of a week', () => {
  test('is of the days from Monday on by the wall clock, with where now is', () => {
    // Sunday evening in UTC is Monday in Berlin already.
    const { days, zone, nowMinute, title, subtitle } = weekChart(factsOf(berlin, utc('2026-11-29T23:30')));
    expect(days.map(({ label }) => label)).toEqual([
      ...['Mon 30 Nov', 'Tue 1 Dec', 'Wed 2 Dec', 'Thu 3 Dec', 'Fri 4 Dec', 'Sat 5 Dec', 'Sun 6 Dec'],
    ]);
    expect({ zone, nowMinute, title, subtitle }).toEqual({
      zone: 'Europe/Berlin',
      nowMinute: 30,
      title: 'Title',
      subtitle: 'Subtitle',
    });
    expect(weekChart(factsOf(utcRules, utc('2026-11-29T23:30'))).nowMinute).toBe(7 * dayMinutes - 30);
  });

  test('has for each hour how much there usually is and how quiet it stays; nothing where it was never seen', () => {
    const profile = folded([0, 1, 2, 3].map((place) => closed(firstQuarter + place, 2)));
    const { days } = weekChart(factsOf(utcRules, monday, { profile }));
    for (const [place, { events, quiet }] of days.entries()) {
      expect([events.length, quiet.length]).toEqual([24, 24]);
      const seen = events.flatMap((count, hour) => (count === undefined ? [] : [hour]));
      expect(seen).toEqual(place === 0 ? [0] : []);
      expect(quiet.map((share) => share === undefined)).toEqual(events.map((count) => count === undefined));
    }
    expect(days[0]?.events[0]).toBeCloseTo(8);
    expect(days[0]?.quiet[0]).toBeCloseTo(quietProbability(profile, utcRules, monday, 60));
  });

  test('lays each kind of span over the days that it lies in', () => {
    const night = span('2026-01-05T22:00', '2026-01-06T06:30');
    const { days } = weekChart(
      factsOf(utcRules, monday, {
        sleep: [night],
        busy: [span('2026-01-07T09:00', '2026-01-07T10:00')],
        past: [span('2026-01-03T00:00', '2026-01-05T02:00')],
        expected: [span('2026-01-11T23:00', '2026-01-13T00:00')],
      }),
    );
    const found = days.map(({ sleep, busy, past, expected }) => [sleep, busy, past, expected]);
    expect(found).toEqual([
      [[{ from: 1320, to: 1440 }], [], [{ from: 0, to: 120 }], []],
      [[{ from: 0, to: 390 }], [], [], []],
      [[], [{ from: 540, to: 600 }], [], []],
      [[], [], [], []],
      [[], [], [], []],
      [[], [], [], []],
      [[], [], [], [{ from: 1380, to: 1440 }]],
    ]);
  });

  test('shows the minutes that a span touches at all, and merges those that meet then', () => {
    const from = monday + 10 * MINUTE_MS;
    const spans = [
      { from: from + 1, to: from + 2 },
      { from: from + MINUTE_MS, to: from + MINUTE_MS + 1 },
    ];
    expect(drawn(utcRules, monday, ...spans)).toEqual({ 0: [{ from: 10, to: 12 }] });
  });
});

describe('where the clock is changed', () => {
  const spring = utc('2026-03-29T12:00');
  const autumn = utc('2026-10-25T12:00');

  test('an hour that is left out is drawn over', () => {
    expect(drawn(berlin, spring, span('2026-03-29T00:30', '2026-03-29T01:30'))).toEqual({
      6: [
        { from: 90, to: 120 },
        { from: 180, to: 210 },
      ],
    });
  });

  test('an hour that comes twice is drawn once', () => {
    expect(drawn(berlin, autumn, span('2026-10-25T00:00', '2026-10-25T02:00'))).toEqual({
      6: [{ from: 120, to: 240 - 60 }],
    });
    expect(drawn(berlin, autumn, span('2026-10-24T23:00', '2026-10-25T01:10'))).toEqual({
      6: [{ from: 60, to: 180 }],
    });
  });

  test('what begins in its first half and ends in its second is there', () => {
    expect(drawn(berlin, autumn, span('2026-10-25T00:30', '2026-10-25T01:10'))).toEqual({
      6: [
        { from: 120, to: 130 },
        { from: 150, to: 180 },
      ],
    });
  });

  test('a week is as long as its days', () => {
    const long = (now: number): number => totalMs([weekAround(berlin, now)]) / HOUR_MS;
    expect([spring, autumn, utc('2026-06-01T12:00')].map(long)).toEqual([167, 169, 168]);
    expect(weekAround(berlin, spring).from).toBe(utc('2026-03-22T23:00'));
  });

  test('every minute of the wall clock is drawn exactly where a span has an instant that shows it', () => {
    const changes = ['Europe/Berlin', 'America/Havana', 'Africa/Cairo', 'Australia/Lord_Howe', 'Asia/Beirut']
      .map(zones.rules)
      .flatMap((rules) =>
        changesOf(rules)
          .slice(-6)
          .map(({ at }) => ({ rules, at })),
      );
    const quarter = 15 * MINUTE_MS;
    const anySpan = fc
      .tuple(fc.integer({ min: -16, max: 16 }), fc.integer({ min: 1, max: 24 }))
      .map(([from, long]) => ({ from: from * quarter, to: (from + long) * quarter }));
    fc.assert(
      fc.property(fc.constantFrom(...changes), anySpan, ({ rules, at }, around) => {
        const busy = { from: at + around.from, to: at + around.to };
        const week = weekAround(rules, at);
        const { days } = weekChart(factsOf(rules, at, { busy: [busy] }));
        const mondayWall = wallAt(rules, week.from) - (wallAt(rules, week.from) % DAY_MS);
        const shown = new Set<number>();
        for (let instant = busy.from; instant < busy.to; instant += quarter) {
          if (instant < week.from || instant >= week.to) continue;
          shown.add((wallAt(rules, instant) - mondayWall) / MINUTE_MS);
        }
        const found = days.flatMap((day, place) =>
          Array.from({ length: dayMinutes / 15 }, (_, part) => part * 15)
            .filter((minute) => day.busy.some(({ from, to }) => from <= minute && minute < to))
            .map((minute) => place * dayMinutes + minute),
        );
        expect(found).toEqual([...shown].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });
});

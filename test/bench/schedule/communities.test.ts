import { describe, expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import { type Community, hourOfDay, valueAt, wallDays } from '../../../bench/lib/schedule/community.ts';
import { createDraws } from '../../../bench/lib/schedule/draws.ts';
import { easterSunday, germanHolidays } from '../../../bench/lib/schedule/german-holidays.ts';
import { drawGlobalDiscord } from '../../../bench/lib/schedule/global-discord.ts';
import { anythingBusy, countedBusy, sittingAt } from '../../../bench/lib/schedule/meetings.ts';
import { drawNightOwls } from '../../../bench/lib/schedule/night-owls.ts';
import { drawOfficeTeam } from '../../../bench/lib/schedule/office-team.ts';
import { drawOnePerson } from '../../../bench/lib/schedule/one-person.ts';
import { drawMessages } from '../../../bench/lib/schedule/traffic.ts';
import type { Span } from '../../../core/domain/span.ts';
import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  type WallMs,
  wallAt,
  weekdayOf,
} from '../../../core/domain/wall-clock.ts';

const zones = createTimeZones();
const from = Date.UTC(2026, 0, 1);
const year: Span = { from, to: Date.UTC(2027, 0, 1) };
const all = { drawOfficeTeam, drawGlobalDiscord, drawNightOwls, drawOnePerson };

/** How many messages come where the wall clock shows that. */
function counted({ messages, rules }: Community, isMeant: (wall: WallMs) => boolean): number {
  return messages.filter(({ at }) => isMeant(wallAt(rules, at))).length;
}

describe.each(Object.entries(all))('%s', (_, draw) => {
  const twoWeeks: Span = { from, to: from + 14 * DAY_MS };

  test('is the same for the same seed, and another for another', () => {
    const [one, same, other] = [1, 1, 2].map((seed) => draw(twoWeeks, seed, zones));
    expect(one?.messages).toEqual(same?.messages);
    expect(one?.meetings).toEqual(same?.meetings);
    expect(one?.messages).not.toEqual(other?.messages);
  });

  test('writes within its time, in order, and each answer takes 5 to 40 seconds', () => {
    const { messages } = draw(twoWeeks, 3, zones);
    expect(messages.length).toBeGreaterThan(100);
    expect(messages).toEqual(messages.toSorted((a, b) => a.at - b.at));
    for (const { at, answerMs } of messages) {
      expect(at >= twoWeeks.from && at < twoWeeks.to).toBe(true);
      expect(answerMs >= 5_000 && answerMs <= 40_000).toBe(true);
    }
  });
});

test('the office works by its own clock, in winter and in summer, and not on holidays', () => {
  const office = drawOfficeTeam(year, 1, zones);
  const isAtWork = (wall: WallMs): boolean => hourOfDay(wall) >= 7 && hourOfDay(wall) < 18.5;
  for (const month of [1, 6]) {
    const inMonth = (wall: WallMs): boolean => new Date(wall).getUTCMonth() === month;
    const [allOf, atWork] = [
      counted(office, inMonth),
      counted(office, (wall) => inMonth(wall) && isAtWork(wall)),
    ];
    expect(atWork / allOf).toBeGreaterThan(0.96);
  }
  const [workdays, daysOff] = [
    counted(office, isOn(Date.UTC(2026, 4, 13))),
    counted(office, isOn(Date.UTC(2026, 4, 14))),
  ];
  expect(workdays).toBeGreaterThan(100);
  expect(daysOff).toBeLessThan(30);
});

const isOn =
  (day: WallMs) =>
  (wall: WallMs): boolean =>
    dayStart(wall) === day;

test('the global one never sleeps for long, and is livelier at the weekend', () => {
  const discord = drawGlobalDiscord(year, 1, zones);
  const gaps = discord.messages.map(({ at }, place) => (discord.messages[place + 1]?.at ?? at) - at);
  expect(Math.max(...gaps)).toBeLessThan(14 * HOUR_MS);
  const perDay = (isMeant: (wall: WallMs) => boolean, days: number): number =>
    counted(discord, isMeant) / days;
  const weekend = perDay((wall) => weekdayOf(wall) > 5, 2);
  expect(weekend).toBeGreaterThan(1.2 * perDay((wall) => weekdayOf(wall) <= 5, 5));
});

test('the night owls are awake when they are said to sleep', () => {
  const owls = drawNightOwls(year, 1, zones);
  const asleep = counted(owls, (wall) => hourOfDay(wall) >= 23 || hourOfDay(wall) < 7);
  expect(asleep / owls.messages.length).toBeGreaterThan(0.5);
});

test('one person writes by the clock of Tokyo for two weeks', () => {
  const one = drawOnePerson(year, 1, zones);
  const gone: Span = { from: from + 100 * DAY_MS, to: from + 114 * DAY_MS };
  const tokyo = zones.rules('Asia/Tokyo');
  const away = one.messages.filter(({ at }) => at >= gone.from && at < gone.to);
  const byDay = away.filter(
    ({ at }) => hourOfDay(wallAt(tokyo, at)) >= 7 && hourOfDay(wallAt(tokyo, at)) < 24,
  );
  expect(away.length).toBeGreaterThan(200);
  expect(byDay.length / away.length).toBeGreaterThan(0.8);
  expect(
    one.meetings.some(
      (meeting) =>
        meeting.from > gone.from + DAY_MS && meeting.to < gone.to - DAY_MS && meeting.kind === 'accepted',
    ),
  ).toBe(false);
});

test('conversations come as often as asked', () => {
  const span: Span = { from, to: from + 100 * DAY_MS };
  const talk = {
    rateAt: (at: number) => (at < from + 50 * DAY_MS ? 2 : 0),
    mostAnHour: 4,
    messages: 3,
    pauseMs: 60_000,
  };
  const { length } = drawMessages(talk, span, createDraws(1));
  expect(length / (50 * 24 * 2 * 3)).toBeGreaterThan(0.93);
  expect(length / (50 * 24 * 2 * 3)).toBeLessThan(1.07);
  const minute: Span = { from, to: from + 60_000 };
  const rush = drawMessages({ ...talk, rateAt: () => 900, mostAnHour: 900 }, minute, createDraws(1));
  expect(rush.length).toBeGreaterThan(5);
  expect(rush.every(({ at }) => at < minute.to)).toBe(true);
  expect(() => drawMessages({ ...talk, mostAnHour: 1 }, span, createDraws(1))).toThrow(RangeError);
});

test('holidays move with Easter', () => {
  const dates = [2024, 2026, 2027, 2038].map((of) => new Date(easterSunday(of)).toISOString().slice(0, 10));
  expect(dates).toEqual(['2024-03-31', '2026-04-05', '2027-03-28', '2038-04-25']);
  const holidays = germanHolidays(2026);
  for (const [month, day] of [
    [1, 1],
    [4, 3],
    [4, 6],
    [5, 1],
    [5, 14],
    [5, 25],
    [10, 3],
    [12, 25],
    [12, 26],
  ] as const) {
    expect(holidays.has(Date.UTC(2026, month - 1, day))).toBe(true);
  }
  expect(holidays.size).toBe(9);
});

test('a calendar is read as a person counts, or by whatever stands in it', () => {
  const hours = (first: number, last: number): Span => ({
    from: from + first * HOUR_MS,
    to: from + last * HOUR_MS,
  });
  const meetings = [
    { ...hours(1, 2), kind: 'accepted', isHeld: true },
    { ...hours(3, 4), kind: 'tentative', isHeld: true },
    { ...hours(5, 6), kind: 'declined', isHeld: false },
    { ...hours(24, 48), kind: 'allDay', isHeld: false },
  ] as const;
  expect(countedBusy(meetings)).toMatchObject([hours(1, 2)]);
  expect(anythingBusy(meetings)).toMatchObject([hours(1, 2), hours(3, 4), hours(5, 6), hours(24, 48)]);
  const isSitting = sittingAt(meetings);
  expect([1, 1.5, 2, 3, 5, 30].map((hour) => isSitting(from + hour * HOUR_MS))).toEqual([
    true,
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('a curve holds from its hours on, and the last before the first', () => {
  const curve = [
    [2, 5],
    [20, 9],
  ] as const;
  expect([0, 2, 19.9, 20, 23].map((hour) => valueAt(curve, hour))).toEqual([9, 5, 5, 9, 9]);
});

test('days are those of the wall clock', () => {
  const berlin = zones.rules('Europe/Berlin');
  const days = wallDays(berlin, { from: Date.UTC(2026, 2, 27, 23), to: Date.UTC(2026, 2, 30, 22) });
  expect(days.map((day) => new Date(day).getUTCDate())).toEqual([28, 29, 30]);
});

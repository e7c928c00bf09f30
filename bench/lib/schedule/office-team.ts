import {
  DAY_MS,
  dayStart,
  HOUR_MS,
  type WallMs,
  wallAt,
  weekdayOf,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import {
  type Community,
  type DayCurve,
  type DrawCommunity,
  everyNight,
  hourOfDay,
  valueAt,
  wallDays,
} from './community.ts';
import { createDraws, type Draws } from './draws.ts';
import { germanHolidays } from './german-holidays.ts';
import { type Meeting, sittingAt } from './meetings.ts';
import { drawMessages } from './traffic.ts';

const workday: DayCurve = [
  [0, 0.01],
  [7, 1],
  [8, 8],
  [12, 3],
  [13, 9],
  [17, 4],
  [18, 0.4],
  [22, 0.01],
];
const dayOff: DayCurve = [
  [0, 0.005],
  [9, 0.15],
  [21, 0.005],
];
/** Who sits in a meeting writes now and then. */
const whileSitting = 0.3;
/** The year’s end, and August. */
const vacation = { yearsEnd: 0.15, august: 0.6 };
/** A team of 25 has a birthday in one day of so many. */
const birthdayEvery = 15;

/** A team in Berlin with its calendar, its holidays, and hours of sleep that are about right. */
export const drawOfficeTeam: DrawCommunity = (span, seed, zones): Community => {
  const rules = zones.rules('Europe/Berlin');
  const draws = createDraws(seed);
  const days = wallDays(rules, span);
  const years = new Set(days.map((day) => new Date(day).getUTCFullYear()));
  const holidays = new Set([...years].flatMap((year) => [...germanHolidays(year)]));
  const isWorkday = (day: WallMs): boolean => weekdayOf(day) <= 5 && !holidays.has(day);
  const meetings = days.flatMap((day) => [
    ...(isWorkday(day) ? drawMeetings(day, rules, draws) : []),
    ...(draws.chance(1 / birthdayEvery)
      ? [{ from: day, to: day + DAY_MS, kind: 'allDay', isHeld: false } as const]
      : []),
  ]);
  const isSitting = sittingAt(meetings);
  const rateAt = (at: number): number => {
    const wall = wallAt(rules, at);
    const day = dayStart(wall);
    const usual = valueAt(isWorkday(day) ? workday : dayOff, hourOfDay(wall));
    return usual * presence(day) * (isSitting(at) ? whileSitting : 1);
  };
  const messages = drawMessages({ rateAt, mostAnHour: 9, messages: 4, pauseMs: 75_000 }, span, draws);
  return { span, rules, isShared: true, sleep: everyNight(22, 6.5), meetings, calendarOf: 'space', messages };
};

function presence(day: WallMs): number {
  const date = new Date(day);
  const isYearsEnd =
    (date.getUTCMonth() === 11 && date.getUTCDate() >= 24) ||
    (date.getUTCMonth() === 0 && date.getUTCDate() === 1);
  if (isYearsEnd) return vacation.yearsEnd;
  return date.getUTCMonth() === 7 ? vacation.august : 1;
}

function drawMeetings(day: WallMs, rules: ZoneRules, draws: Draws): readonly Meeting[] {
  const meeting = (hour: number, hours: number, kind: Meeting['kind'], isHeld: boolean): Meeting => ({
    from: rules.instantOf(day + hour * HOUR_MS),
    to: rules.instantOf(day + (hour + hours) * HOUR_MS),
    kind,
    isHeld,
  });
  return [
    meeting(9.5, 0.25, 'accepted', true),
    ...(weekdayOf(day) === 2 ? [meeting(10, 1, 'accepted', true)] : []),
    ...(weekdayOf(day) === 3 ? [meeting(14, 1, 'accepted', true)] : []),
    ...(draws.chance(0.5) ? [meeting(15, 1, 'tentative', draws.chance(0.5))] : []),
    ...(draws.chance(0.5) ? [meeting(draws.chance(0.5) ? 11 : 16, 1, 'declined', false)] : []),
  ];
}

import type { SleepHours, SleepRange } from './sleep-hours.ts';
import { type IsoWeekday, isoWeekdays } from './wall-clock.ts';

/** As `23:00–07:00 Mon–Fri; all day Sat, Sun`, in the order of the ranges; `never` without any. `parseSleep` reads it back. */
export function sleepInWords({ ranges }: SleepHours): string {
  if (ranges.length === 0) return 'never';
  return ranges.map((range) => `${hoursInWords(range)} ${daysInWords(range.days)}`).join('; ');
}

function hoursInWords({ startMinute, endMinute }: SleepRange): string {
  if (startMinute === 0 && endMinute === 0) return 'all day';
  return `${timeInWords(startMinute)}–${endMinute === 0 ? '24:00' : timeInWords(endMinute)}`;
}

function timeInWords(minute: number): string {
  const digits = (count: number): string => String(count).padStart(2, '0');
  return `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}`;
}

const shortNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const nameOf = (day: IsoWeekday): string => shortNames[day - 1] ?? '';

const dayAfter = (day: IsoWeekday): IsoWeekday => isoWeekdays[day % 7] ?? 1;

const dayBefore = (day: IsoWeekday): IsoWeekday => isoWeekdays[(day + 5) % 7] ?? 1;

/** `daily`, or runs of days that may go over a Sunday: `Mon, Wed`, `Fri–Mon`. */
function daysInWords(days: readonly IsoWeekday[]): string {
  if (days.length === isoWeekdays.length) return 'daily';
  const starts = days.filter((day) => !days.includes(dayBefore(day)));
  return starts.map((start) => runInWords(start, days)).join(', ');
}

function runInWords(start: IsoWeekday, days: readonly IsoWeekday[]): string {
  const run = [start];
  for (let day = dayAfter(start); days.includes(day); day = dayAfter(day)) run.push(day);
  const last = run.at(-1) ?? start;
  if (run.length > 2) return `${nameOf(start)}–${nameOf(last)}`;
  return run.map(nameOf).join(', ');
}

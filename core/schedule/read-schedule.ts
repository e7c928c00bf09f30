import type { PersonId } from '../domain/ids.ts';
import type { PersonSchedule, SpaceSchedule } from '../domain/schedule.ts';
import type { SleepHours, SleepRange } from '../domain/sleep-hours.ts';
import { DAY_MS, isoWeekdays, MINUTE_MS } from '../domain/wall-clock.ts';

export const emptySchedule: SpaceSchedule = { people: [] };

/** What was stored, as far as it can be read; the rest is as if nobody had said it. */
export function readSchedule(value: unknown): SpaceSchedule {
  if (!isObject(value)) return emptySchedule;
  const people = Array.isArray(value['people']) ? value['people'].flatMap(readPerson) : [];
  return { ...readHours(value), people, ...readManual(value['manual']) };
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readHours({ zone, sleep }: Fields): Pick<SpaceSchedule, 'zone' | 'sleep'> {
  const hours = readSleep(sleep);
  return {
    ...(typeof zone === 'string' && zone !== '' ? { zone } : {}),
    ...(hours === undefined ? {} : { sleep: hours }),
  };
}

function readPerson(value: unknown): readonly PersonSchedule[] {
  if (!isObject(value) || !isPersonId(value['personId'])) return [];
  return [{ personId: value['personId'], ...readHours(value) }];
}

function isPersonId(value: unknown): value is PersonId {
  return typeof value === 'string' && value.includes(':');
}

function readSleep(value: unknown): SleepHours | undefined {
  if (!isObject(value) || !Array.isArray(value['ranges'])) return undefined;
  return { ranges: value['ranges'].flatMap(readRange) };
}

function readRange(value: unknown): readonly SleepRange[] {
  if (!isObject(value) || !Array.isArray(value['days'])) return [];
  const { days: given, startMinute, endMinute } = value;
  const days = isoWeekdays.filter((day) => Array.isArray(given) && given.includes(day));
  if (days.length === 0 || !isMinute(startMinute) || !isMinute(endMinute)) return [];
  return [{ days, startMinute, endMinute }];
}

function isMinute(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < DAY_MS / MINUTE_MS;
}

function readManual(value: unknown): Pick<SpaceSchedule, 'manual'> {
  if (!isObject(value)) return {};
  const { kind, until, by } = value;
  if ((kind !== 'open' && kind !== 'closed') || typeof until !== 'number' || !isPersonId(by)) return {};
  return { manual: { kind, until, by } };
}

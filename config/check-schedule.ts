import { createTimeZones } from '../adapters/time-zones/time-zones.ts';
import { toAppError } from '../core/domain/app-error.ts';
import { parseSleep } from '../core/domain/parse-sleep.ts';
import type { SleepHours } from '../core/domain/sleep-hours.ts';
import { nearestZones } from '../core/domain/zone-suggest.ts';
import type { Settings } from './schema.ts';
import type { Secrets } from './secrets.ts';

export interface ScheduleProblem {
  readonly path: string;
  readonly message: string;
}

/** Zones that are none, sleep hours that nobody can read, a client id without its secret. */
export function scheduleProblems(
  { schedule, calendar }: Pick<Settings, 'schedule' | 'calendar'>,
  secrets: Secrets,
): readonly ScheduleProblem[] {
  const problems: ScheduleProblem[] = [];
  const zones = createTimeZones();
  if (schedule.timeZone !== '' && zones.canonical(schedule.timeZone) === undefined) {
    const [nearest] = nearestZones(schedule.timeZone, zones.names());
    const hint = nearest === undefined ? 'Europe/Berlin' : nearest;
    problems.push({
      path: 'schedule.timeZone',
      message: `is no time zone. Give it as the IANA database names it, such as ${hint}.`,
    });
  }
  const sleep = sleepOf(schedule.sleep);
  if (typeof sleep === 'string') problems.push({ path: 'schedule.sleep', message: sleep });
  if (calendar.googleClientId !== '' && secrets.GOOGLE_CLIENT_SECRET === undefined) {
    problems.push({
      path: 'calendar.googleClientId',
      message:
        'is set, but Google wants the secret that belongs to it too. Put GOOGLE_CLIENT_SECRET into the environment or .env.',
    });
  }
  return problems;
}

/** What a setting says; the reason where it says nothing that can be read. */
function sleepOf(text: string): SleepHours | string {
  try {
    return sleepSetting(text);
  } catch (thrown) {
    return `cannot be read: ${toAppError(thrown).message}`;
  }
}

/** Sleep hours as a setting has them; none where it is empty. Throws `invalid_input`. */
export function sleepSetting(text: string): SleepHours {
  return text === '' ? { ranges: [] } : parseSleep(text);
}

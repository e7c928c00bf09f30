import { describe, expect, test } from 'vitest';
import { scheduleProblems, sleepSetting } from '../../config/check-schedule.ts';
import type { Settings } from '../../config/schema.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

function problemsOf(
  schedule: Partial<Settings['schedule']>,
  calendar: Partial<Settings['calendar']> = {},
  secret?: string,
) {
  const { settings } = mustLoad();
  return scheduleProblems(
    { schedule: { ...settings.schedule, ...schedule }, calendar: { ...settings.calendar, ...calendar } },
    secret === undefined ? {} : { GOOGLE_CLIENT_SECRET: secret },
  );
}

describe('settings of the schedule', () => {
  test('are good by default, and with everything set', () => {
    expect(problemsOf({})).toEqual([]);
    const all = { timeZone: 'america/new_york', sleep: '23-7 mon-fri; 0-10 sat sun' };
    expect(problemsOf(all, { googleClientId: 'id' }, 'secret')).toEqual([]);
    expect(problemsOf({ timeZone: '', sleep: '' })).toEqual([]);
  });

  test.each([
    ['Europe/Berln', 'Europe/Berlin'],
    ['+02:00', 'Europe/Berlin'],
    ['Amrica/New_York', 'America/New_York'],
  ])('%s is no time zone, and is told what may be meant', (timeZone, hint) => {
    expect(problemsOf({ timeZone })).toEqual([
      {
        path: 'schedule.timeZone',
        message: `is no time zone. Give it as the IANA database names it, such as ${hint}.`,
      },
    ]);
  });

  test('hours that nobody can read are told of with why', () => {
    const [problem, ...others] = problemsOf({ sleep: 'when tired' });
    expect(others).toEqual([]);
    expect(problem?.path).toBe('schedule.sleep');
    expect(problem?.message).toMatch(/^cannot be read: .+/);
  });

  test('a client id wants its secret', () => {
    expect(problemsOf({}, { googleClientId: 'id' })).toMatchObject([{ path: 'calendar.googleClientId' }]);
    expect(problemsOf({}, {}, 'secret')).toEqual([]);
  });

  test('are all told of at once, when they are loaded', () => {
    const yaml = 'schedule: {timeZone: Mars, sleep: "?"}\ncalendar: {googleClientId: id}';
    expect(mustFail({ yaml }).map(({ path }) => path)).toEqual([
      'schedule.timeZone',
      'schedule.sleep',
      'calendar.googleClientId',
    ]);
  });
});

test('sleepSetting has none where nothing is set, and else what is said', () => {
  expect(sleepSetting('')).toEqual({ ranges: [] });
  expect(sleepSetting('22:30-6 sat')).toEqual({
    ranges: [{ days: [6], startMinute: 1350, endMinute: 360 }],
  });
  expect(() => sleepSetting('when tired')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
});

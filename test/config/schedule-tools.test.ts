import { describe, expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../core/domain/app-error.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import { type PolicyScope, policyScopeKey } from '../../core/domain/policy.ts';
import type { SleepHours } from '../../core/domain/sleep-hours.ts';
import { DAY_MS, HOUR_MS, isoWeekdays, MINUTE_MS } from '../../core/domain/wall-clock.ts';
import { createFakeConsent, createFakeSource } from '../fakes/calendars.ts';
import { beginRun, createScheduleRig, type ScheduleRig, type ScheduleRigOptions } from './schedule-rig.ts';

const here = spaceId('web', 'here');
const there = spaceId('web', 'there');
const [ann, bob] = [personId('web', 'ann'), personId('web', 'bob')];
const scope: PolicyScope = { kind: 'space', spaceId: here };
const daily = (from: number, to: number): SleepHours => ({
  ranges: [{ days: isoWeekdays, startMinute: from * 60, endMinute: to * 60 }],
});

/** Monday, noon in UTC. */
async function started(options: ScheduleRigOptions = {}): Promise<ScheduleRig> {
  const rig = await createScheduleRig(options);
  rig.schedule.worker.start();
  onTestFinished(() => rig.schedule.worker.stop());
  await rig.clock.advance(1);
  return rig;
}

async function link({ schedule }: ScheduleRig, owner: typeof ann | 'space'): Promise<void> {
  await schedule.tools.connect({
    ...{
      spaceId: here,
      spaceLabel: 'Here',
      askedBy: 'Ann',
      owner,
      by: ann,
      access: 'freebusy',
      mayUseServiceAccount: false,
    },
    what: `https://calendars.example/${owner === 'space' ? 'room' : 'own'}.ics`,
  });
}

test('of whoever runs one space alone, only whom the operator has named may have the service account read', async () => {
  const serviceSecret = (subject = 'itself'): string => `service ${subject}`;
  for (const [yaml, may] of [
    ['', false],
    [`maintainers: ['web:other']`, false],
    [`maintainers: ['${ann}']`, true],
  ] as const) {
    const google = createFakeSource('google');
    const rig = await started({ yaml, calendars: { sources: [google], serviceSecret } });
    const asked = rig.schedule.tools.connect({
      ...{ spaceId: here, spaceLabel: 'Here', askedBy: 'Ann', owner: ann, by: ann, access: 'freebusy' },
      mayUseServiceAccount: false,
      what: 'ceo@example.org',
    });
    if (may) expect(await asked).toMatchObject({ kind: 'linked' });
    else await expect(asked).rejects.toMatchObject({ code: 'not_allowed' });
    expect(google.requests.length > 0).toBe(may);
  }
});

test('Google can be connected where people can agree there', async () => {
  const google = createFakeSource('google');
  const sources = [google];
  const serviceSecret = (subject = 'itself'): string => `service ${subject}`;
  const canBe = async (calendars: ScheduleRigOptions['calendars']): Promise<boolean> =>
    (await started(calendars === undefined ? {} : { calendars })).schedule.tools.canConnectGoogle();
  expect(await canBe(undefined)).toBe(false);
  expect(await canBe({ sources, serviceSecret })).toBe(false);
  expect(await canBe({ sources, consent: createFakeConsent() })).toBe(true);
});

describe('a report', () => {
  test('of a space that has said nothing is that of the settings', async () => {
    const rig = await started({ yaml: 'schedule: {idleMinutes: 45, minMinutes: 20, sleep: 23-7}' });
    const report = await rig.schedule.tools.report(here);
    expect(report).toMatchObject({
      state: 'waiting',
      isEverywhere: false,
      schedule: { people: [] },
      zone: 'UTC',
      sleep: { ranges: [{ startMinute: 1380, endMinute: 420 }] },
      isAsleep: false,
      isBusy: false,
      vetoMs: 3 * MINUTE_MS,
      wokenMs: 20 * MINUTE_MS,
      idleMs: 45 * MINUTE_MS,
      leastMs: 20 * MINUTE_MS,
      neededQuiet: 0.8,
      calendars: [],
      unknown: [],
      past: [],
      calibration: { forecasts: 0 },
    });
    for (const absent of ['arePeopleAway', 'starvedSince']) expect(report).not.toHaveProperty(absent);
    expect(report.quiet).toBeGreaterThan(0);
    expect(report.quiet).toBeLessThan(1);
  });

  test('tells when somebody was last there, and what the verdict is, by the clock of the space', async () => {
    const { schedule, clock } = await started();
    const { tools } = schedule;
    schedule.seen({ spaceId: here, kind: 'message' });
    schedule.window.isOpen(scope);
    await tools.setZone(here, 'space', 'Asia/Tokyo');
    await tools.setSleep(here, 'space', daily(23, 7));
    const at = clock.now();
    await clock.advance(4 * MINUTE_MS);
    const report = await tools.report(here);
    expect(report.lastActivityAt).toBe(at);
    expect(report.wallAt(at) - at).toBe(9 * HOUR_MS);
    // Nine in the evening there.
    expect(report.verdict).toMatchObject({ isOpen: false, bar: 'awake', nextBy: expect.any(Array) });
    await clock.advance(3 * HOUR_MS);
    expect(await tools.report(here)).toMatchObject({ isAsleep: true, state: 'open' });
  });

  test('tells what calendars say: of the space that it is busy, of a person that they are away', async () => {
    const rig = await started();
    const { tools } = rig.schedule;
    const now = rig.clock.now();
    rig.feeds.answer = async () => ({ busy: [{ from: now - HOUR_MS, to: now + HOUR_MS }] });
    await link(rig, ann);
    expect(await tools.report(here)).toMatchObject({ isBusy: false, arePeopleAway: true });
    await link(rig, 'space');
    expect(await tools.report(here)).toMatchObject({ isBusy: true, unknown: [] });
    await tools.setSleep(here, bob, daily(0, 1));
    const report = await tools.report(here);
    expect(report.arePeopleAway).toBe(false);
    expect(report.calendars.map(({ number, personId: whose }) => [number, whose])).toEqual([
      [1, ann],
      [2, undefined],
    ]);
    expect((await tools.report(there)).calendars).toEqual([]);
  });

  test('tells which calendars are unknown, and takes them for neither busy nor free', async () => {
    const rig = await started();
    const { tools } = rig.schedule;
    rig.feeds.answer = async ({ asked }) => ({ busy: [asked] });
    await link(rig, 'space');
    rig.feeds.answer = () => Promise.reject(new AppError('auth_failed', 'It is gone.'));
    await rig.clock.advance(30 * MINUTE_MS);
    const report = await tools.report(here);
    expect(report.unknown).toEqual([{ number: 1, why: expect.any(String) }]);
    expect(report).toMatchObject({ isBusy: false, calendars: [{ number: 1 }] });
    expect((await rig.schedule.status(here)).problems).toHaveLength(1);
  });

  test('tells that work starves after a week without a window, and not before', async () => {
    const { schedule, clock, stores } = await createScheduleRig();
    const starvedSince = clock.now() - 7 * DAY_MS + HOUR_MS;
    const stored = { state: 'waiting', since: starvedSince, starvedSince } as const;
    await stores.windows.setState(policyScopeKey(scope), stored);
    schedule.waitsFor(async () => true);
    schedule.worker.start();
    onTestFinished(() => schedule.worker.stop());
    const manual = { kind: 'closed', until: clock.now() + 30 * DAY_MS, by: ann } as const;
    await schedule.tools.setManual(here, manual);
    schedule.window.isOpen(scope);
    await clock.advance(HOUR_MS);
    expect(await schedule.tools.report(here)).not.toHaveProperty('starvedSince');
    expect((await schedule.status(here)).problems).toEqual([]);
    await clock.advance(MINUTE_MS);
    expect((await schedule.tools.report(here)).starvedSince).toBe(starvedSince);
    expect((await schedule.status(here)).problems).toHaveLength(1);
  });

  test('has the windows of the last week', async () => {
    const { schedule, clock } = await started();
    await schedule.tools.setManual(here, { kind: 'open', until: clock.now() + HOUR_MS, by: ann });
    schedule.window.isOpen(scope);
    await clock.advance(10 * MINUTE_MS);
    schedule.seen({ spaceId: here, kind: 'message' });
    await clock.advance(1);
    expect((await schedule.tools.report(here)).past).toMatchObject([
      { openedBy: ['manual'], closedBy: 'message' },
    ]);
    expect((await schedule.tools.report(there)).past).toEqual([]);
    clock.jump(7 * DAY_MS);
    expect((await schedule.tools.report(here)).past).toEqual([]);
  });
});

describe('a time zone', () => {
  const setting = async (text: string | undefined, owner: typeof ann | 'space' = 'space') => {
    const { schedule } = await createScheduleRig({ machineZone: 'Asia/Tokyo' });
    await schedule.tools.setZone(here, 'space', 'America/New_York');
    const zone = await schedule.tools.setZone(here, owner, text);
    return { zone, report: await schedule.tools.report(here) };
  };

  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['Lisbon', 'Europe/Lisbon'],
  ])('“%s” is %s', async (text, zone) => {
    const set = await setting(text);
    expect([set.zone, set.report.zone]).toEqual([zone, zone]);
  });

  test('that may be several is not guessed, and changes nothing', async () => {
    const { schedule } = await createScheduleRig();
    const refused = schedule.tools.setZone(here, 'space', 'Indiana');
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(refused).rejects.toThrow(/perhaps \S+ or \S+ or \S+\.$/);
    await expect(schedule.tools.setZone(here, 'space', 'Qqqqq')).rejects.toThrow('such as Europe/Berlin');
    expect((await schedule.tools.report(here)).schedule).toEqual({ people: [] });
  });

  test('that is taken back gives the one that is in force then', async () => {
    expect((await setting(undefined)).zone).toBe('Asia/Tokyo');
    expect((await setting(undefined, ann)).zone).toBe('America/New_York');
    const own = await setting('Europe/Berlin', ann);
    expect([own.zone, own.report.zone]).toEqual(['Europe/Berlin', 'America/New_York']);
  });
});

describe('a forecast', () => {
  test('is of seven days of the wall clock, the first from now on', async () => {
    const { schedule, clock } = await started({ machineZone: 'America/New_York' });
    await schedule.tools.setSleep(here, 'space', daily(0, 6));
    const now = clock.now();
    const { from, days, draws } = await schedule.tools.forecast(here);
    expect([from, draws, days.length]).toEqual([now, 200, 7]);
    // Seven in the morning there.
    const midnight = Date.UTC(2026, 0, 5);
    expect(days.map(({ day }) => day)).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((place) => midnight + place * DAY_MS),
    );
    // Its night is over.
    expect(days[0]?.expectedMs).toBeLessThan((days[1]?.expectedMs ?? 0) - 3 * HOUR_MS);
    for (const [place, { windows, expectedMs, expectedInterruptions }] of days.entries()) {
      const begins = midnight + place * DAY_MS + 5 * HOUR_MS;
      for (const { from: opens, to } of windows) {
        expect(opens).toBeGreaterThanOrEqual(Math.max(now, begins));
        expect(to).toBeLessThanOrEqual(begins + DAY_MS);
      }
      expect(expectedMs).toBeGreaterThanOrEqual(0);
      expect(expectedInterruptions).toBeGreaterThanOrEqual(0);
      const night = begins + HOUR_MS;
      if (place > 0) expect(windows.some(({ from: opens, to }) => opens <= night && night < to)).toBe(true);
    }
  });
});

describe('the week', () => {
  test('shows sleep in all of it, windows in which a run was under way, and expected ones from now on', async () => {
    const { schedule, clock, stores } = await started();
    const halfHour = 30 * MINUTE_MS;
    const id = await beginRun(stores, scope, clock.now() + 23 * halfHour);
    await stores.runs.end(id, { state: 'failed', at: clock.now() + 25 * halfHour - 1 });
    await schedule.tools.setSleep(here, 'space', daily(1, 6));
    schedule.window.isOpen(scope);
    await clock.advance(30 * HOUR_MS);
    const { days, title, subtitle, nowMinute } = await schedule.tools.week(here);
    expect({ title, subtitle, nowMinute }).toEqual({
      title: 'The week here',
      subtitle: 'by the usual activity',
      nowMinute: 42 * 60,
    });
    for (const { sleep } of days) expect(sleep).toEqual([{ from: 60, to: 360 }]);
    expect(days[0]?.expected).toEqual([]);
    expect(days[1]?.expected.every(({ from }) => from >= 18 * 60)).toBe(true);
    expect(days[6]?.expected.some(({ from, to }) => from <= 60 && 360 <= to)).toBe(true);
    expect(days.map(({ past }) => past).slice(0, 3)).toEqual([
      [{ from: 1410, to: 1440 }],
      [{ from: 0, to: 30 }],
      [],
    ]);
  });

  test('expects nothing of what is too short to begin in', async () => {
    const { schedule, clock } = await started({ yaml: 'schedule: {idleMinutes: 600}' });
    const tenMinutes = { days: isoWeekdays, startMinute: 14 * 60, endMinute: 14 * 60 + 10 };
    await schedule.tools.setSleep(here, 'space', { ranges: [tenMinutes] });
    await clock.advance(125 * MINUTE_MS);
    const { days } = await schedule.tools.week(here);
    // When it has been idle for ten hours.
    expect(days[0]?.expected.map(({ from }) => from)).toEqual([22 * 60]);
  });

  test('of one window for all places heeds the others', async () => {
    const expectedWhere = async (yaml: string): Promise<readonly unknown[]> => {
      const rig = await started({ yaml });
      const { schedule, clock } = rig;
      schedule.seen({ spaceId: there, kind: 'presence' });
      await schedule.tools.setManual(there, { kind: 'closed', until: clock.now() + 9 * DAY_MS, by: ann });
      await schedule.tools.setSleep(here, 'space', daily(0, 6));
      const { days, subtitle } = await schedule.tools.week(here);
      return [subtitle, days.some(({ expected }) => expected.length > 0)];
    };
    expect(await expectedWhere('')).toEqual(['by the usual activity', true]);
    expect(await expectedWhere('training: {scope: everywhere}')).toEqual([
      'one window for all places together',
      false,
    ]);
  });

  test('is drawn as PNG', async () => {
    const { schedule } = await started();
    const week = await schedule.tools.week(here);
    const picture = await schedule.tools.chart(week);
    expect(await schedule.tools.chart(week, { isDark: true })).not.toEqual(picture);
    expect([...picture.slice(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)));
  });
});

import { describe, expect, onTestFinished, test } from 'vitest';
import type { SqliteStores } from '../../adapters/sqlite/stores.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { type PersonId, personId, type SpaceId, spaceId } from '../../core/domain/ids.ts';
import type { PolicyScope } from '../../core/domain/policy.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/domain/wall-clock.ts';
import {
  beginRun,
  createScheduleRig,
  memoryDatabase,
  type ScheduleRig,
  type ScheduleRigOptions,
} from './schedule-rig.ts';

const here = spaceId('web', 'here');
const there = spaceId('web', 'there');
const ann = personId('web', 'ann');
const scope: PolicyScope = { kind: 'space', spaceId: here };
const vetoMs = 3 * MINUTE_MS;
const retryMs = 30_000;

async function started(options: ScheduleRigOptions = {}): Promise<ScheduleRig> {
  const rig = await createScheduleRig(options);
  rig.schedule.worker.start();
  onTestFinished(() => rig.schedule.worker.stop());
  await rig.clock.advance(1);
  return rig;
}

const barOf = ({ schedule }: ScheduleRig, of = scope): string => {
  const verdict = schedule.window.expected(of);
  return verdict.isOpen ? `open by ${verdict.by.join(' ')}` : verdict.bar;
};

/** Lets the window of a space be open: a maintainer wants it so. */
async function openHere({ schedule, clock }: ScheduleRig, of: SpaceId = here): Promise<void> {
  await schedule.tools.setManual(of, { kind: 'open', until: clock.now() + 90 * HOUR_MS, by: ann });
  schedule.window.isOpen({ kind: 'space', spaceId: of });
  await clock.advance(vetoMs);
}

const gone = new AppError('storage_failed', 'The disk is gone.');

describe('a schedule that cannot start', () => {
  test.each<readonly [string, (stores: SqliteStores, isBroken: () => boolean) => SqliteStores]>([
    [
      'activity',
      (stores, isBroken) => ({
        ...stores,
        activity: {
          ...stores.activity,
          list: async () => (isBroken() ? Promise.reject(gone) : stores.activity.list()),
        },
      }),
    ],
    [
      'runs',
      (stores, isBroken) => ({
        ...stores,
        runs: {
          ...stores.runs,
          list: async (...of) => (isBroken() ? Promise.reject(gone) : stores.runs.list(...of)),
        },
      }),
    ],
  ])('as its %s cannot be read is started again, until it is', async (_, breaking) => {
    let isBroken = true;
    const rig = await started({ around: (stores) => breaking(stores, () => isBroken) });
    await openHere(rig);
    await rig.clock.advance(10 * MINUTE_MS);
    expect(barOf(rig)).toBe('starting');
    expect(rig.logger.of('schedule_not_started').length).toBeGreaterThan(5);
    isBroken = false;
    await rig.clock.advance(retryMs + vetoMs);
    expect(barOf(rig)).toBe('open by manual');
    const told = rig.logger.of('schedule_not_started').length;
    await rig.clock.advance(10 * MINUTE_MS);
    expect(rig.logger.of('schedule_not_started')).toHaveLength(told);
  });

  test('stops all the same, and is not started after that', async () => {
    const rig = await createScheduleRig({
      around: (stores) => ({ ...stores, activity: { ...stores.activity, list: () => Promise.reject(gone) } }),
    });
    rig.schedule.worker.start();
    await rig.clock.advance(1);
    await rig.schedule.worker.stop();
    const told = rig.logger.of('schedule_not_started').length;
    await rig.clock.advance(HOUR_MS);
    expect(rig.logger.of('schedule_not_started')).toHaveLength(told);
  });
});

describe('the end of a schedule', () => {
  /** Its stores, with what is written and given back in order. */
  function noting(notes: string[]): (stores: SqliteStores) => SqliteStores {
    return (stores) => ({
      ...stores,
      windows: {
        ...stores.windows,
        async setState(key, state) {
          await stores.windows.setState(key, state);
          notes.push('window');
        },
        async close(key, window, state) {
          await stores.windows.close(key, window, state);
          notes.push('window');
        },
      },
      activity: {
        ...stores.activity,
        async save(activity) {
          await stores.activity.save(activity);
          notes.push('activity');
        },
      },
      leases: {
        ...stores.leases,
        async release(lease) {
          await stores.leases.release(lease);
          notes.push('lease');
        },
      },
    });
  }

  test('what is known is stored before another instance may go on with it, and nothing after', async () => {
    const notes: string[] = [];
    const rig = await createScheduleRig({ around: noting(notes) });
    rig.schedule.worker.start();
    await rig.clock.advance(1);
    await openHere(rig);
    expect(rig.schedule.window.isOpen(scope)).toBe(true);
    rig.schedule.seen({ spaceId: here, kind: 'presence' });
    const end = rig.schedule.window.working(scope);
    await rig.clock.advance(1);
    notes.length = 0;
    end();
    await rig.schedule.worker.stop();
    expect([...new Set(notes)]).toEqual(['window', 'activity', 'lease']);
    expect(notes.slice(-2)).toEqual(['activity', 'lease']);
    const written = notes.length;
    // Messages may come in until the bot itself has stopped.
    rig.schedule.seen({ spaceId: here, kind: 'message' });
    await rig.clock.advance(HOUR_MS);
    expect(notes).toHaveLength(written);
  });

  test('whoever waits for a turn is told that none will come', async () => {
    const rig = await createScheduleRig();
    rig.schedule.worker.start();
    await rig.clock.advance(1);
    const never = new AbortController().signal;
    const turn = rig.schedule.turns.take('training', never);
    const stopped = rig.schedule.worker.stop();
    await expect(turn).rejects.toMatchObject({ code: 'aborted' });
    await stopped;
    await expect(rig.schedule.turns.take('embedding', never)).rejects.toMatchObject({ code: 'aborted' });
  });

  test('a window that was open is known as one that a restart closed', async () => {
    const database = memoryDatabase();
    const first = await createScheduleRig({ database });
    first.schedule.worker.start();
    await first.clock.advance(1);
    await openHere(first);
    const end = first.schedule.window.working(scope);
    await first.clock.advance(HOUR_MS);
    end();
    await first.schedule.worker.stop();
    const second = await started({ database, clock: first.clock, life: 'second' });
    second.schedule.window.isOpen(scope);
    await second.clock.advance(1);
    expect((await second.schedule.tools.report(here)).past).toMatchObject([
      { openedBy: ['manual'], closedBy: 'restart', workedMs: HOUR_MS },
    ]);
  });
});

describe('what people do', () => {
  const byAnn: { readonly spaceId: SpaceId; readonly personId: PersonId } = { spaceId: here, personId: ann };

  test('a message closes the window for a while; a command does not; both show that somebody is there', async () => {
    const rig = await started();
    const { schedule, clock } = rig;
    await openHere(rig);
    schedule.seen({ ...byAnn, kind: 'presence' });
    expect(barOf(rig)).toBe('open by manual');
    expect(schedule.window.lastActivityAt(here)).toBe(clock.now());
    schedule.seen({ ...byAnn, kind: 'message' });
    expect(barOf(rig)).toBe('message');
    await clock.advance(vetoMs);
    expect(barOf(rig)).toBe('open by manual');
  });

  test('looking after the slow loop is counted, and keeps it from nothing', async () => {
    const rig = await started();
    const { schedule, clock } = rig;
    schedule.window.isOpen(scope);
    await clock.advance(40 * MINUTE_MS);
    const before = schedule.window.lastActivityAt(here);
    schedule.seen({ ...byAnn, kind: 'steering' });
    expect(schedule.window.lastActivityAt(here)).toBe(before);
    await clock.advance(16 * MINUTE_MS);
    await schedule.worker.stop();
    const [counted] = await rig.stores.activity.list();
    expect(counted?.spaceId).toBe(here);
  });

  test.each<readonly [string, ScheduleRigOptions, boolean]>([
    ['a model of its own answers elsewhere', {}, false],
    [
      'another company’s model answers',
      { choice: { kind: 'configured', why: '', server: { model: 'm' } } },
      false,
    ],
    [
      'a model on this machine answers',
      {
        choice: { kind: 'discovered', why: '', server: { model: 'm', baseUrl: 'http://127.0.0.1:11434/v1' } },
      },
      true,
    ],
    [
      'the engine answers',
      {
        yaml: 'engine: {profile: skyrl, baseModel: tiny, tokenizer: ./t, answers: true}',
        variables: { TINKER_BASE_URL: 'http://127.0.0.1:9' },
      },
      true,
    ],
  ])(
    'elsewhere closes the window here, as one machine is busy with both: %s',
    async (_, options, isShared) => {
      const rig = await started(options);
      await openHere(rig);
      rig.schedule.seen({ spaceId: there, kind: 'message' });
      expect(barOf(rig)).toBe(isShared ? 'message' : 'open by manual');
    },
  );
});

describe('a schedule', () => {
  test('is that of each space, or one for all, as training is', async () => {
    const { schedule } = await createScheduleRig();
    expect(schedule.scopeOf(here)).toEqual(scope);
    const { schedule: one } = await createScheduleRig({ yaml: 'training: {scope: everywhere}' });
    expect(one.scopeOf(here)).toEqual({ kind: 'everywhere' });
  });

  test.each([
    ['that of the settings', 'schedule: {timeZone: europe/berlin}', 'Asia/Tokyo', 'Europe/Berlin'],
    ['else that of the machine', '', 'Asia/Tokyo', 'Asia/Tokyo'],
    ['else UTC', '', 'Nowhere/Land', 'UTC'],
  ])('goes by a clock: %s', async (_, yaml, machineZone, zone) => {
    const { schedule } = await createScheduleRig({ yaml, machineZone });
    expect((await schedule.tools.report(here)).zone).toBe(zone);
  });

  test('is kept by one instance at a time; the next takes over when it has stopped', async () => {
    const database = memoryDatabase();
    const first = await createScheduleRig({ database });
    first.schedule.worker.start();
    await first.clock.advance(1);
    const second = await started({ database, clock: first.clock, life: 'second' });
    await openHere(second);
    expect(barOf(second)).toBe('follower');
    expect([first.schedule.lease()?.token, second.schedule.lease()]).toEqual([1, undefined]);
    await first.schedule.worker.stop();
    for (let seconds = 0; second.schedule.lease() === undefined && seconds < 60; seconds += 1) {
      await first.clock.advance(1_000);
    }
    // In the same moment.
    expect(second.schedule.lease()?.token).toBe(2);
    expect(barOf(second)).toBe('open by manual');
  });

  test('knows how long a step takes from the runs that there were, and learns of new ones', async () => {
    const rig = await started();
    const { schedule, stores } = rig;
    expect(schedule.stepMs()).toBe(0);
    const id = await beginRun(stores, scope, 1);
    await stores.runs.claim(id, 1, 1_000);
    await stores.runs.reserve(id, { tokens: 1, micros: 0 }, 0, undefined);
    const twentyMinutes = 20 * MINUTE_MS;
    await stores.runs.finishStep(id, {
      ...{ step: 1, state: 'done', metrics: {}, startedAt: 1_000, endedAt: 1_000 + twentyMinutes },
    });
    await openHere(rig);
    await rig.clock.advance(1);
    // A window that opens or closes has made none: nothing is read on the way of an answer.
    expect(schedule.stepMs()).toBe(0);
    schedule.window.working(scope)();
    await rig.clock.advance(1);
    expect(schedule.stepMs()).toBe(twentyMinutes);
    expect((await schedule.tools.report(here)).leastMs).toBe(twentyMinutes);
  });

  test('names who is asked for calendars, where anybody is', async () => {
    expect((await createScheduleRig()).schedule.recipients).toEqual([]);
    const { schedule } = await createScheduleRig({
      yaml: 'calendar: {googleClientId: id}',
      variables: { GOOGLE_CLIENT_SECRET: 'secret' },
    });
    expect(schedule.recipients).toMatchObject([{ what: 'Google Calendar', isLocal: false }]);
  });
});

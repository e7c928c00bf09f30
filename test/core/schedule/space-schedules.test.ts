import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimeZones } from '../../../adapters/time-zones/time-zones.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { type SpaceId, spaceId } from '../../../core/domain/ids.ts';
import type { SpaceSchedule } from '../../../core/domain/schedule.ts';
import type { SleepHours } from '../../../core/domain/sleep-hours.ts';
import { createSpaceSchedules, type ScheduleOwner } from '../../../core/schedule/space-schedules.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { ann, anyManual, anySleep, anyZone, bob } from './schedule-arbitrary.ts';

const here = spaceId('web', 'here');
const there = spaceId('web', 'there');
const zones = createTimeZones();
const noon: SleepHours = { ranges: [{ days: [1], startMinute: 720, endMinute: 780 }] };
const night: SleepHours = { ranges: [{ days: [1], startMinute: 1380, endMinute: 420 }] };

function createSettings() {
  const values = new Map<string, unknown>();
  const settings = {
    values,
    writes: 0,
    failure: undefined as Error | undefined,
    /** What a read waits for before it looks. */
    beforeGet: async (): Promise<void> => {},
    async get(scope: string, key: string): Promise<unknown> {
      if (settings.failure !== undefined) throw settings.failure;
      const value = structuredClone(values.get(`${scope} ${key}`));
      await settings.beforeGet();
      return value;
    },
    async set(scope: string, key: string, value: unknown): Promise<void> {
      if (settings.failure !== undefined) throw settings.failure;
      settings.writes += 1;
      values.set(`${scope} ${key}`, JSON.parse(JSON.stringify(value)));
    },
  };
  return settings;
}

function rigOf(settings = createSettings()) {
  const changes: SpaceId[] = [];
  const logger = createMemoryLogger();
  const schedules = createSpaceSchedules({
    settings,
    zones,
    defaults: { zone: 'Asia/Tokyo', sleep: night },
    onChange: (of) => void changes.push(of),
    logger,
  });
  return { schedules, settings, changes, logger };
}

describe('what a space has said', () => {
  test('is nothing at first: the installation’s hours and clock hold', () => {
    const { schedules } = rigOf();
    expect(schedules.of(here)).toEqual({ people: [] });
    expect(schedules.sleepOf(here)).toBe(night);
    expect(schedules.rulesOf(here).zone).toBe('Asia/Tokyo');
    expect(schedules.rulesOf(here, ann).zone).toBe('Asia/Tokyo');
  });

  test('is on disk when the change resolves, and of that space alone', async () => {
    const { schedules, settings } = rigOf();
    await schedules.setSleep(here, 'space', noon);
    await schedules.setManual(here, { kind: 'closed', until: 5, by: ann });
    const { schedules: after } = rigOf(settings);
    expect(after.of(here)).toEqual({ people: [] });
    await after.load([here, there]);
    expect(after.of(here)).toEqual(schedules.of(here));
    expect(after.sleepOf(here)).toEqual(noon);
    expect(after.of(there)).toEqual({ people: [] });
  });

  test('the clock is that of the person, else of the space, else of the installation', async () => {
    const { schedules } = rigOf();
    await schedules.setZone(here, 'space', 'Europe/Berlin');
    await schedules.setZone(here, ann, 'America/New_York');
    const zoneOf = (person?: typeof ann): string => schedules.rulesOf(here, person).zone;
    expect([zoneOf(), zoneOf(ann), zoneOf(bob)]).toEqual([
      'Europe/Berlin',
      'America/New_York',
      'Europe/Berlin',
    ]);
    await schedules.setZone(here, ann, undefined);
    await schedules.setZone(here, 'space', undefined);
    expect([zoneOf(), zoneOf(ann)]).toEqual(['Asia/Tokyo', 'Asia/Tokyo']);
  });

  test('a zone that nobody knows any more is passed over, and told of once', async () => {
    const { schedules, logger } = rigOf();
    await schedules.setZone(here, 'space', 'Mars/Base');
    expect([schedules.rulesOf(here).zone, schedules.rulesOf(here).zone]).toEqual([
      'Asia/Tokyo',
      'Asia/Tokyo',
    ]);
    expect(logger.of('zone_unknown').map(({ fields }) => fields['zone'])).toEqual(['Mars/Base']);
  });

  test('nothing is not the installation’s: no sleep at all can be said', async () => {
    const { schedules } = rigOf();
    await schedules.setSleep(here, 'space', { ranges: [] });
    expect(schedules.sleepOf(here)).toEqual({ ranges: [] });
  });
});

describe('loading', () => {
  test('reads each space once, and tells of it', async () => {
    const { schedules, settings, changes } = rigOf();
    let reads = 0;
    settings.beforeGet = async () => {
      reads += 1;
    };
    await Promise.all([schedules.load([here]), schedules.load([here, there])]);
    await schedules.load([here]);
    expect(reads).toBe(2);
    expect(changes).toEqual([here, there]);
  });

  test('a late read does not bring back what was changed meanwhile', async () => {
    const { schedules, settings } = rigOf();
    const late = Promise.withResolvers<void>();
    settings.beforeGet = () => late.promise;
    const loading = schedules.load([here]);
    settings.beforeGet = async () => {};
    const changing = schedules.setSleep(here, 'space', noon);
    await new Promise((resolve) => setImmediate(resolve));
    late.resolve();
    await Promise.all([loading, changing]);
    expect(schedules.sleepOf(here)).toEqual(noon);
    await schedules.setZone(here, 'space', 'UTC');
    expect(schedules.of(here)).toEqual({ people: [], sleep: noon, zone: 'UTC' });
  });

  test('rejects as the store does, and may be tried again', async () => {
    const { schedules, settings, changes } = rigOf();
    settings.failure = new AppError('storage_failed', 'gone');
    await expect(schedules.load([here])).rejects.toMatchObject({ code: 'storage_failed' });
    expect(changes).toEqual([]);
    settings.failure = undefined;
    await schedules.load([here]);
    expect(changes).toEqual([here]);
  });
});

describe('a change', () => {
  test('is told of when it is on disk', async () => {
    const settings = createSettings();
    const onDisk: unknown[] = [];
    const schedules = createSpaceSchedules({
      settings,
      zones,
      defaults: { zone: 'UTC', sleep: night },
      onChange: (of) => void onDisk.push(settings.values.get(`${of} schedule`), schedules.of(of)),
      logger: createMemoryLogger(),
    });
    await schedules.setSleep(here, ann, noon);
    const expected = { people: [{ personId: ann, sleep: noon }] };
    expect(onDisk).toEqual([expected, expected]);
  });

  test('that the store refuses changes nothing, and keeps no later one from being made', async () => {
    const { schedules, settings, changes } = rigOf();
    await schedules.setZone(here, 'space', 'UTC');
    settings.failure = new AppError('storage_full', 'full');
    await expect(schedules.setSleep(here, 'space', noon)).rejects.toMatchObject({ code: 'storage_full' });
    expect(schedules.of(here)).toEqual({ zone: 'UTC', people: [] });
    expect(changes).toEqual([here]);
    settings.failure = undefined;
    await schedules.setSleep(here, 'space', noon);
    expect(schedules.of(here)).toEqual({ zone: 'UTC', sleep: noon, people: [] });
  });

  test('loses nothing of another that is made at the same time', async () => {
    const { schedules, settings } = rigOf();
    await Promise.all([
      schedules.setSleep(here, ann, noon),
      schedules.setSleep(here, bob, night),
      schedules.setZone(here, 'space', 'UTC'),
      schedules.setManual(here, { kind: 'open', until: 3, by: bob }),
    ]);
    const { schedules: after } = rigOf(settings);
    await after.load([here]);
    expect(after.of(here)).toEqual({
      zone: 'UTC',
      people: [
        { personId: ann, sleep: noon },
        { personId: bob, sleep: night },
      ],
      manual: { kind: 'open', until: 3, by: bob },
    });
  });
});

type Change =
  | { readonly what: 'sleep'; readonly owner: ScheduleOwner; readonly value: SleepHours | undefined }
  | { readonly what: 'zone'; readonly owner: ScheduleOwner; readonly value: string | undefined }
  | { readonly what: 'manual'; readonly value: SpaceSchedule['manual'] };

const owner = fc.constantFrom<ScheduleOwner>('space', ann, bob);
const orNothing = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ what: fc.constant('sleep' as const), owner, value: orNothing(anySleep) }),
  fc.record({ what: fc.constant('zone' as const), owner, value: orNothing(anyZone) }),
  fc.record({ what: fc.constant('manual' as const), value: orNothing(anyManual) }),
);

/** The last that was said of each thing. */
function lastSaid(changes: readonly Change[]): ReadonlyMap<string, unknown> {
  const said = new Map<string, unknown>();
  for (const change of changes) {
    const key = change.what === 'manual' ? 'manual' : `${change.what} ${change.owner}`;
    if (change.value === undefined) said.delete(key);
    else said.set(key, change.value);
  }
  return said;
}

function asSaid({ zone, sleep, manual, people }: SpaceSchedule): ReadonlyMap<string, unknown> {
  const rows: readonly (readonly [string, unknown])[] = [
    ['zone space', zone],
    ['sleep space', sleep],
    ['manual', manual],
    ...people.flatMap((person) => [
      [`zone ${person.personId}`, person.zone] as const,
      [`sleep ${person.personId}`, person.sleep] as const,
    ]),
  ];
  return new Map(rows.filter(([, value]) => value !== undefined));
}

test('whatever is said and taken back: the last word on each thing holds, and of nobody else is anything kept', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyChange, { maxLength: 20 }), async (changes) => {
      const { schedules, settings } = rigOf();
      await Promise.all(
        changes.map((change) => {
          if (change.what === 'sleep') return schedules.setSleep(here, change.owner, change.value);
          if (change.what === 'zone') return schedules.setZone(here, change.owner, change.value);
          return schedules.setManual(here, change.value);
        }),
      );
      const expected = lastSaid(changes);
      expect(asSaid(schedules.of(here))).toEqual(expected);
      for (const person of schedules.of(here).people) expect(Object.keys(person).length).toBeGreaterThan(1);
      const { schedules: after } = rigOf(settings);
      await after.load([here]);
      expect(after.of(here)).toEqual(schedules.of(here));
    }),
  );
});

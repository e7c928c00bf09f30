import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ActivityProfile, QUARTER_MS } from '../../../core/domain/activity-profile.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { closeQuarter, emptyProfile } from '../../../core/domain/close-quarter.ts';
import { spaceId } from '../../../core/domain/ids.ts';
import {
  DAY_MS,
  HOUR_MS,
  hourOfWeek,
  MINUTE_MS,
  utcRules,
  type ZoneRules,
} from '../../../core/domain/wall-clock.ts';
import { type ActivityMeter, createActivityMeter } from '../../../core/schedule/activity-meter.ts';
import {
  createMemoryActivityStore,
  type MemoryActivityStore,
} from '../../fakes/schedule/memory-activity-store.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

const team = spaceId('web', 'team');
const other = spaceId('web', 'other');
/** A Monday, noon. */
const noon = Date.UTC(2026, 0, 5, 12);
const noonHour = 12;

const zoneAhead = (zone: string, hours: number): ZoneRules => ({
  ...utcRules,
  zone,
  offsetMs: () => hours * HOUR_MS,
});
const allZones = new Map(
  [utcRules, zoneAhead('Test/East', 3), zoneAhead('Test/West', -5), zoneAhead('Test/Half', 5.5)].map(
    (rules) => [rules.zone, rules],
  ),
);

function rulesOf(zone: string): ZoneRules {
  const rules = allZones.get(zone);
  if (rules === undefined) throw new AppError('invalid_input', `There is no zone ${zone}.`);
  return rules;
}

let clock: FakeClock;
let store: MemoryActivityStore;
let logger: MemoryLogger;
/** `undefined`: not known yet. */
let zone: string | undefined;
beforeEach(() => {
  clock = createFakeClock(noon);
  store = createMemoryActivityStore();
  logger = createMemoryLogger();
  zone = 'UTC';
});

function makeMeter(): ActivityMeter {
  return createActivityMeter({
    store,
    zoneOf: () => (zone === undefined ? undefined : rulesOf(zone)),
    zones: { rules: rulesOf },
    clock,
    logger,
  });
}

async function started(): Promise<ActivityMeter> {
  const meter = makeMeter();
  await meter.start();
  return meter;
}

/** As after a crash, or a restart in good order. */
async function restarted(meter: ActivityMeter, how: 'stop' | 'kill', awayMs: number): Promise<ActivityMeter> {
  if (how === 'stop') await meter.stop();
  // The clock of a process that is gone runs nothing; only time passes.
  clock = createFakeClock(clock.now() + awayMs);
  return started();
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
/** Quarters in whole numbers: what is some days old counts nearly one. */
const seenQuarters = (profile: ActivityProfile): number => Math.round(sum(profile.quarters));
const countedEvents = (profile: ActivityProfile): number => Math.round(sum(profile.events));

describe('counting', () => {
  test('is by the quarters of an hour in which events came, quiet ones between', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    meter.seen({ spaceId: team });
    await clock.advance(50 * MINUTE_MS);
    meter.seen({ spaceId: team });
    await clock.advance(10 * MINUTE_MS);
    const profile = meter.profile(team);
    const byHand = [2, 0, 0, 1].reduce<ActivityProfile>(
      (before, events, place) =>
        closeQuarter(before, { quarter: noon / QUARTER_MS + place, hourOfWeek: noonHour, events }),
      emptyProfile('UTC', noon),
    );
    expect(profile).toEqual(byHand);
    expect(meter.profile(other)).toEqual(emptyProfile('UTC', clock.now()));
  });

  test('gives the same profile until a quarter ends', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    const first = meter.profile(team);
    await clock.advance(QUARTER_MS - 1);
    meter.seen({ spaceId: team });
    expect(meter.profile(team)).toBe(first);
    await clock.advance(1);
    expect(meter.profile(team)).not.toBe(first);
    expect(countedEvents(meter.profile(team))).toBe(2);
  });

  test('a quarter that began before the start is not counted', async () => {
    clock = createFakeClock(noon + MINUTE_MS);
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(0);
    expect(meter.profile(team).lastActiveQuarter).toBe(noon / QUARTER_MS);
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(1);
  });

  test('is the same however often it is read', async () => {
    const step = fc.record({ minutes: fc.nat(40), event: fc.boolean(), read: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock = createFakeClock(noon);
        const [meter, unread] = [await started(), await started()];
        for (const { minutes, event, read } of steps) {
          await clock.advance(minutes * MINUTE_MS);
          if (event) for (const one of [meter, unread]) one.seen({ spaceId: team });
          if (read) meter.profile(team);
        }
        const [often, once] = [meter.profile(team), unread.profile(team)];
        for (const name of ['events', 'quarters', 'active', 'atRisk', 'broken'] as const) {
          for (const [hour, number] of once[name].entries()) expect(often[name][hour]).toBeCloseTo(number, 9);
        }
        await Promise.all([meter.stop(), unread.stop()]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('who is there', () => {
  test('the last presence is told to the millisecond; what only steers is none', async () => {
    const meter = await started();
    expect(meter.lastAt(team)).toBeUndefined();
    meter.seen({ spaceId: team, isPresence: false });
    expect(meter.lastAt(team)).toBeUndefined();
    await clock.advance(1_234);
    meter.seen({ spaceId: team });
    await clock.advance(999_999);
    meter.seen({ spaceId: team, isPresence: false });
    expect(meter.lastAt(team)).toBe(noon + 1_234);
    await clock.advance(QUARTER_MS);
    expect(countedEvents(meter.profile(team))).toBe(3);
  });

  test('after a restart it is the end of the last quarter with anything, or now', async () => {
    let meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(2 * MINUTE_MS);
    meter = await restarted(meter, 'kill', 0);
    expect(meter.lastAt(team)).toBe(clock.now());
    await clock.advance(HOUR_MS);
    expect(meter.lastAt(team)).toBe(noon + 2 * MINUTE_MS);
    meter = await restarted(meter, 'stop', HOUR_MS);
    expect(meter.lastAt(team)).toBe(noon + QUARTER_MS);
  });

  test('spaces are those with anything in 28 days', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(DAY_MS);
    meter.seen({ spaceId: other, isPresence: false });
    meter.profile(spaceId('web', 'never'));
    expect(meter.spaces()).toEqual([team, other]);
    await clock.advance(27 * DAY_MS);
    expect(meter.spaces()).toEqual([team, other]);
    await clock.advance(QUARTER_MS);
    expect(meter.spaces()).toEqual([other]);
    expect(meter.known()).toEqual([team, other]);
    expect((await restarted(meter, 'stop', 0)).known()).toEqual([team, other]);
  });

  test('a space without anything for 56 days is forgotten, here and in the store', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(DAY_MS);
    meter.seen({ spaceId: other, isPresence: false });
    await clock.advance(55 * DAY_MS);
    expect(meter.known()).toEqual([team, other]);
    await clock.advance(QUARTER_MS);
    expect(meter.known()).toEqual([other]);
    expect(meter.lastAt(team)).toBeUndefined();
    expect((await store.list()).map((stored) => stored.spaceId)).toEqual([other]);
    meter.seen({ spaceId: team });
    await clock.advance(DAY_MS);
    expect(store.stored(team)).toBeDefined();
    expect(store.stored(other)).toBeUndefined();
    await meter.stop();
    expect((await store.list()).map((stored) => stored.spaceId)).toEqual([team]);
  });

  test('what the store cannot forget just now it forgets later, also at the end', async () => {
    const meter = await started();
    for (const space of [team, other]) meter.seen({ spaceId: space });
    await clock.advance(56 * DAY_MS);
    store.failWith(new AppError('storage_busy', 'Busy.'));
    await clock.advance(QUARTER_MS);
    expect(meter.known()).toEqual([]);
    expect(store.stored(team)).toBeDefined();
    store.failWith(undefined);
    await meter.stop();
    expect(await store.list()).toEqual([]);
  });

  test('nothing is forgotten by a clock that is set ahead, if that is mended within six hours', async () => {
    let meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    clock.jump(365 * DAY_MS);
    await clock.advance(5.9 * HOUR_MS);
    clock.jump(-365 * DAY_MS);
    await clock.advance(DAY_MS);
    expect(meter.known()).toEqual([team]);
    meter = await restarted(meter, 'stop', 365 * DAY_MS);
    await clock.advance(5.9 * HOUR_MS);
    expect(meter.known()).toEqual([team]);
    await clock.advance(QUARTER_MS);
    expect(meter.known()).toEqual([]);
    await meter.stop();
  });

  test.each<[string, readonly (boolean | undefined)[], boolean]>([
    ['nothing that tells', [undefined, undefined], true],
    ['the one direct chat that it is', [true, undefined, true], false],
    ['that chat, after what tells nothing', [undefined, true], false],
    ['a direct chat among others', [false], true],
    ['elsewhere at first', [false, true], true],
    ['elsewhere too', [true, false, undefined, true], true],
  ])('%s: shared or not, also after a restart', async (_, seen, isShared) => {
    let meter = await started();
    for (const isWholeSpace of seen) {
      meter.seen({ spaceId: team, ...(isWholeSpace === undefined ? {} : { isWholeSpace }) });
    }
    expect(meter.isShared(team)).toBe(isShared);
    expect(meter.isShared(other)).toBe(true);
    meter = await restarted(meter, 'stop', 0);
    expect(meter.isShared(team)).toBe(isShared);
    meter.seen({ spaceId: team, isWholeSpace: true });
    expect(meter.isShared(team)).toBe(isShared);
    meter.seen({ spaceId: team, isWholeSpace: false });
    expect(meter.isShared(team)).toBe(true);
  });
});

describe('saving', () => {
  test('is a minute after an event, with those of the quarter under way', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(30_000);
    meter.seen({ spaceId: team });
    await clock.advance(29_999);
    expect(store.saves).toEqual([]);
    await clock.advance(1);
    expect(store.saves).toHaveLength(1);
    expect(store.stored(team)).toMatchObject({ open: { quarter: noon / QUARTER_MS, events: 2 } });
  });

  test('is at the end of a quarter with events, though it was read before, and not of a quiet one', async () => {
    clock = createFakeClock(noon - 1);
    const meter = await started();
    await clock.advance(1);
    meter.seen({ spaceId: team });
    await clock.advance(QUARTER_MS - 1);
    meter.seen({ spaceId: other });
    const before = store.saves.length;
    meter.profile(team);
    await clock.advance(1);
    expect(store.saves.length).toBeGreaterThanOrEqual(before + 2);
    expect(store.stored(team)?.open).toBeUndefined();
    expect(store.stored(team)?.profile.lastActiveQuarter).toBe(noon / QUARTER_MS);
    expect(store.stored(other)?.profile.active[noonHour]).toBe(1);
    await clock.advance(MINUTE_MS);
    const after = store.saves.length;
    await clock.advance(4 * HOUR_MS);
    expect(store.saves).toHaveLength(after);
  });

  test('is once a day where it is quiet, and what was quiet is then counted', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    const before = store.saves.length;
    await clock.advance(3 * DAY_MS);
    expect(store.saves).toHaveLength(before + 3);
    expect(seenQuarters(store.stored(team)!.profile)).toBeGreaterThan(2.8 * 96);
    await meter.stop();
  });

  test('of many quiet spaces is spread over the day', async () => {
    const spaces = Array.from({ length: 200 }, (_, place) => spaceId('web', `space${place}`));
    let meter = await started();
    for (const one of spaces) meter.seen({ spaceId: one });
    await clock.advance(HOUR_MS);
    meter = await restarted(meter, 'stop', 0);
    const savedIn = async (quarters: number): Promise<readonly number[]> => {
      const counts: number[] = [];
      for (let quarter = 0; quarter < quarters; quarter += 1) {
        const before = store.saves.length;
        await clock.advance(QUARTER_MS);
        counts.push(store.saves.length - before);
      }
      return counts;
    };
    expect(Math.max(...(await savedIn(3 * 96)))).toBe(3);
    const lastOf = new Map(store.saves.map((saved) => [saved.spaceId, saved.profile.lastQuarter]));
    const oldest = clock.now() / QUARTER_MS - 2 * 96;
    expect(spaces.filter((one) => (lastOf.get(one) ?? 0) < oldest)).toEqual([]);
    const twoDays = await savedIn(2 * 96);
    expect(sum(twoDays)).toBeGreaterThanOrEqual(spaces.length);
    await meter.stop();
  });

  test('of what is quiet at the end is done some at a time, and nothing is seen meanwhile', async () => {
    const spaces = Array.from({ length: 40 }, (_, place) => spaceId('web', `space${place}`));
    const releases: (() => void)[] = [];
    const { save } = store;
    let isSlow = false;
    let looks = 0;
    const zoneOf = (): ZoneRules => {
      looks += 1;
      return utcRules;
    };
    const slow: typeof store = {
      ...store,
      save: async (one) => {
        if (isSlow) await new Promise<void>((resolve) => releases.push(resolve));
        await save(one);
      },
    };
    const meter = createActivityMeter({ store: slow, zoneOf, zones: { rules: rulesOf }, clock, logger });
    await meter.start();
    for (const one of spaces) meter.seen({ spaceId: one });
    await clock.advance(3 * HOUR_MS);
    isSlow = true;
    looks = 0;
    const stopping = meter.stop();
    await clock.advance(0);
    expect(releases.length).toBeGreaterThan(0);
    expect(looks).toBeLessThanOrEqual(releases.length);
    expect(looks).toBeLessThan(spaces.length);
    for (const one of spaces) meter.seen({ spaceId: one });
    while (releases.length > 0) {
      releases.shift()?.();
      await clock.advance(0);
    }
    await stopping;
    for (const one of spaces) {
      expect(seenQuarters(store.stored(one)!.profile)).toBe(12);
      expect(countedEvents(store.stored(one)!.profile)).toBe(1);
      expect(store.stored(one)?.open).toBeUndefined();
    }
  });

  test('stop saves quiet quarters and the one under way, and ends every timer', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(3 * HOUR_MS + MINUTE_MS);
    meter.seen({ spaceId: other });
    await meter.stop();
    expect(seenQuarters(store.stored(team)!.profile)).toBe(12);
    expect(store.stored(other)).toMatchObject({ open: { events: 1 } });
    expect(clock.waiting()).toBe(0);
    const saves = store.saves.length;
    meter.seen({ spaceId: team });
    meter.rezone(team);
    await meter.stop();
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(12);
    await clock.advance(DAY_MS);
    expect(store.saves).toHaveLength(saves);
    expect(seenQuarters(meter.profile(team))).toBe(12);
    expect(clock.waiting()).toBe(0);
  });

  test('a store that fails is logged and tried again, and no event is lost', async () => {
    const meter = await started();
    store.failWith(new AppError('storage_full', 'The disk is full.'));
    meter.seen({ spaceId: team });
    await clock.advance(10 * MINUTE_MS);
    meter.seen({ spaceId: other });
    expect(store.stored(team)).toBeUndefined();
    expect(logger.of('activity_save_failed')).toHaveLength(10);
    store.failWith(undefined);
    await clock.advance(MINUTE_MS);
    expect(store.stored(team)).toMatchObject({ open: { events: 1 } });
    expect(store.stored(other)).toMatchObject({ open: { events: 1 } });
    store.failWith(new AppError('storage_full', 'The disk is full.'));
    meter.seen({ spaceId: team });
    await meter.stop();
    expect(logger.of('activity_save_failed')).toHaveLength(11);
    expect(clock.waiting()).toBe(0);
  });

  test('one state of a space is saved after the other, the newest last', async () => {
    const releases: (() => void)[] = [];
    const slow: typeof store = {
      ...store,
      save: async (activity) => {
        await new Promise<void>((resolve) => releases.push(resolve));
        await store.save(activity);
      },
    };
    const zones = { rules: rulesOf };
    const meter = createActivityMeter({ store: slow, zoneOf: () => utcRules, zones, clock, logger });
    await meter.start();
    meter.seen({ spaceId: team });
    await clock.advance(MINUTE_MS);
    meter.seen({ spaceId: team });
    await clock.advance(2 * QUARTER_MS);
    expect(releases).toHaveLength(1);
    releases[0]?.();
    await clock.advance(0);
    expect(releases).toHaveLength(2);
    releases[1]?.();
    await clock.advance(0);
    expect(store.stored(team)?.profile.events[noonHour]).toBeCloseTo(2, 2);
  });

  test('one space that cannot be saved keeps no other from it', async () => {
    const meter = await started();
    const spaces = Array.from({ length: 40 }, (_, place) => spaceId('web', `space${place}`));
    const { save } = store;
    const bad = spaces[0];
    const failing = {
      ...store,
      save: async (one: Parameters<typeof save>[0]) => {
        if (one.spaceId === bad) throw new AppError('storage_failed', 'This row cannot be written.');
        return save(one);
      },
    };
    const picky = createActivityMeter({
      store: failing,
      zoneOf: () => utcRules,
      zones: { rules: rulesOf },
      clock,
      logger,
    });
    await picky.start();
    for (const one of spaces) picky.seen({ spaceId: one });
    await clock.advance(2 * MINUTE_MS);
    expect(spaces.filter((one) => store.stored(one) === undefined)).toEqual([bad]);
    await meter.stop();
  });
});

describe('a start', () => {
  test('rejects as the store does, saves nothing over what it could not read, and may be tried again', async () => {
    let meter = await started();
    meter.seen({ spaceId: team });
    meter = await restarted(meter, 'stop', DAY_MS);
    await clock.advance(HOUR_MS);
    const before = meter.profile(team);
    await meter.stop();
    const next = makeMeter();
    store.failWith(new AppError('storage_failed', 'The disk is gone.'));
    await expect(next.start()).rejects.toMatchObject({ code: 'storage_failed' });
    const saves = store.saves.length;
    next.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    store.failWith(undefined);
    await next.start();
    expect(store.saves).toHaveLength(saves);
    expect(seenQuarters(next.profile(team))).toBe(seenQuarters(before));
    expect(next.lastAt(team)).toBe(clock.now() - HOUR_MS);
    await next.stop();
  });

  test('time without the bot is a gap and no quiet time', async () => {
    let meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    meter = await restarted(meter, 'stop', DAY_MS + 7 * MINUTE_MS);
    const profile = meter.profile(team);
    expect(seenQuarters(profile)).toBe(4);
    expect(profile.asOf).toBe(Math.floor(clock.now() / QUARTER_MS) * QUARTER_MS);
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(4);
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(5);
  });

  test('a crash forgets no event that is a minute old', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(MINUTE_MS);
    expect((await restarted(meter, 'kill', HOUR_MS)).spaces()).toEqual([team]);
  });

  test('events that come while it loads are joined to what was stored', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await meter.stop();
    const next = makeMeter();
    const starting = next.start();
    next.seen({ spaceId: team });
    await starting;
    await next.stop();
    expect(store.stored(team)).toMatchObject({ open: { events: 2 } });
  });
});

describe('a clock that is set', () => {
  test('hours forward: a gap; who was there a moment ago still was', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    meter.seen({ spaceId: team });
    await clock.advance(MINUTE_MS);
    clock.jump(5 * HOUR_MS);
    expect(meter.lastAt(team)).toBe(clock.now() - MINUTE_MS);
    const profile = meter.profile(team);
    expect(seenQuarters(profile)).toBe(4);
    expect(profile.lastActiveQuarter).toBe(noon / QUARTER_MS + 4);
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(4);
    await clock.advance(QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(5);
    expect(logger.of('activity_gap')).toHaveLength(1);
  });

  test('an hour back: nothing is counted twice, and it goes on when the hour has passed', async () => {
    const meter = await started();
    for (let quarter = 0; quarter < 8; quarter += 1) {
      meter.seen({ spaceId: team });
      await clock.advance(QUARTER_MS);
    }
    clock.jump(-HOUR_MS);
    for (let quarter = 0; quarter < 4; quarter += 1) {
      meter.seen({ spaceId: team });
      expect(meter.lastAt(team)).toBe(clock.now());
      await clock.advance(QUARTER_MS);
    }
    expect(seenQuarters(meter.profile(team))).toBe(8);
    expect(countedEvents(meter.profile(team))).toBe(8);
    await clock.advance(2 * QUARTER_MS);
    expect(seenQuarters(meter.profile(team))).toBe(9);
  });

  test('some seconds back over the end of a quarter: no event is lost', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(QUARTER_MS);
    expect(countedEvents(meter.profile(team))).toBe(1);
    clock.jump(-20_000);
    meter.seen({ spaceId: team });
    await clock.advance(20_000);
    meter.seen({ spaceId: team });
    clock.jump(-20_000);
    meter.seen({ spaceId: team });
    await clock.advance(QUARTER_MS + 20_000);
    expect(countedEvents(meter.profile(team))).toBe(4);
    expect(seenQuarters(meter.profile(team))).toBe(2);
    expect(logger.of('activity_gap')).toEqual([]);
  });

  test('a year back, and a year forward again: it goes on counting at once', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    for (const jump of [-365 * DAY_MS, 365 * DAY_MS]) {
      clock.jump(jump);
      meter.seen({ spaceId: team });
      await clock.advance(HOUR_MS);
      expect(meter.lastAt(team)).toBe(clock.now() - HOUR_MS);
      expect(meter.spaces()).toEqual([team]);
      const before = sum(meter.profile(team).quarters);
      await clock.advance(HOUR_MS);
      expect(sum(meter.profile(team).quarters)).toBeCloseTo(before + 4, 1);
    }
  });

  test('a year back in a quiet time: what is seen from then on is saved', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    clock.jump(-365 * DAY_MS);
    await clock.advance(HOUR_MS);
    await meter.stop();
    expect(store.stored(team)?.profile.lastQuarter).toBe(clock.now() / QUARTER_MS - 1);
  });

  test('what was stored by a clock years ahead is used, and counted on', async () => {
    clock = createFakeClock(noon + 3_650 * DAY_MS);
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    await meter.stop();
    clock = createFakeClock(noon);
    const next = await started();
    expect(next.lastAt(team)).toBe(noon);
    expect(seenQuarters(next.profile(team))).toBe(4);
    await clock.advance(HOUR_MS);
    expect(seenQuarters(next.profile(team))).toBe(8);
  });

  test('whatever it does, each real quarter counts once at most, and each event once', async () => {
    const step = fc.record({
      minutes: fc.nat(50),
      jump: fc.constantFrom(0, 0, 0, 0, HOUR_MS, -HOUR_MS, 40_000, -40_000, 90 * DAY_MS, -90 * DAY_MS),
      event: fc.boolean(),
      restart: fc.constantFrom('no', 'no', 'no', 'stop', 'kill'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        clock = createFakeClock(noon);
        store = createMemoryActivityStore();
        let meter = await started();
        let [events, minutesLived] = [0, 0];
        for (const { minutes, jump, event, restart } of steps) {
          if (event) meter.seen({ spaceId: team });
          events += event ? 1 : 0;
          await clock.advance(minutes * MINUTE_MS);
          minutesLived += minutes;
          clock.jump(jump);
          if (restart === 'stop' || restart === 'kill') meter = await restarted(meter, restart, jump);
        }
        const profile = meter.profile(team);
        expect(sum(profile.quarters)).toBeLessThanOrEqual(minutesLived / 15 + 1e-9);
        expect(sum(profile.events)).toBeLessThanOrEqual(events + 1e-9);
        for (const [hour, quarters] of profile.quarters.entries()) {
          expect(profile.active[hour]).toBeLessThanOrEqual(quarters + 1e-9);
          expect(profile.broken[hour]).toBeLessThanOrEqual(profile.atRisk[hour]! + 1e-9);
        }
        await meter.stop();
      }),
      { numRuns: 60 },
    );
  });

  test('a machine that slept, whatever its clocks say of it, has a gap', async () => {
    let sleptMs = 0;
    const real = clock;
    clock = { ...real, now: () => real.now() + sleptMs, monotonicMs: () => real.monotonicMs() + sleptMs };
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    sleptMs = 5 * HOUR_MS;
    expect(seenQuarters(meter.profile(team))).toBe(4);
    expect(meter.lastAt(team)).toBe(noon);
    expect(logger.of('activity_gap')).toHaveLength(1);
  });
});

describe('a zone that changes', () => {
  test('moves what is known, at once and stored, and counts on by it', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    zone = 'Test/East';
    meter.rezone(team);
    meter.rezone(other);
    const profile = meter.profile(team);
    expect(profile.zone).toBe('Test/East');
    expect(sum(profile.quarters.slice(noonHour + 3, noonHour + 4))).toBeCloseTo(4, 2);
    expect(seenQuarters(profile)).toBe(4);
    await clock.advance(MINUTE_MS);
    expect(store.stored(team)?.profile.zone).toBe('Test/East');
    expect(store.stored(other)).toBeUndefined();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    expect(meter.profile(team).events[noonHour + 4]).toBeGreaterThan(0.99);
    expect(hourOfWeek(clock.now())).toBe(noonHour + 2);
  });

  test('is not guessed: while it is not known, hours stay as they are stored, and count on by them', async () => {
    zone = 'Test/Half';
    let meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    const before = meter.profile(team);
    await meter.stop();
    zone = undefined;
    meter = await started();
    meter.rezone(team);
    await clock.advance(HOUR_MS);
    const { quarters } = meter.profile(team);
    expect(quarters.slice(noonHour, noonHour + 8).map(Math.round)).toEqual([0, 0, 0, 0, 0, 2, 4, 2]);
    await clock.advance(2 * DAY_MS);
    expect(meter.profile(team).zone).toBe('Test/Half');
    expect(store.stored(team)?.profile.zone).toBe('Test/Half');
    expect(meter.profile(team).events.map(Math.round)).toEqual(before.events.map(Math.round));
    const saves = store.saves.length;
    zone = 'Test/Half';
    meter.rezone(team);
    await clock.advance(MINUTE_MS);
    expect(store.saves).toHaveLength(saves);
    await meter.stop();
  });

  test('of a new space that is not known yet is that of UTC until it is', async () => {
    zone = undefined;
    const meter = await started();
    expect(meter.profile(team).zone).toBe('UTC');
    meter.seen({ spaceId: team });
    zone = 'Test/East';
    meter.rezone(team);
    await clock.advance(MINUTE_MS);
    expect(store.stored(team)?.profile.zone).toBe('Test/East');
    await clock.advance(HOUR_MS);
    expect(meter.profile(team).events[noonHour + 3]).toBeGreaterThan(0.99);
    await meter.stop();
  });

  test('there and back again leaves the hours as they were, half ones too', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    const before = meter.profile(team);
    for (const next of ['Test/Half', 'Test/West', 'Test/Half', 'UTC']) {
      zone = next;
      meter.rezone(team);
    }
    expect(meter.profile(team)).toEqual(before);
  });

  test('that nobody knows any more, of a space whose zone is not known, counts as UTC and keeps its name', async () => {
    const meter = await started();
    meter.seen({ spaceId: team });
    await meter.stop();
    const stored = store.stored(team)!;
    await store.save({ ...stored, profile: { ...stored.profile, zone: 'Test/Gone' } });
    zone = undefined;
    const next = await started();
    await clock.advance(HOUR_MS);
    expect(next.profile(team).zone).toBe('Test/Gone');
    expect(next.profile(team).quarters[noonHour]).toBeGreaterThan(2.9);
    expect(logger.of('activity_zone_unknown')).toEqual([]);
  });

  test('while the bot was away is noticed too; a zone that is gone keeps its hours', async () => {
    let meter = await started();
    meter.seen({ spaceId: team });
    await clock.advance(HOUR_MS);
    await meter.stop();
    zone = 'Test/West';
    meter = await started();
    expect(sum(meter.profile(team).quarters.slice(noonHour - 5, noonHour - 4))).toBeCloseTo(4, 2);
    await meter.stop();
    const stored = store.stored(team)!;
    await store.save({ ...stored, profile: { ...stored.profile, zone: 'Test/Gone' } });
    meter = await started();
    expect(meter.profile(team).zone).toBe('Test/West');
    expect(seenQuarters(meter.profile(team))).toBe(4);
    expect(logger.of('activity_zone_unknown').length).toBeGreaterThan(0);
  });
});

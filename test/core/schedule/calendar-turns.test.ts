import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { PersonId } from '../../../core/domain/ids.ts';
import { personId } from '../../../core/domain/ids.ts';
import { mostAtOnce } from '../../../core/schedule/calendar-servers.ts';
import { mostProbes } from '../../../core/schedule/probe-limit.ts';
import { ada, bob, type CalendarRig, createCalendarRig, hour, minute, other, team } from './calendar-rig.ts';

const someone = (index: number): PersonId => personId('web', `person-${index}`);
const refused = (retryAfterMs?: number) => async (): Promise<never> => {
  throw new AppError('rate_limited', 'Too many.', retryAfterMs === undefined ? {} : { retryAfterMs });
};

/** Feeds are told apart by host, and read one at a time of each. */
function createFeedsRig(): CalendarRig {
  const rig = createCalendarRig();
  rig.ics.facts = (secret) => ({ account: secret, server: new URL(secret).host, atOnce: 1 });
  rig.google.facts = (secret) => ({ account: secret, server: 'google', atOnce: 4 });
  return rig;
}

const feedOf = (rig: CalendarRig, host: string, addedBy: PersonId) =>
  rig.link({ source: 'ics', calendarId: '', addedBy }, `https://${host}/feed.ics`);

async function started(rig: CalendarRig): Promise<void> {
  rig.poller.start();
  await rig.clock.advance(15_000);
}

describe('turns', () => {
  test('of one person one after the other, of several a few at once', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < 3; index += 1) await rig.link({ addedBy: ada });
    for (let index = 0; index < 6; index += 1) await rig.link({ addedBy: someone(index) });
    const gates: (() => void)[] = [];
    rig.google.answer = () => new Promise((resolve) => gates.push(() => resolve({ busy: [] })));
    await started(rig);
    expect(rig.google.requests).toHaveLength(mostAtOnce);
    for (let index = 0; index < 9; index += 1) {
      gates[index]!();
      await rig.clock.advance(0);
    }
    expect(rig.google.requests).toHaveLength(9);
    expect(rig.google.mostAtOnce).toBe(mostAtOnce);
  });

  test('of one host of feeds one at a time, others beside it', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < 3; index += 1) await feedOf(rig, 'same.example', someone(index));
    await feedOf(rig, 'other.example', bob);
    const secrets = new Set<string>();
    rig.ics.answer = ({ secret }) => {
      secrets.add(secret);
      return new Promise(() => {});
    };
    await started(rig);
    expect([...secrets].toSorted()).toEqual([
      'https://other.example/feed.ics',
      'https://same.example/feed.ics',
    ]);
    expect(rig.ics.requests).toHaveLength(2);
  });

  test('of all hosts of feeds a few at once', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < 10; index += 1) await feedOf(rig, `host-${index}.example`, someone(index));
    rig.ics.answer = () => new Promise(() => {});
    await started(rig);
    expect(rig.ics.requests).toHaveLength(mostAtOnce);
    await rig.clock.advance(minute);
    expect(rig.ics.requests).toHaveLength(2 * mostAtOnce);
  });

  test('feeds that answer late hold up nobody else’s', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < 20; index += 1) await feedOf(rig, `slow-${index}.example`, ada);
    for (let index = 0; index < 40; index += 1) await feedOf(rig, 'slow.example', someone(index));
    const { linkId } = await rig.link(
      { source: 'ics', calendarId: '', spaceId: other, addedBy: bob },
      'https://fine.example/x',
    );
    rig.ics.answer = async ({ secret }) => {
      if (!secret.includes('fine')) await rig.clock.sleep(14_000);
      return { busy: [] };
    };
    await started(rig);
    for (let minutes = 0; minutes < 240; minutes += 1) {
      await rig.clock.advance(minute);
      const known = rig.poller.known(other).find((calendar) => calendar.linkId === linkId);
      expect(known!.reading!.readAt).toBeGreaterThan(rig.clock.now() - 20 * minute);
    }
  });
});

describe('a server that is asked too much', () => {
  test('is left alone by all that ask it, for as long as it says', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < 5; index += 1) await rig.link({ addedBy: someone(index) });
    await feedOf(rig, 'fine.example', bob);
    await started(rig);
    expect(rig.google.requests).toHaveLength(5);
    rig.google.answer = refused(30 * minute);
    await rig.clock.advance(10 * minute);
    // Those that were on their way with the first, and none after it.
    const asked = rig.google.requests.length;
    expect(asked).toBeLessThanOrEqual(5 + mostAtOnce);
    rig.google.answer = async () => ({ busy: [] });
    await rig.clock.advance(29 * minute);
    expect(rig.google.requests).toHaveLength(asked);
    expect(rig.ics.requests.length).toBeGreaterThan(3);
    expect(rig.poller.known(team).filter(({ fault }) => fault !== undefined).length).toBeLessThanOrEqual(4);
    await rig.clock.advance(30 * minute);
    expect(rig.poller.known(team).every(({ reading }) => reading!.readAt > rig.clock.now() - hour / 2)).toBe(
      true,
    );
    expect(rig.poller.known(team).filter(({ fault }) => fault !== undefined)).toEqual([]);
  });

  test('other hosts of the same source go on', async () => {
    const rig = createFeedsRig();
    await feedOf(rig, 'strict.example', ada);
    await feedOf(rig, 'fine.example', bob);
    rig.ics.answer = async ({ secret }) => (secret.includes('strict') ? refused(2 * hour)() : { busy: [] });
    await started(rig);
    await rig.clock.advance(hour);
    const asked = (host: string) => rig.ics.requests.filter(({ secret }) => secret.includes(host)).length;
    expect(asked('strict')).toBe(1);
    expect(asked('fine')).toBe(7);
  });

  test('is not asked for new calendars either, which is told; a minute where it does not say', async () => {
    const rig = createFeedsRig();
    const probe = () =>
      rig.poller.probe(
        { spaceId: team, source: 'google', calendarId: 'x', access: 'freebusy', addedBy: bob },
        's',
      );
    rig.google.answer = refused();
    await expect(probe()).rejects.toMatchObject({ code: 'rate_limited', message: 'Too many.' });
    rig.google.answer = async () => ({ busy: [] });
    await expect(probe()).rejects.toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('Try again in a minute'),
      retryAfterMs: minute,
    });
    expect(rig.google.requests).toHaveLength(1);
    await rig.clock.advance(minute);
    await probe();
    expect(rig.google.requests).toHaveLength(2);
  });
});

describe('a look at what is not linked', () => {
  const probeBy = (rig: CalendarRig, addedBy: PersonId) =>
    rig.poller.probe({ spaceId: team, source: 'google', calendarId: 'x', access: 'freebusy', addedBy }, 's');

  test('is limited for each person, and not for good', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < mostProbes; index += 1) await probeBy(rig, ada);
    await expect(probeBy(rig, ada)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 10 * minute,
    });
    await probeBy(rig, bob);
    expect(rig.google.requests).toHaveLength(mostProbes + 1);
    await rig.clock.advance(10 * minute);
    await probeBy(rig, ada);
  });

  test('is one at a time of a person, and waits for nothing else', async () => {
    const rig = createFeedsRig();
    for (let index = 0; index < 6; index += 1) await rig.link({ addedBy: someone(index) });
    await rig.link({ addedBy: ada });
    rig.google.answer = () => new Promise(() => {});
    await started(rig);
    const before = rig.google.requests.length;
    const gates: (() => void)[] = [];
    rig.google.answer = () => new Promise((resolve) => gates.push(() => resolve({ busy: [] })));
    const probes = [probeBy(rig, ada), probeBy(rig, ada), probeBy(rig, bob)];
    await rig.clock.advance(0);
    expect(rig.google.requests).toHaveLength(before + 2);
    for (let index = 0; index < 3; index += 1) {
      gates[index]!();
      await rig.clock.advance(0);
    }
    await Promise.all(probes);
  });
});

import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { LeaseStore } from '../../../core/ports/lease-store.ts';
import { createLeader, type Leader } from '../../../core/schedule/leader.ts';
import { createMemoryLeaseStore, type MemoryLeaseStore } from '../../fakes/schedule/memory-lease-store.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

const ttlMs = 30_000;
const broken = new AppError('storage_failed', 'The disk is gone.');

interface Instance {
  readonly leader: Leader;
  readonly logger: MemoryLogger;
  /** The tokens it told of, `undefined` where it led no more. */
  readonly told: (number | undefined)[];
}

function instance(holder: string, clock: Clock, leases: LeaseStore): Instance {
  const logger = createMemoryLogger();
  const leader = createLeader({ leases, name: 'schedule', holder, clock, logger });
  const told: (number | undefined)[] = [];
  leader.onChange(() => told.push(leader.lease()?.token));
  leader.start();
  return { leader, logger, told };
}

interface Rig {
  readonly clock: FakeClock;
  readonly leases: MemoryLeaseStore;
  join(holder: string): Instance;
}

function rig(): Rig {
  const clock = createFakeClock();
  const leases = createMemoryLeaseStore();
  return { clock, leases, join: (holder) => instance(holder, clock, leases) };
}

describe('a leader', () => {
  test('leads as long as it renews, and tells of it once', async () => {
    const { clock, join } = rig();
    const a = join('a');
    expect(a.leader.lease()).toBeUndefined();
    await clock.advance(0);
    expect(a.leader.lease()).toEqual({ name: 'schedule', token: 1 });
    const b = join('b');
    await clock.advance(20 * ttlMs);
    expect(a.leader.lease()).toEqual({ name: 'schedule', token: 1 });
    expect(b.leader.lease()).toBeUndefined();
    expect([a.told, b.told]).toEqual([[1], []]);
  });

  test('a second start is nothing', async () => {
    const { clock, join } = rig();
    const a = join('a');
    a.leader.start();
    await clock.advance(ttlMs);
    // The next renewal and the end of the lease.
    expect(clock.waiting()).toBe(2);
  });

  test('that stops leads no more at once, and the next one need not wait for the end of its lease', async () => {
    const { clock, join } = rig();
    const a = join('a');
    await clock.advance(0);
    const b = join('b');
    await clock.advance(ttlMs / 3);
    const stopping = a.leader.stop();
    expect(a.leader.lease()).toBeUndefined();
    expect(a.told).toEqual([1, undefined]);
    await Promise.all([stopping, a.leader.stop()]);
    a.leader.start();
    await clock.advance(ttlMs / 3);
    expect(b.leader.lease()?.token).toBe(2);
    await b.leader.stop();
    expect(clock.waiting()).toBe(0);
  });

  test('that stops while the store answers gives back what it gets', async () => {
    const { clock, leases } = rig();
    let answer = (): void => {};
    const slow: LeaseStore = {
      ...leases,
      async take(...params) {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return leases.take(...params);
      },
    };
    const a = instance('a', clock, slow);
    await clock.advance(0);
    const stopping = a.leader.stop();
    answer();
    await stopping;
    expect([a.leader.lease(), a.told]).toEqual([undefined, []]);
    expect(await leases.take('schedule', 'b', clock.now(), ttlMs)).toMatchObject({ token: 2 });
  });

  test('a failing store is no loss until the lease has run out; then it leads no more, and again later', async () => {
    const { clock, leases, join } = rig();
    const a = join('a');
    await clock.advance(0);
    leases.failWith(broken);
    await clock.advance(ttlMs - 1);
    expect(a.leader.lease()?.token).toBe(1);
    await clock.advance(1);
    expect(a.leader.lease()).toBeUndefined();
    expect(a.told).toEqual([1, undefined]);
    expect(a.logger.of('leader_store_failed')).toHaveLength(1);
    leases.failWith(undefined);
    await clock.advance(ttlMs / 3);
    expect(a.told).toEqual([1, undefined, 1]);
  });

  test('what cannot be given back is logged, and stopping is no failure', async () => {
    const { clock, leases, join } = rig();
    const a = join('a');
    await clock.advance(0);
    leases.failWith(broken);
    await a.leader.stop();
    expect(a.logger.of('leader_lease_not_released')).toHaveLength(1);
  });

  test('counts its time from before the renewal was asked for, not from the answer', async () => {
    const { clock, leases } = rig();
    let answer: (() => void) | undefined;
    let isSlow = false;
    const slow: LeaseStore = {
      ...leases,
      async renew(...params) {
        const isHeld = await leases.renew(...params);
        if (isSlow) {
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
        }
        return isHeld;
      },
    };
    const a = instance('a', clock, slow);
    await clock.advance(0);
    isSlow = true;
    // Asked for at a third of the time, answered just before that one has run out.
    await clock.advance(ttlMs - 1);
    isSlow = false;
    answer?.();
    await clock.advance(0);
    expect(a.leader.lease()?.token).toBe(1);
    leases.failWith(broken);
    await clock.advance(ttlMs / 3);
    expect(a.leader.lease()?.token).toBe(1);
    await clock.advance(1);
    expect(a.leader.lease()).toBeUndefined();
  });

  test('a jump of the wall clock lets another take it; the first one learns of it and stands back', async () => {
    const store = createMemoryLeaseStore();
    const [one, two] = [createFakeClock(), createFakeClock()];
    const a = instance('a', one, store);
    await one.advance(0);
    two.jump(3_600_000);
    const b = instance('b', two, store);
    await two.advance(0);
    expect(b.leader.lease()?.token).toBe(2);
    expect(a.leader.lease()?.token).toBe(1);
    await one.advance(ttlMs / 3);
    expect(a.told).toEqual([1, undefined]);
    await one.advance(ttlMs);
    expect(a.leader.lease()).toBeUndefined();
  });

  test('one whose clock is far ahead keeps it while it lives, and no longer than a lease lasts after that', async () => {
    const store = createMemoryLeaseStore();
    const [one, two] = [createFakeClock(), createFakeClock()];
    const a = instance('a', one, store);
    await one.advance(0);
    two.jump(20 * 3_600_000);
    const b = instance('b', two, store);
    for (let third = 0; third < 30; third += 1) {
      await two.advance(ttlMs / 3);
      await one.advance(ttlMs / 3);
    }
    expect([a.told, b.told]).toEqual([[1, undefined], [2]]);
    await one.advance(2 * ttlMs);
    expect(a.leader.lease()?.token).toBe(3);
  });

  test('its own clock may jump either way while nobody else wants it', async () => {
    const { clock, join } = rig();
    const a = join('a');
    await clock.advance(0);
    for (const ms of [86_400_000, -7 * 86_400_000]) {
      clock.jump(ms);
      await clock.advance(2 * ttlMs);
    }
    expect(a.told).toEqual([1]);
  });

  test('tells nobody who has left', async () => {
    const { clock, join } = rig();
    const { leader } = join('a');
    let told = 0;
    const leave = leader.onChange(() => {
      told += 1;
    });
    leave();
    await clock.advance(0);
    expect(told).toBe(0);
  });
});

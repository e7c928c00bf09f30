import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { Lease } from '../../../core/ports/lease-store.ts';
import type { RunStore } from '../../../core/ports/run-store.ts';
import { createLeader, type Leader } from '../../../core/schedule/leader.ts';
import { sampleRun } from '../../contract/run-samples.ts';
import { createMemoryRunStore } from '../../fakes/learning/memory-run-store.ts';
import { createMemoryLeaseStore, type MemoryLeaseStore } from '../../fakes/schedule/memory-lease-store.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

/** A machine that can stand still, all its clocks too, while the others go on. */
interface Machine {
  readonly clock: FakeClock;
  readonly leader: Leader;
  readonly told: number[];
  isPaused: boolean;
  behindMs: number;
  /** What it believed in a moment ago: it may have been paused between that question and its write. */
  believed: Lease | undefined;
}

function createMachine(at: number, leases: MemoryLeaseStore): Machine {
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const leader = createLeader({ leases, name: 'schedule', holder: `machine ${at}`, clock, logger });
  const told: number[] = [];
  leader.onChange(() => {
    const token = leader.lease()?.token;
    if (token !== undefined) told.push(token);
  });
  leader.start();
  return { clock, leader, told, isPaused: false, behindMs: 0, believed: undefined };
}

const who = fc.nat(2);
const event = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wake' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      who,
      ms: fc.integer({ min: -600_000, max: 600_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('store' as const), isBroken: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Writes behind leases, and checks of each that came through that it was the only leader's. */
function createWrites(runs: RunStore) {
  const holders = new Map<number, Machine>();
  const counts = { passed: 0, refused: 0 };
  let greatest = 0;

  async function write(machine: Machine): Promise<void> {
    const lease = machine.believed ?? machine.leader.lease();
    machine.believed = machine.leader.lease();
    if (machine.isPaused || lease === undefined) return;
    const id = `r${counts.passed + counts.refused}`;
    const outcome = runs.fenced(lease).skip(sampleRun(id), 'x');
    const passed = await outcome.then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ details: { reason: 'lease_lost' } });
        return false;
      },
    );
    counts[passed ? 'passed' : 'refused'] += 1;
    if (!passed) return;
    expect(lease.token).toBeGreaterThanOrEqual(greatest);
    expect(holders.get(lease.token) ?? machine).toBe(machine);
    holders.set(lease.token, machine);
    greatest = lease.token;
  }

  return {
    counts,
    async writeAll(machines: readonly Machine[]): Promise<void> {
      for (const machine of machines) await write(machine);
    },
  };
}

async function pass(machines: readonly Machine[], ms: number): Promise<void> {
  for (const machine of machines) {
    if (machine.isPaused) machine.behindMs += ms;
    else await machine.clock.advance(ms);
  }
}

async function happen(one: Event, machines: readonly Machine[], leases: MemoryLeaseStore): Promise<void> {
  if (one.do === 'pass') return pass(machines, one.ms);
  if (one.do === 'store')
    return leases.failWith(one.isBroken ? new AppError('storage_failed', 'Gone.') : undefined);
  const machine = machines[one.who];
  if (machine === undefined) return;
  if (one.do === 'jump') machine.clock.jump(one.ms);
  else if (one.do === 'leave' && !machine.isPaused) await machine.leader.stop();
  else if (one.do === 'pause') machine.isPaused = true;
  else if (one.do === 'wake') machine.isPaused = false;
}

test('of several leaders, whatever pauses, jumps and fails, one at a time gets its writes through, by tokens that only grow', async () => {
  const total = { passed: 0, refused: 0, takenOver: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 3 }),
      fc.array(event, { minLength: 5, maxLength: 40 }),
      async (size, events) => {
        const leases = createMemoryLeaseStore();
        const writes = createWrites(createMemoryRunStore(undefined, leases));
        const machines = Array.from({ length: size }, (_, at) => createMachine(at, leases));
        for (const one of events) {
          await happen(one, machines, leases);
          // Whoever wakes writes by what it believed when it fell asleep, and looks at a clock after that.
          await writes.writeAll(machines);
          for (const machine of machines.filter(({ isPaused }) => !isPaused)) {
            await machine.clock.advance(machine.behindMs);
            machine.behindMs = 0;
          }
        }
        const ofEach = machines.map(({ told }) => told);
        for (const told of ofEach) expect(told).toEqual(told.toSorted((a, b) => a - b));
        total.passed += writes.counts.passed;
        total.refused += writes.counts.refused;
        total.takenOver += Math.max(0, ...ofEach.flat()) > 1 ? 1 : 0;
      },
    ),
    { numRuns: 60 },
  );
  // Or it would hold of nothing.
  expect(total.passed).toBeGreaterThan(100);
  expect(total.refused).toBeGreaterThan(5);
  expect(total.takenOver).toBeGreaterThan(5);
});

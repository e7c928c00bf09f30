import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnId } from '../../core/domain/ids.ts';
import { runId } from '../../core/domain/policy.ts';
import type { Lease, LeaseStore } from '../../core/ports/lease-store.ts';
import type { RunStore } from '../../core/ports/run-store.ts';
import { everywhere, planned, sampleRun } from './run-samples.ts';
import type { RunsUnderTest } from './run-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt } from './store-samples.ts';

export interface FencedRunsUnderTest extends RunsUnderTest {
  readonly leases: LeaseStore;
}

const ttlMs = 30_000;
const [r1, r2] = [runId('r1'), runId('r2')];
const cost = { tokens: 5, micros: 10 };
const lost = { name: 'AppError', code: 'conflict', details: { reason: 'lease_lost', lease: 'schedule' } };

/** Everything that changes something. Each would succeed on a run `r1` that has begun its first step. */
const changes: readonly (readonly [string, (runs: RunStore) => Promise<unknown>])[] = [
  ['begin', (runs) => runs.begin(sampleRun('r2'), [])],
  ['skip', (runs) => runs.skip(sampleRun('r2'), 'too_few_samples')],
  ['claim', (runs) => runs.claim(r1, 2, sampleAt)],
  ['leaveOut', (runs) => runs.leaveOut(r1, [turnId('t1')], 'too_long')],
  [
    'finishStep',
    (runs) =>
      runs.finishStep(r1, { step: 1, metrics: {}, startedAt: sampleAt, endedAt: sampleAt, state: 'done' }),
  ],
  ['setState', (runs) => runs.setState(r1, 'paused', 'window_closed')],
  ['setProgress', (runs) => runs.setProgress(r1, 'further')],
  ['end', (runs) => runs.end(r1, { state: 'failed', at: sampleAt })],
  ['endUnreadable', (runs) => runs.endUnreadable('unreadable', sampleAt)],
  ['reserve', (runs) => runs.reserve(r1, cost, 0, undefined)],
  ['refund', (runs) => runs.refund(r1, cost)],
];

/** What every `RunStore` promises to whoever holds a lease. */
export function runFenceContract(contract: StoreContract<FencedRunsUnderTest>): void {
  describe(`RunStore behind a lease: ${contract.name}`, () => {
    let subject: StoresUnderTest<FencedRunsUnderTest>;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    async function taken(holder: string, at = 0): Promise<Lease> {
      const lease = await subject.stores.leases.take('schedule', holder, sampleAt + at, ttlMs);
      if (lease === undefined) throw new Error(`${holder} did not get the lease`);
      return lease;
    }

    /** A run with two steps, the first of which has begun. */
    async function withRun(runs: RunStore): Promise<void> {
      await subject.stores.table.add('t1');
      await subject.stores.table.add('t2');
      await runs.begin(sampleRun('r1'), [planned('t1', 1), planned('t2', 2)]);
      await runs.claim(r1, 1, sampleAt);
      await runs.reserve(r1, cost, 0, undefined);
    }

    async function everything({ runs, table }: FencedRunsUnderTest): Promise<unknown> {
      return [
        await runs.list(9),
        await runs.samples(r1),
        await runs.steps(r1),
        await runs.spentSince(0),
        await table.of(turnId('t1'), 'weights'),
        await table.of(turnId('t2'), 'weights'),
      ];
    }

    test('whoever holds it does all that the store does, also where it has run out and nobody took it', async () => {
      const fenced = subject.stores.runs.fenced(await taken('a'));
      await withRun(fenced);
      for (const [name, change] of changes.slice(2))
        await expect(change(fenced), name).resolves.not.toThrow();
      expect(await fenced.get(r1)).toEqual(await subject.stores.runs.get(r1));
      expect(await fenced.unfinished()).toBeUndefined();
      expect(await fenced.begin(sampleRun('r2'), [])).toMatchObject({ number: 2 });
      expect(await fenced.skip(sampleRun('r3'), 'x')).toMatchObject({ number: 3 });
      expect(await fenced.list(9, everywhere)).toHaveLength(3);
    });

    test('whoever wakes after another took it changes nothing', async () => {
      const late = subject.stores.runs.fenced(await taken('a'));
      await withRun(late);
      await taken('b', ttlMs);
      const before = await everything(subject.stores);
      for (const [name, change] of changes) await expect(change(late), name).rejects.toMatchObject(lost);
      expect(await everything(subject.stores)).toEqual(before);
      expect(await late.unfinished()).toMatchObject({ runId: r1, state: 'running' });
    });

    test('whoever gave it back changes nothing any more, nor does one who never held it', async () => {
      const lease = await taken('a');
      const { runs, leases } = subject.stores;
      await withRun(runs.fenced(lease));
      await leases.release(lease);
      const before = await everything(subject.stores);
      for (const fenced of [runs.fenced(lease), runs.fenced({ ...lease, name: 'schedule', token: 9 })]) {
        for (const [name, change] of changes) await expect(change(fenced), name).rejects.toMatchObject(lost);
      }
      expect(await everything(subject.stores)).toEqual(before);
    });

    test('a paused leader neither begins a second run nor ends the other’s', async () => {
      const late = subject.stores.runs.fenced(await taken('a'));
      const other = subject.stores.runs.fenced(await taken('b', ttlMs));
      await other.begin(sampleRun('r2'), []);
      await other.end(r2, { state: 'done', at: sampleAt });
      await expect(late.begin(sampleRun('r1'), [])).rejects.toMatchObject(lost);
      await other.begin(sampleRun('r3'), []);
      await expect(late.end(runId('r3'), { state: 'cancelled', at: sampleAt })).rejects.toMatchObject(lost);
      expect(await other.unfinished()).toMatchObject({ runId: 'r3' });
    });

    test('of two leases both must be current', async () => {
      const lease = await taken('a');
      const { runs, leases } = subject.stores;
      const second = await leases.take('engine', 'a', sampleAt, ttlMs);
      if (second === undefined) throw new Error('a second one is to be had');
      const both = runs.fenced(lease).fenced(second);
      await withRun(both);
      await leases.release(lease);
      await expect(both.setState(r1, 'paused')).rejects.toMatchObject(lost);
    });
  });
}

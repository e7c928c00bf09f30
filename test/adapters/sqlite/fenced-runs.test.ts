import { afterEach, beforeEach, expect, test } from 'vitest';
import { runId } from '../../../core/domain/policy.ts';
import type { Lease } from '../../../core/ports/lease-store.ts';
import { planned, sampleRun } from '../../contract/run-samples.ts';
import { sampleTableOf } from '../../contract/sample-table.ts';
import { sampleAt } from '../../contract/store-samples.ts';
import { type Folder, makeFolder, type OpenStores, openAt } from './rig.ts';

const ttlMs = 30_000;
const [r1, r2] = [runId('r1'), runId('r2')];
const lost = { code: 'conflict', details: { reason: 'lease_lost' } };

/** Two openings of one file, as two instances have it. */
let folder: Folder;
let late: OpenStores;
let other: OpenStores;
beforeEach(() => {
  folder = makeFolder();
  late = openAt(folder.file('state.db'));
  other = openAt(folder.file('state.db'));
});
afterEach(() => {
  late.database.close();
  other.database.close();
  folder.remove();
});

async function taken({ stores }: OpenStores, holder: string, at: number): Promise<Lease> {
  const lease = await stores.leases.take('schedule', holder, sampleAt + at, ttlMs);
  if (lease === undefined) throw new Error(`${holder} did not get the lease`);
  return lease;
}

test('a leader that slept while another opening took over begins nothing', async () => {
  const runs = late.stores.runs.fenced(await taken(late, 'a', 0));
  expect(await other.stores.leases.take('schedule', 'b', sampleAt, ttlMs)).toBeUndefined();
  await taken(other, 'b', ttlMs);
  await expect(runs.begin(sampleRun('r1'), [])).rejects.toMatchObject(lost);
  expect(await other.stores.runs.list(9)).toEqual([]);
});

test('its run goes on under the other one, without its calls, steps or end', async () => {
  const table = sampleTableOf(() => late.stores);
  await table.add('t1');
  const before = late.stores.runs.fenced(await taken(late, 'a', 0));
  await before.begin(sampleRun('r1'), [planned('t1')]);
  const after = other.stores.runs.fenced(await taken(other, 'b', ttlMs));
  const cost = { tokens: 1, micros: 1 };
  await expect(before.reserve(r1, cost, 0, undefined)).rejects.toMatchObject(lost);
  await expect(before.claim(r1, 1, sampleAt)).rejects.toMatchObject(lost);
  expect(await after.claim(r1, 1, sampleAt)).toMatchObject([{ turnId: 't1', status: 'claimed' }]);
  const step = { step: 1, metrics: {}, startedAt: sampleAt, endedAt: sampleAt, state: 'done' } as const;
  await expect(before.finishStep(r1, step)).rejects.toMatchObject(lost);
  await expect(before.end(r1, { state: 'done', at: sampleAt })).rejects.toMatchObject(lost);
  await after.finishStep(r1, step);
  expect(await after.end(r1, { state: 'done', at: sampleAt })).toBe(true);
  await expect(before.begin(sampleRun('r2'), [])).rejects.toMatchObject(lost);
  expect(await late.stores.runs.get(r2)).toBeUndefined();
  expect((await late.stores.runs.get(r1))?.spend.calls).toBe(0);
});

test('who has it back after the other gave it up works with the new token only', async () => {
  const first = await taken(late, 'a', 0);
  const second = await taken(other, 'b', ttlMs);
  await other.stores.leases.release(second);
  const third = await taken(late, 'a', ttlMs);
  expect([first.token, second.token, third.token]).toEqual([1, 2, 3]);
  await expect(late.stores.runs.fenced(first).begin(sampleRun('r1'), [])).rejects.toMatchObject(lost);
  expect(await late.stores.runs.fenced(third).begin(sampleRun('r1'), [])).toMatchObject({ number: 1 });
});

import { describe, expect, test } from 'vitest';
import { ledRuns } from '../../config/led-runs.ts';
import { spaceId, turnId } from '../../core/domain/ids.ts';
import { type PolicyScope, runId } from '../../core/domain/policy.ts';
import type { Lease } from '../../core/ports/lease-store.ts';
import type { NewRun, RunStore } from '../../core/ports/run-store.ts';
import { createMemoryRunStore } from '../fakes/learning/memory-run-store.ts';
import { createMemorySettlements } from '../fakes/learning/memory-settlements.ts';
import { createMemoryLeaseStore } from '../fakes/schedule/memory-lease-store.ts';

const scope: PolicyScope = { kind: 'space', spaceId: spaceId('web', 'here') };
const id = runId('run_1');
const run: NewRun = {
  runId: id,
  scope,
  kind: 'weights',
  methods: ['kto'],
  generation: 1,
  plan: {
    steps: 1,
    samples: 0,
    positives: 0,
    negatives: 0,
    people: 0,
    leftOut: {},
    estimate: { calls: 0, tokens: 0, micros: 0 },
    settings: {},
  },
  startedAt: 1,
};
const step = { step: 1, state: 'done', startedAt: 1, endedAt: 2, metrics: {} } as const;

/** Every method that there is: what it changes, or `undefined` where it only reads. */
const changes: { readonly [Method in keyof RunStore]: ((runs: RunStore) => Promise<unknown>) | undefined } = {
  begin: (runs) => runs.begin(run, []),
  skip: (runs) => runs.skip({ ...run, runId: runId('run_2') }, 'too_few_samples'),
  claim: (runs) => runs.claim(id, 1, 2),
  leaveOut: (runs) => runs.leaveOut(id, [turnId('t')], 'changed'),
  finishStep: (runs) => runs.finishStep(id, step),
  setState: (runs) => runs.setState(id, 'paused', 'window_closed'),
  setProgress: (runs) => runs.setProgress(id, '{}'),
  end: (runs) => runs.end(id, { state: 'failed', at: 3 }),
  endUnreadable: (runs) => runs.endUnreadable('unreadable', 3),
  reserve: (runs) => runs.reserve(id, { tokens: 1, micros: 1 }, 0, undefined),
  refund: (runs) => runs.refund(id, { tokens: 1, micros: 1 }),
  fenced: undefined,
  ready: undefined,
  spacesReady: undefined,
  get: undefined,
  byNumber: undefined,
  list: undefined,
  latest: undefined,
  unfinished: undefined,
  allUnfinished: undefined,
  samples: undefined,
  steps: undefined,
  spentSince: undefined,
  trainedOn: undefined,
};
const changing = Object.entries(changes).flatMap(([name, change]) =>
  change === undefined ? [] : [[name, change] as const],
);

async function rigOf() {
  const leases = createMemoryLeaseStore();
  const stored = createMemoryRunStore(createMemorySettlements(), leases);
  const state: { held: Lease | undefined } = { held: undefined };
  const runs = ledRuns(stored, () => state.held);
  const lead = async (holder: string, now: number): Promise<Lease | undefined> =>
    leases.take('schedule', holder, now, 1_000);
  return { stored, runs, state, lead };
}

async function everything(runs: RunStore): Promise<unknown> {
  return [await runs.list(9), await runs.steps(id), await runs.samples(id), await runs.spentSince(0)];
}

const lost = { code: 'conflict', details: { reason: 'lease_lost' } };

describe('runs as the leader may change them', () => {
  test.each(changing)('%s is for the leader alone, and else changes nothing', async (name, change) => {
    const { stored, runs, state, lead } = await rigOf();
    if (name !== 'begin') await stored.begin(run, []);
    if (name === 'finishStep') await stored.claim(id, 1, 2);
    const before = await everything(stored);
    await expect(change(runs)).rejects.toMatchObject(lost);

    // One that woke late believes that it leads still.
    state.held = await lead('old', 0);
    await lead('new', 5_000);
    await expect(change(runs)).rejects.toMatchObject(lost);
    expect(await everything(stored)).toEqual(before);

    state.held = await lead('new', 5_500);
    await change(runs);
  });

  test('what the leader changes is changed, as it is given', async () => {
    const { stored, runs, state, lead } = await rigOf();
    state.held = await lead('me', 0);
    expect(await runs.begin(run, [])).toMatchObject({ number: 1, state: 'running' });
    expect(await runs.setState(id, 'paused', 'window_closed')).toBe(true);
    expect(await runs.reserve(id, { tokens: 3, micros: 7 }, 0, 6)).toBe(false);
    expect(await runs.reserve(id, { tokens: 3, micros: 7 }, 0, 7)).toBe(true);
    await runs.refund(id, { tokens: 1, micros: 2 });
    await runs.claim(id, 1, 2);
    await runs.finishStep(id, step);
    await runs.setProgress(id, 'half');
    expect(await stored.get(id)).toMatchObject({
      state: 'paused',
      reason: 'window_closed',
      progress: 'half',
      spend: { tokens: 2, micros: 5 },
    });
    expect(await stored.steps(id)).toMatchObject([{ state: 'done' }]);
    expect(await runs.end(id, { state: 'failed', reason: 'no_engine', at: 9 })).toBe(true);
    expect(await stored.get(id)).toMatchObject({ state: 'failed', reason: 'no_engine', endedAt: 9 });
    expect(await runs.skip({ ...run, runId: runId('run_2') }, 'few')).toMatchObject({ reason: 'few' });
    expect(await runs.endUnreadable('unreadable', 3)).toBe(false);
  });

  test('the lease is that of each moment: one that is held later will do', async () => {
    const { runs, state, lead } = await rigOf();
    await expect(runs.begin(run, [])).rejects.toMatchObject({ ...lost, retryable: true });
    state.held = await lead('me', 0);
    await runs.begin(run, []);
  });

  test('everybody may read', async () => {
    const { stored, runs } = await rigOf();
    await stored.begin(run, []);
    expect(await runs.unfinished()).toMatchObject({ runId: id });
    expect(await everything(runs)).toEqual(await everything(stored));
    expect(await runs.latest(scope, 'weights', 'begun')).toMatchObject({ runId: id });
    expect([await runs.ready(scope, '', 9), await runs.spacesReady()]).toEqual([[], []]);
    expect(await runs.trainedOn(turnId('t'))).toEqual([]);
    expect(await runs.byNumber(1)).toEqual(await runs.get(id));
  });
});

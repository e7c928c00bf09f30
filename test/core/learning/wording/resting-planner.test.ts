import { expect, test } from 'vitest';
import { spaceId } from '../../../../core/domain/ids.ts';
import { runId } from '../../../../core/domain/policy.ts';
import type { RunPlanner } from '../../../../core/learning/run/run-planner.ts';
import { createRestingPlanner } from '../../../../core/learning/wording/resting-planner.ts';
import type { NewRun } from '../../../../core/ports/run-store.ts';
import { createMemoryRunStore } from '../../../fakes/learning/memory-run-store.ts';

const scope = { kind: 'everywhere' } as const;
const never = new AbortController().signal;
const restMs = 1_000;
const plan = {
  steps: 0,
  samples: 24,
  positives: 8,
  negatives: 16,
  people: 5,
  leftOut: {},
  estimate: { calls: 3, tokens: 2, micros: 1 },
  settings: {},
};
const ready: RunPlanner = {
  kind: 'wording',
  plan: async () => ({ kind: 'ready', methods: ['wording'], samples: [], plan }),
};
const attempt = (name: string, startedAt: number, changes: Partial<NewRun> = {}): NewRun => ({
  runId: runId(name),
  scope,
  kind: 'wording',
  methods: ['wording'],
  generation: 0,
  plan,
  startedAt,
  ...changes,
});

function rigOf(planner: RunPlanner = ready) {
  const runs = createMemoryRunStore();
  let now = 10_000;
  const resting = createRestingPlanner({ planner, runs, clock: { now: () => now }, restMs });
  return {
    runs,
    plan: () => resting.plan(scope, never),
    at: (time: number) => {
      now = time;
    },
  };
}

test('rests from the beginning of one run to that of the next, and says what waits meanwhile', async () => {
  const rig = rigOf();
  expect(await rig.plan()).toMatchObject({ kind: 'ready' });
  await rig.runs.begin(attempt('run_1', 10_000), []);
  await rig.runs.end(runId('run_1'), { state: 'done', at: 10_900 });
  rig.at(10_999);
  expect(await rig.plan()).toEqual({
    kind: 'not_ready',
    reason: 'searched_lately',
    counts: { samples: 24, positives: 8, negatives: 16, people: 5 },
    plan,
  });
  rig.at(11_000);
  expect(await rig.plan()).toMatchObject({ kind: 'ready' });
});

test('an attempt that began nothing does not count, nor does it hide the run before it', async () => {
  const rig = rigOf();
  await rig.runs.skip(attempt('run_1', 10_000), 'too_few_samples');
  expect(await rig.plan()).toMatchObject({ kind: 'ready' });
  await rig.runs.begin(attempt('run_2', 10_000), []);
  await rig.runs.end(runId('run_2'), { state: 'done', at: 10_100 });
  await rig.runs.skip(attempt('run_3', 10_200), 'too_few_samples');
  rig.at(10_500);
  expect(await rig.plan()).toMatchObject({ reason: 'searched_lately' });
});

test('runs of another kind or place do not count', async () => {
  const rig = rigOf();
  const others: readonly Partial<NewRun>[] = [
    { kind: 'weights', methods: ['kto'] },
    { scope: { kind: 'space', spaceId: spaceId('web', 'elsewhere') } },
  ];
  for (const [at, changes] of others.entries()) {
    const name = `run_${at}`;
    await rig.runs.begin(attempt(name, 10_000, changes), []);
    await rig.runs.end(runId(name), { state: 'done', at: 10_000 });
  }
  expect(await rig.plan()).toMatchObject({ kind: 'ready' });
});

test('what is not ready stays so, for its own reason', async () => {
  const counts = { samples: 1, positives: 1, negatives: 0, people: 1 };
  const planned = { kind: 'not_ready', reason: 'too_few_samples', counts, plan } as const;
  const rig = rigOf({ kind: 'wording', plan: async () => planned });
  await rig.runs.begin(attempt('run_1', 10_000), []);
  expect(await rig.plan()).toBe(planned);
});

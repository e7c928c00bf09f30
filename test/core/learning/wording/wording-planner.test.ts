import { describe, expect, test } from 'vitest';
import type { TrainingRun } from '../../../../core/domain/training-run.ts';
import { createWordingPlanner } from '../../../../core/learning/wording/wording-planner.ts';
import { createWorld, drive, kitchenTurns, never, runOf, scope, unitRules } from './wording-world.ts';

const planOf = (count: number, runs: readonly TrainingRun[] = []) => {
  const world = createWorld(kitchenTurns(count), unitRules);
  const planner = createWordingPlanner({ ...world.deps, runs: { list: async () => runs } });
  return { world, planned: planner.plan(scope, never()) };
};

describe('the plan of a search', () => {
  test('counts what there is, leases nothing, and says what it may cost', async () => {
    const planned = await planOf(36).planned;
    expect(planned).toMatchObject({
      kind: 'ready',
      methods: ['wording'],
      samples: [],
      plan: { samples: 36, positives: 12, negatives: 24, people: 5, steps: 0 },
    });
    expect(planned.plan.estimate.calls).toBeLessThanOrEqual(400);
    expect(planned.plan.estimate.micros).toBeGreaterThan(0);
  });

  test('estimates no less than a search comes to', async () => {
    const { world, planned } = planOf(36);
    await drive(world, 1);
    expect((await planned).plan.estimate.calls).toBeGreaterThanOrEqual(world.calls * 0.5);
  });

  test('is not ready with too few turns', async () => {
    expect(await planOf(11).planned).toMatchObject({
      kind: 'not_ready',
      reason: 'too_few_samples',
      counts: { samples: 11, positives: 3, negatives: 8, people: 5 },
    });
    expect((await planOf(0).planned).plan.estimate).toEqual({ calls: 0, tokens: 0, micros: 0 });
  });

  test('waits for as many turns anew after a search that came to its end', async () => {
    const { world } = planOf(36);
    const half = world.turns[30]?.startedAt ?? 0;
    const ended: TrainingRun = { ...runOf(1), state: 'skipped', reason: 'nothing_better', startedAt: half };
    expect((await planOf(36, [ended]).planned).kind).toBe('not_ready');
    const early = { ...ended, startedAt: world.turns[24]?.startedAt ?? 0 };
    expect((await planOf(36, [early]).planned).kind).toBe('ready');
    for (const cut of [
      { ...ended, state: 'cancelled' as const },
      { ...ended, reason: 'changed' },
      { ...ended, methods: [] },
      { ...ended, kind: 'weights' as const },
    ]) {
      expect((await planOf(36, [cut]).planned).kind).toBe('ready');
    }
  });
});

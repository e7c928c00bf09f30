import type { Clock } from '../../ports/clock.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { RunPlanner } from '../run/run-planner.ts';

export interface RestingPlannerDeps {
  readonly planner: RunPlanner;
  readonly runs: Pick<RunStore, 'latest'>;
  readonly clock: Pick<Clock, 'now'>;
  /** From the beginning of one run of this kind to that of the next in the same scope. */
  readonly restMs: number;
}

/** The same plans, but for a while after each run of their kind that began; an attempt that began nothing does not count. */
export function createRestingPlanner({ planner, runs, clock, restMs }: RestingPlannerDeps): RunPlanner {
  return {
    kind: planner.kind,
    async plan(scope, signal) {
      const planned = await planner.plan(scope, signal);
      if (planned.kind === 'not_ready') return planned;
      const last = await runs.latest(scope, planner.kind, 'begun');
      if (last === undefined || clock.now() - last.startedAt >= restMs) return planned;
      const { samples, positives, negatives, people } = planned.plan;
      return {
        kind: 'not_ready',
        reason: 'searched_lately',
        counts: { samples, positives, negatives, people },
        plan: planned.plan,
      };
    },
  };
}

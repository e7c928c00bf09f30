import type { PolicyScope } from '../../domain/policy.ts';
import { tallyPeople } from '../batch-weights.ts';
import { type GatherSamplesDeps, gatherSamples } from './gather-samples.ts';
import type { RunLimits } from './plan-limits.ts';
import { type PlanOptions, planRun } from './plan-run.ts';
import { type ReadVotesDeps, readVotes } from './read-votes.ts';
import type { RunPlanner } from './run-planner.ts';

export interface AnswerPlannerDeps {
  readonly kind: 'weights' | 'provider';
  /** What is read in a scope, and how; `versionOf` is that of the line which serves there. */
  readonly gatherIn: (scope: PolicyScope) => GatherSamplesDeps & ReadVotesDeps;
  readonly limits: RunLimits;
  /** As they stand in a scope now. */
  readonly optionsIn: (scope: PolicyScope) => PlanOptions;
}

/** Plans runs on stored answers. Rejects as `gatherSamples` does. */
export function createAnswerPlanner({ kind, gatherIn, limits, optionsIn }: AnswerPlannerDeps): RunPlanner {
  return {
    kind,
    async plan(scope, signal) {
      const deps = gatherIn(scope);
      const gathered = await gatherSamples(scope, deps, signal);
      const votes = await readVotes(gathered.samples, deps, signal);
      return planRun(gathered, tallyPeople(votes, limits.weights), limits, optionsIn(scope));
    },
  };
}

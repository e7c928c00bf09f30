import { AppError } from '../../domain/app-error.ts';
import type { PolicyScope } from '../../domain/policy.ts';
import { tallyPeopleInPieces } from '../batch-weights.ts';
import { type GatherSamplesDeps, gatherSamples } from './gather-samples.ts';
import type { RunLimits } from './plan-limits.ts';
import { type PlanOptions, planRun } from './plan-run.ts';
import { type ReadVotesDeps, readVotes } from './read-votes.ts';
import type { RunPlanner } from './run-planner.ts';

export interface AnswerPlannerDeps {
  readonly kind: 'weights' | 'provider';
  /** What is read in a scope, and how; `distanceOf` is that from what serves there. */
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
      const yieldNow = async (): Promise<void> => {
        await deps.yieldNow();
        if (signal.aborted) throw new AppError('aborted', 'The planning of a run was stopped.');
      };
      const tally = await tallyPeopleInPieces(votes, limits.weights, yieldNow);
      return planRun(gathered, tally, limits, optionsIn(scope), yieldNow);
    },
  };
}

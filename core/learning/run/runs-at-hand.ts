import { haveCommonSpaces, type PolicyScope } from '../../domain/policy.ts';
import type { RunKind, TrainingRun } from '../../domain/training-run.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { RunWindow } from '../../schedule/training-window.ts';
import type { RunDriver } from './run-driver.ts';
import type { RunReason } from './run-reasons.ts';
import type { TrainingPauses } from './training-pauses.ts';

export interface RunsAtHandDeps {
  readonly runs: Pick<RunStore, 'allUnfinished' | 'endUnreadable' | 'setState'>;
  readonly window: Pick<RunWindow, 'isOpen' | 'hasTimeFor'>;
  readonly pauses: Pick<TrainingPauses, 'isPaused'>;
  readonly drivers: Readonly<Partial<Record<RunKind, Pick<RunDriver, 'worksOutside'>>>>;
  /** How long a step of such a run takes, milliseconds. @default 0 */
  readonly stepMs?: (kind: RunKind) => number;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** The runs that are not finished, and what keeps each from going on. Rejects as the store does. */
export interface RunsAtHand {
  /** By number. One that nobody can read would be at hand for ever: it is ended. */
  all(): Promise<readonly TrainingRun[]>;
  /** The one that keeps a scope from beginning its own. */
  inTheWayOf(scope: PolicyScope): Promise<TrainingRun | undefined>;
  /** Why a run may not go on now. */
  barOf(run: TrainingRun): Promise<RunReason | undefined>;
  /** Whether its window lasts for a step. */
  hasTimeFor(run: TrainingRun): boolean;
  /** Writes down why it does not go on. */
  showHalted(run: TrainingRun, why: RunReason): Promise<void>;
}

export function createRunsAtHand(deps: RunsAtHandDeps): RunsAtHand {
  const { runs, window, pauses } = deps;
  const hasTimeFor = ({ scope, kind }: TrainingRun): boolean =>
    window.hasTimeFor(scope, deps.stepMs?.(kind) ?? 0);

  return {
    async all() {
      const reason: RunReason = 'unreadable';
      if (await runs.endUnreadable(reason, deps.clock.now())) {
        deps.logger.error('training_run_unreadable', {});
      }
      return runs.allUnfinished();
    },
    inTheWayOf: async (scope) =>
      (await runs.allUnfinished()).find((run) => haveCommonSpaces(run.scope, scope)),
    async barOf(run) {
      const { scope, kind } = run;
      if (await pauses.isPaused(scope)) return 'person_paused';
      if (deps.drivers[kind]?.worksOutside === true) return undefined;
      if (!window.isOpen(scope)) return 'window_closed';
      return hasTimeFor(run) ? undefined : 'too_little_time';
    },
    hasTimeFor,
    async showHalted({ runId, state, reason }, why) {
      if (state === 'running' || reason !== why) await runs.setState(runId, 'paused', why);
    },
  };
}

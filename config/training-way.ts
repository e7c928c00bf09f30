import type { PersonId } from '../core/domain/ids.ts';
import type { Turn } from '../core/domain/turn.ts';
import type { DoorAnswer } from '../core/feedback/content-door.ts';
import type { JudgeReport } from '../core/feedback/judge-worker.ts';
import { createAnswerPlanner } from '../core/learning/run/answer-planner.ts';
import type { MayTrain } from '../core/learning/run/gather-samples.ts';
import { defaultRunLimits, type RunLimits } from '../core/learning/run/plan-limits.ts';
import type { PlanOptions } from '../core/learning/run/plan-run.ts';
import type { RunDriver } from '../core/learning/run/run-driver.ts';
import type { RunPlanner } from '../core/learning/run/run-planner.ts';
import type { TrainingTarget } from '../core/learning/run/sample-fit.ts';
import { distancesIn } from '../core/learning/run/staleness.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { TrainerPort } from '../core/ports/trainer.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import type { ModelChoice } from './choose-model.ts';
import type { OpenedEngine } from './compose-engine.ts';
import type { ComposedLearning } from './compose-learning.ts';
import type { ComposedPolicies } from './compose-policies.ts';
import type { ComposedReplays } from './compose-replays.ts';
import type { ComposedSkills } from './compose-skills.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Settings } from './schema.ts';
import type { Storage } from './storage.ts';
import { freshTokens } from './training-methods.ts';

/** One way to learn: how its runs are planned and driven. */
export interface TrainingWay {
  readonly planner: RunPlanner;
  readonly driver: RunDriver;
}

export interface TrainingWayDeps {
  readonly loaded: LoadedSettings;
  readonly stores: Storage['stores'];
  readonly library: SkillLibrary;
  readonly policies: ComposedPolicies;
  readonly replays: ComposedReplays;
  readonly skills: ComposedSkills;
  readonly learning: Pick<ComposedLearning, 'contentPolicy' | 'hasConsent'>;
  readonly mayJudge: (turn: Turn, hintAuthors: readonly PersonId[]) => DoorAnswer;
  readonly mayEvolve: (turn: Turn, hintAuthors: readonly PersonId[]) => DoorAnswer;
  /** Absent without a judge. */
  readonly judge?: () => Promise<JudgeReport>;
  readonly choice: ModelChoice;
  /** Where one answers. */
  readonly engine?: OpenedEngine;
  /** Told how to close what was opened, whatever comes of the rest. */
  readonly onOpened: (close: () => Promise<void>) => void;
  /** Trains in place of a connection of its own, for tests and measurements. */
  readonly trainer?: TrainerPort;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
}

/** The settings' prices are in units of money, everything else counts millionths of one. */
export const microsPerUnit = 1_000_000;

const seedFrom = (ids: Pick<Ids, 'digest' | 'next'>): number =>
  Number.parseInt(ids.digest(ids.next('seed')).slice(0, 7), 16);

/** What plans on stored answers have in common. */
export function answerPlanner(
  kind: 'weights' | 'provider',
  target: TrainingTarget,
  mayTrain: MayTrain,
  batchSize: number,
  options: Pick<PlanOptions, 'methodsOf' | 'priceOf' | 'promptTokens'>,
  { loaded, stores, policies, clock, ids }: TrainingWayDeps,
): RunPlanner {
  const { settings } = loaded;
  const { training } = settings;
  return createAnswerPlanner({
    kind,
    gatherIn: (scope) => ({
      runs: stores.runs,
      turns: stores.turns,
      ledger: stores.ledger,
      target,
      mayTrain,
      distanceOf: distancesIn(policies.desk, scope),
      ids,
      yieldNow: () => clock.sleep(0),
    }),
    limits: limitsOf(settings, batchSize),
    optionsIn: () => ({
      ...options,
      seed: seedFrom(ids),
      groupSize: training.groupSize,
      groupMaxTokens: freshTokens(settings.model),
      settings: {
        learningRate: training.learningRate,
        kl: training.kl,
        beta: training.beta,
        groupSize: training.groupSize,
        baseModel: settings.engine.baseModel,
      },
    }),
  });
}

function limitsOf({ training }: Pick<Settings, 'training'>, batchSize: number): RunLimits {
  return {
    ...defaultRunLimits,
    leastSamples: training.minSamples,
    leastOfSign: training.minEachSign,
    leastPeople: training.minPeople,
    personShare: training.maxPersonPercent / 100,
    mostSamples: training.maxSamples,
    batchSize,
  };
}

import { createAnswerPlanner } from '../../../core/learning/run/answer-planner.ts';
import { methodsFor } from '../../../core/learning/run/choose-methods.ts';
import { costOf } from '../../../core/learning/run/engine-prices.ts';
import { ktoStep } from '../../../core/learning/run/methods/kto-step.ts';
import { defaultRunLimits } from '../../../core/learning/run/plan-limits.ts';
import { prepareSamples } from '../../../core/learning/run/prepare-samples.ts';
import type { RunPlanner } from '../../../core/learning/run/run-planner.ts';
import { distancesIn } from '../../../core/learning/run/staleness.ts';
import { createTrainingRunner, type TrainingRunner } from '../../../core/learning/run/training-runner.ts';
import { createWeightsDriver } from '../../../core/learning/run/weights-driver.ts';
import type { Clock } from '../../../core/ports/clock.ts';
import type { TrainerPort } from '../../../core/ports/trainer.ts';
import { createIdleWindow } from '../../../test/fakes/idle-window.ts';
import { toyTokenizer } from './drawn-answers.ts';
import { type OurRig, scope } from './our-rig.ts';

export interface OurTraining {
  /** Somebody wrote: the window is closed. */
  touch(): void;
  /** Lets the hours go by until nothing is to be done in this window any more. The clock must stand where it is open. */
  night(): Promise<void>;
  planner: RunPlanner;
  stop(): Promise<void>;
}

const seedOfSteps = 5;
const rank = 8;
/** A toy must leave its base model far behind to answer well at all. */
const klStop = 50;
/** The runner looks again within this where there may be more to do; a night has an end in which it always does. */
const soonMs = 5_000;
const mostRounds = 200;
const prices = { train: 0, read: 0, write: 0 } as const;
const allowed = { allowed: true } as const;

const turnOfEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that knows whether somebody is at work between one of its timers and the next. */
function watchedClock(clock: OurRig['clock']): {
  readonly clock: Clock;
  runDue(): void;
  isAtWork(): boolean;
} {
  let rounds = 0;
  let isRunning = false;
  return {
    clock: {
      ...clock,
      after(delayMs, callback) {
        // Set by a round that ends; those set by a window that opens are not.
        if (!isRunning) rounds = Math.max(0, rounds - 1);
        return clock.after(delayMs, () => {
          rounds += 1;
          callback();
        });
      },
    },
    runDue() {
      isRunning = true;
      clock.runDue();
      isRunning = false;
    },
    isAtWork: () => rounds > 0,
  };
}

/** The real runner, planner and driver over this trainer, with KTO on single answers, as shipped. */
export function createOurTraining(
  rig: OurRig,
  trainer: TrainerPort,
  settings: {
    readonly baseModel: string;
    readonly learningRate: number;
    /** What a nat of distance from what serves costs, beside KTO's own hold. */
    readonly kl: number;
    readonly seed: number;
  },
): OurTraining {
  const { clock, ids, stores, log, desk, library } = rig;
  const { runs, turns, ledger } = stores;
  const { baseModel, learningRate, kl, seed } = settings;
  const target = {
    kind: 'tokens',
    policy: { tokenizerHash: toyTokenizer, baseModel },
    maxContextTokens: 64,
  } as const;
  const planner = createAnswerPlanner({
    kind: 'weights',
    gatherIn: (of) => ({
      runs,
      turns,
      ledger,
      target,
      mayTrain: () => allowed,
      distanceOf: distancesIn(desk, of),
      ids,
      yieldNow: () => Promise.resolve(),
    }),
    limits: defaultRunLimits,
    optionsIn: () => ({
      seed,
      groupSize: 1,
      groupMaxTokens: 1,
      priceOf: (use) => costOf(use, prices),
      methodsOf: (samples) =>
        methodsFor(samples, {
          stored: 'kto',
          leastPairs: 16,
          groups: false,
          hindsight: false,
          teacher: false,
        }),
      settings: { learningRate },
    }),
  });
  const driver = createWeightsDriver({
    trainer,
    runs,
    turns,
    policyOf: async (policyId) => desk.policyOf(policyId),
    configured: { baseModel, rank, samplerPath: '' },
    prepare: (samples) =>
      prepareSamples(samples, { turns, ledger, target, mayTrain: () => allowed, logger: log }),
    methodOf: ({ plan }) =>
      ktoStep({
        goodWeight: Number(plan.settings['goodWeight']),
        badWeight: Number(plan.settings['badWeight']),
      }),
    settingsOf: () => ({
      beta: 0.1,
      kl,
      leastEss: 0.3,
      ratioCap: 2,
      advantageCap: 3,
      groupSize: 1,
      groupMaxTokens: 1,
      distillation: 1,
      seed: seedOfSteps,
    }),
    adam: { learningRate },
    klStop,
    prices,
    isStale: library.isStale,
    clock,
    ids: { code: (chars) => ids.digest(ids.next(`bench${seed}`)).slice(0, chars) },
    logger: log,
  });
  const window = createIdleWindow({ clock, idleMs: 30 * 60_000, quietMs: 2 * 60_000 });
  const watched = watchedClock(clock);
  const runner: TrainingRunner = createTrainingRunner({
    runs,
    settings: stores.settings,
    window,
    scopes: async () => [scope],
    planners: [planner],
    drivers: { weights: driver },
    servingIn: (of) => desk.servingIn(of)?.policyId,
    addCandidate: async (run, source) => (await desk.add(source, run)).policyId,
    generation: library.generation,
    capMicros: undefined,
    clock: watched.clock,
    ids,
    logger: log,
  });
  runner.start();
  return {
    planner,
    touch: window.touch,
    async night() {
      for (let rounds = 0; rounds === 0 || clock.waitsWithin(soonMs); rounds += 1) {
        if (rounds > mostRounds) throw new Error('The runner finds no end in one night.');
        clock.moveTo(clock.now() + 1_000);
        watched.runDue();
        while (watched.isAtWork()) await turnOfEventLoop();
      }
      const problem = runner.problem();
      if (problem !== undefined) throw new Error(problem);
    },
    stop: runner.stop,
  };
}

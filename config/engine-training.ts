import { costOf, type EnginePrices } from '../core/learning/run/engine-prices.ts';
import { prepareSamples } from '../core/learning/run/prepare-samples.ts';
import type { TrainingTarget } from '../core/learning/run/sample-fit.ts';
import { createWeightsDriver } from '../core/learning/run/weights-driver.ts';
import type { EngineTurns } from '../core/schedule/engine-turns.ts';
import { trainsEngine } from './check-training.ts';
import { openTrainer } from './compose-engine.ts';
import { trainingDoor, useOfEngine } from './training-door.ts';
import { chosenMethods, stepMethods, stepSettings } from './training-methods.ts';
import { answerPlanner, microsPerUnit, type TrainingWay, type TrainingWayDeps } from './training-way.ts';

export interface EngineTrainingDeps extends TrainingWayDeps {
  /** Keeps training and answering apart, where the engine cannot do both at once. */
  readonly engineTurns?: Pick<EngineTurns, 'train'>;
}

/** Trains the weights of the engine that answers; `undefined` where that is not to be. Rejects as the opening of the engine does. */
export async function engineTraining(deps: EngineTrainingDeps): Promise<TrainingWay | undefined> {
  const { loaded, stores, engine, learning, clock, ids, logger } = deps;
  const { settings, secrets } = loaded;
  const { training, engine: own } = settings;
  const tokenizer = engine?.tokenizer;
  if (!trainsEngine(settings) || tokenizer === undefined) return undefined;
  // A connection of its own, with the patience that training has and answers have not.
  const opened = deps.trainer === undefined ? await openTrainer(settings, secrets, deps) : undefined;
  if (opened !== undefined) deps.onOpened(() => opened.close());
  const trainer = deps.trainer ?? opened;
  if (trainer === undefined) return undefined;
  const prices: EnginePrices = {
    train: training.trainPrice * microsPerUnit,
    read: training.readPrice * microsPerUnit,
    write: training.writePrice * microsPerUnit,
  };
  const mayTrain = trainingDoor(useOfEngine(settings, secrets), learning.contentPolicy, learning.hasConsent);
  const target: TrainingTarget = {
    kind: 'tokens',
    policy: { tokenizerHash: tokenizer.hash, baseModel: own.baseModel },
    maxContextTokens: own.maxContextTokens,
  };
  const { judge: report } = deps;
  const { judge } = deps.skills.helpers;
  return {
    planner: answerPlanner(
      'weights',
      target,
      mayTrain,
      training.batchSize,
      {
        methodsOf: (samples) => chosenMethods(samples, training),
        priceOf: (use) => costOf(use, prices),
      },
      deps,
    ),
    driver: createWeightsDriver({
      trainer,
      runs: stores.runs,
      turns: stores.turns,
      policyOf: (policyId) => stores.policies.get(policyId),
      configured: { baseModel: own.baseModel, rank: own.rank, samplerPath: own.samplerPath },
      ...(training.teacher === '' ? {} : { teacher: { baseModel: training.teacher } }),
      prepare: (samples) => prepareSamples(samples, { ...stores, target, mayTrain, logger }),
      methodOf: stepMethods({
        settings,
        tokenizer,
        ...(report === undefined || judge === undefined ? {} : { judge }),
        judgeWeight: async () => (report === undefined ? 0 : (await report()).views.alone.weight),
        judgeQueue: stores.judgeQueue,
        mayJudge: deps.mayJudge,
        prices,
        clock,
        ids,
      }),
      settingsOf: (run, step) => stepSettings(run, step, settings),
      adam: { learningRate: training.learningRate },
      klStop: training.klStop,
      prices,
      ...(deps.engineTurns === undefined ? {} : { alone: deps.engineTurns.train }),
      isStale: (turn) => deps.library.isStale(turn),
      clock,
      ids,
      logger,
    }),
  };
}

import { answererOf } from '../core/domain/policy.ts';
import { estimateTokens } from '../core/domain/tokens.ts';
import { prepareSamples } from '../core/learning/run/prepare-samples.ts';
import type { TrainingTarget } from '../core/learning/run/sample-fit.ts';
import { createProviderDriver } from '../core/learning/tuning/provider-driver.ts';
import { tuningCost } from '../core/learning/tuning/tuning-cost.ts';
import type { Settings } from './schema.ts';
import { trainingDoor, useOfProvider } from './training-door.ts';
import { answerPlanner, microsPerUnit, type TrainingWay, type TrainingWayDeps } from './training-way.ts';

/** A job that takes longer is given up. */
const longestJobMs = 3 * 86_400_000;

/** Has the provider of the model that answers tune one; `undefined` where that is not to be. */
export async function providerTraining(deps: TrainingWayDeps): Promise<TrainingWay | undefined> {
  const { loaded, stores, policies, choice, replays, learning, clock, ids, logger, fetch } = deps;
  const { settings } = loaded;
  const { training } = settings;
  const { server } = choice;
  const apiKey = server?.apiKey;
  if (!training.weights || training.tuneModel === '' || server === undefined || apiKey === undefined) {
    return undefined;
  }
  const { createOpenAiTuning } = await import('../adapters/openai-tuning/openai-tuning.ts');
  const tuning = createOpenAiTuning({
    model: training.tuneModel,
    ...(server.baseUrl === undefined ? {} : { baseUrl: server.baseUrl }),
    apiKey,
    fetch,
    clock,
    logger,
  });
  const prices = { trainMicrosPerMillionTokens: training.tunePrice * microsPerUnit };
  const target: TrainingTarget = {
    kind: 'text',
    maxContextTokens: settings.engine.maxContextTokens,
    foreignPlatforms: replays.foreignPlatforms,
  };
  const mayTrain = trainingDoor(useOfProvider(choice), learning.contentPolicy, learning.hasConsent);
  return {
    planner: answerPlanner(
      'provider',
      target,
      mayTrain,
      // One job learns from all of them.
      training.maxSamples - (training.maxSamples % 2),
      {
        methodsOf: () => ['dpo', 'sft'],
        priceOf: ({ train = 0 }) => tuningCost(train, training.tuneEpochs, prices),
        promptTokens: promptTokens(settings),
      },
      deps,
    ),
    driver: createProviderDriver({
      tuning,
      runs: stores.runs,
      prepare: (samples) => prepareSamples(samples, { ...stores, target, mayTrain, logger }),
      promptOf: replays.promptOf,
      isStale: (turn) => deps.library.isStale(turn),
      async baseModelOf({ parentId }) {
        const parent = parentId === undefined ? undefined : policies.desk.policyOf(parentId);
        const answerer = parent && answererOf(parent);
        const source = answerer === undefined ? undefined : policies.desk.policyOf(answerer)?.source;
        return source?.kind === 'hosted_model' ? source.model : training.tuneModel;
      },
      epochs: training.tuneEpochs,
      beta: training.beta,
      longestExampleTokens: settings.engine.maxContextTokens,
      prices,
      longestJobMs,
      clock,
      ids,
      logger,
    }),
  };
}

/** What stands before a request at most, by and large: nobody keeps the prompts of servers. */
function promptTokens({ persona, skills, agent }: Settings): number {
  return estimateTokens(persona) + skills.budgetTokens + Math.floor(agent.historyBudgetTokens / 4);
}

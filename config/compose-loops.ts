import type { MarkdownPort } from '../core/ports/markdown.ts';
import type { ModelPort } from '../core/ports/model.ts';
import { apiPlatform } from './api-capabilities.ts';
import type { ComposedEmbeddings } from './compose-embeddings.ts';
import type { EngineModelDeps } from './compose-engine.ts';
import type { ComposedLearning } from './compose-learning.ts';
import { type ComposedPolicies, composePolicies } from './compose-policies.ts';
import { type ComposeReplaysDeps, composeReplays } from './compose-replays.ts';
import { type ComposedSkills, type ComposeSkillsDeps, composeSkills } from './compose-skills.ts';
import { type ComposedTraining, type ComposeTrainingDeps, composeTraining } from './compose-training.ts';

export interface ComposeLoopsDeps
  extends EngineModelDeps,
    Pick<
      ComposeTrainingDeps,
      'loaded' | 'stores' | 'library' | 'choice' | 'engine' | 'trainer' | 'judge' | 'schedule' | 'onOpened'
    >,
    Pick<ComposeSkillsDeps, 'key' | 'onLabelled'>,
    Pick<ComposeReplaysDeps, 'promptFactsOf'> {
  /** The model that the settings name. */
  readonly configured: ModelPort;
  readonly learning: Pick<
    ComposedLearning,
    'isHoldOut' | 'contentPolicy' | 'hasConsent' | 'mayJudge' | 'mayEvolve'
  >;
  /** `undefined` where there are none. */
  readonly embeddings: Pick<ComposedEmbeddings, 'cosine' | 'prepare'> | undefined;
  readonly markdown: MarkdownPort;
}

/** The policies that answer, and what makes skills and policies better. */
export interface ComposedLoops {
  readonly policies: ComposedPolicies;
  /** The fast loop. */
  readonly skills: ComposedSkills;
  /** The slow loop. */
  readonly training: ComposedTraining;
}

/** Both loops over the policies they share. Maintainers are told what becomes of a policy once all is built. Rejects as its parts do. */
export async function composeLoops(deps: ComposeLoopsDeps): Promise<ComposedLoops> {
  const { loaded, stores, library, choice, configured, learning, schedule, embeddings } = deps;
  const { key, markdown, fetch, clock, ids, logger, metrics } = deps;
  const { settings, secrets } = loaded;
  const { isHoldOut, mayJudge, mayEvolve } = learning;
  const engine = deps.engine === undefined ? {} : { engine: deps.engine };
  const apart = deps.engineTurns === undefined ? {} : { engineTurns: deps.engineTurns };
  let told: ComposedTraining['policyChanged'] = () => {};
  const policies = await composePolicies({
    settings,
    secrets,
    store: stores.policies,
    configured,
    choice,
    ...engine,
    ...apart,
    isHoldOut,
    key,
    onChange: (policy, what) => told(policy, what),
    fetch,
    clock,
    ids,
    logger,
    metrics,
  });
  const replays = composeReplays({
    settings,
    stores,
    library,
    policies,
    foreignPlatforms: [apiPlatform],
    promptFactsOf: deps.promptFactsOf,
  });
  const skills = await composeSkills({
    loaded,
    stores,
    library,
    choice,
    model: policies.model,
    answerAgain: replays.answerAgain,
    foreignPlatforms: replays.foreignPlatforms,
    mayEvolve,
    key,
    ...(embeddings === undefined ? {} : { meaning: embeddings }),
    onLabelled: deps.onLabelled,
    markdown,
    whenQuiet: schedule.answering.whenQuiet,
    turnOf: (kind) => (signal) => schedule.turns.take(kind, signal),
    clock,
    ids,
    logger,
    fetch,
  });
  const training = await composeTraining({
    loaded,
    stores,
    library,
    policies,
    replays,
    skills,
    learning,
    mayJudge,
    mayEvolve,
    isHoldOut,
    schedule,
    ...apart,
    ...(deps.judge === undefined ? {} : { judge: deps.judge }),
    choice,
    ...engine,
    ...(deps.trainer === undefined ? {} : { trainer: deps.trainer }),
    onOpened: deps.onOpened,
    clock,
    ids,
    logger,
    fetch,
  });
  told = training.policyChanged;
  return { policies, skills, training };
}

import { type Bot, type BotDeps, createBot } from '../core/intake/bot.ts';
import type { ToolPort } from '../core/ports/tool.ts';
import type { Answering } from '../core/schedule/answering.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import type { ComposedEmbeddings } from './compose-embeddings.ts';
import type { ComposedLearning } from './compose-learning.ts';
import type { ComposedPolicies } from './compose-policies.ts';
import { composeRetrieval } from './compose-retrieval.ts';
import { countedAnswers } from './counted-answers.ts';
import type { Settings } from './schema.ts';
import type { Storage } from './storage.ts';

export interface ComposeIntakeDeps
  extends Pick<
    BotDeps,
    | 'cache'
    | 'markdown'
    | 'clock'
    | 'ids'
    | 'logger'
    | 'metrics'
    | 'sessions'
    | 'admission'
    | 'commands'
    | 'drafts'
    | 'isJudged'
    | 'keepsSampled'
  > {
  readonly settings: Settings;
  readonly stores: Storage['stores'];
  readonly library: Pick<SkillLibrary, 'retrieve' | 'isStale'>;
  /** `undefined` where there are none. */
  readonly embeddings: Pick<ComposedEmbeddings, 'vectorOf'> | undefined;
  readonly policies: Pick<ComposedPolicies, 'desk' | 'model'>;
  /** Told of each answer while it is given. */
  readonly answering: Pick<Answering, 'begin'>;
  readonly learning: Omit<ComposedLearning, 'mayJudge' | 'mayEvolve'>;
}

/** No tools yet: the loop and the port are there for those that come. */
const noTools: ToolPort = {
  list: () => [],
  call: async (name) => ({ text: `There is no tool called ${name}.`, isError: true }),
};

/** The bot that answers people in chats, with the limits of the settings. */
export function composeIntake(deps: ComposeIntakeDeps): Bot {
  const { settings, library, policies } = deps;
  return createBot({
    ...deps.stores,
    cache: deps.cache,
    model: countedAnswers(policies.model, deps.answering),
    policyFor: policies.desk.policyFor,
    tools: noTools,
    maxToolRounds: settings.agent.maxToolRounds,
    maxOutputTokens: settings.model.maxOutputTokens,
    markdown: deps.markdown,
    clock: deps.clock,
    ids: deps.ids,
    logger: deps.logger,
    metrics: deps.metrics,
    sessions: deps.sessions,
    admission: deps.admission,
    skillsFor: composeRetrieval(library, deps.embeddings),
    isStale: (turn) => library.isStale(turn),
    keepsSampled: deps.keepsSampled,
    drafts: deps.drafts,
    persona: settings.persona,
    historyBudgetTokens: settings.agent.historyBudgetTokens,
    historyTurns: settings.agent.historyTurns,
    ...deps.learning,
    isJudged: deps.isJudged,
    maintainers: settings.maintainers,
    maxRunning: settings.intake.maxRunning,
    laneBound: settings.intake.laneBound,
    burstMs: settings.intake.burstMs,
    commands: deps.commands,
  });
}

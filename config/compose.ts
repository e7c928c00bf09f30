import { createMarkdown } from '../adapters/markdown/markdown.ts';
import { watchModel } from '../adapters/resilience/watched-model.ts';
import { createSkillFolderSource } from '../adapters/skill-folder/skill-folder-source.ts';
import { createMetrics } from '../adapters/system/metrics.ts';
import type { TerminalLink } from '../adapters/terminal/link.ts';
import type { TurnFacts } from '../core/agent/run-turn.ts';
import { encodeConversationKey } from '../core/domain/conversation.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import { usesOf } from '../core/feedback/content-door.ts';
import { isEverTrainable } from '../core/feedback/ever-trainable.ts';
import { holdOutKey } from '../core/feedback/hold-out.ts';
import { createSampledRetention } from '../core/feedback/sampled-retention.ts';
import { type AdmissionDesk, createAdmissionDesk } from '../core/intake/admission.ts';
import { type Bot, createBot } from '../core/intake/bot.ts';
import { createCommandRunner } from '../core/intake/command-runner.ts';
import { createSessions } from '../core/intake/sessions.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { ToolPort } from '../core/ports/tool.ts';
import { createEngineTurns, type EngineTurns } from '../core/schedule/engine-turns.ts';
import { createSkillLibrary, type SkillLibrary } from '../core/skills/library.ts';
import { apiPlatform } from './api-capabilities.ts';
import { createApiCommands } from './api-commands.ts';
import { hostedProfiles } from './check-training.ts';
import { chooseModel, type ModelChoice, openModel } from './choose-model.ts';
import { type ComposedApiKeys, composeApiKeys } from './compose-api-keys.ts';
import type { CalendarSources } from './compose-calendars.ts';
import { type ComposedChannel, composeChannels } from './compose-channels.ts';
import { composeEmbeddings, embeddingsWithoutServer } from './compose-embeddings.ts';
import {
  composeEngineAnswers,
  engineRecipients,
  lookAtEngine,
  type OpenedEngine,
  openEngine,
} from './compose-engine.ts';
import { composeJudge, judgeServer, judgeWithoutServer } from './compose-judge.ts';
import { composeLearning } from './compose-learning.ts';
import { composePolicies } from './compose-policies.ts';
import { type ComposedProxy, composeProxy } from './compose-proxy.ts';
import { composeReplays } from './compose-replays.ts';
import { composeSchedule } from './compose-schedule.ts';
import { composeSkills } from './compose-skills.ts';
import { type ComposedTraining, composeTraining } from './compose-training.ts';
import { countedAnswers } from './counted-answers.ts';
import type { LoadedSettings } from './load-settings.ts';
import { modelRecipients, privacyFacts, privacyOn, promptsKept } from './privacy-facts.ts';
import { skillFolders } from './skill-folders.ts';
import type { Storage } from './storage.ts';
import { readVersion } from './version.ts';
import { withActivity } from './with-activity.ts';
import { withProxy } from './with-proxy.ts';
import { withWorkers } from './with-workers.ts';

export interface ComposeDeps {
  readonly loaded: LoadedSettings;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  /** The way to the person at the keyboard. */
  readonly terminal: TerminalLink;
  /** Only the terminal: no other platform is built. */
  readonly terminalAlone: boolean;
  readonly personName: string;
  /** What is wrong now, for `status`. */
  readonly problems: () => readonly string[];
  /** Where browsers reach the listener, without a last slash; `undefined` while there is none. */
  readonly address?: () => string | undefined;
  /** The time zone of this machine. @default UTC */
  readonly machineZone?: string;
  /** In place of the calendars that the settings name, for tests. */
  readonly calendars?: CalendarSources;
  readonly telegramApiRoot?: string;
  readonly slackApiRoot?: string;
  readonly discordApiRoot?: string;
  /** Answers in place of the model that the settings name, for measurements. */
  readonly model?: ModelPort;
  /** In place of the training engine that the settings name; is closed all the same. */
  readonly engine?: OpenedEngine;
}

/** Everything built and wired, nothing started. */
export interface ComposedBot {
  readonly bot: Bot;
  readonly channels: readonly ComposedChannel[];
  readonly library: SkillLibrary;
  readonly admission: AdmissionDesk;
  readonly choice: ModelChoice;
  /** Counted since the start: events by receipt, turns by end, retries of the model. */
  counters(): Readonly<Record<string, number>>;
  readonly apiKeys: ComposedApiKeys;
  /** Absent where it is off, and with the terminal alone. */
  readonly proxy?: ComposedProxy;
  /** Where browsers come back to from linking a calendar. */
  readonly calendarPages: HttpMount;
  /** What answers: `gpt-5-mini at api.openai.com`. */
  readonly modelDescription: string;
  /** Ends what was opened for the bot beside the storage, once it has stopped. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** No tools yet: the loop and the port are there for those that come. */
const noTools: ToolPort = {
  list: () => [],
  call: async (name) => ({ text: `There is no tool called ${name}.`, isError: true }),
};

/** The engine where it is to answer. */
async function engineOf({ loaded, ...deps }: ComposeDeps): Promise<OpenedEngine | undefined> {
  if (!loaded.settings.engine.answers || deps.model !== undefined) return undefined;
  // Somebody waits for each answer: an engine that is gone is said soon.
  const timings = { retryWindowMs: 10_000 };
  return deps.engine ?? openEngine(loaded.settings, loaded.secrets, { ...deps, ...loaded, timings });
}

/** Builds the bot from its settings. Rejects with `AppError`; the storage stays the caller's to close. */
export async function composeBot(deps: ComposeDeps): Promise<ComposedBot> {
  const engine = await engineOf(deps);
  const closers: Closer[] = [() => deps.storage.exchangeWrites.close()];
  if (engine !== undefined) closers.push(() => engine.trainer.close());
  try {
    return await composeWith(engine, deps, closers);
  } catch (error) {
    for (const close of closers) await close().catch(() => undefined);
    throw error;
  }
}

type Closer = () => Promise<void>;

/** Training and answering, where the engine cannot do both at once. */
function keptApart(engine: OpenedEngine | undefined): { readonly engineTurns?: EngineTurns } {
  return engine?.trainer.facts.serveWhileTraining === false ? { engineTurns: createEngineTurns() } : {};
}

/** `closers`: of what is open so far; more are added. */
async function composeWith(
  engine: OpenedEngine | undefined,
  deps: ComposeDeps,
  closers: Closer[],
): Promise<ComposedBot> {
  const { loaded, storage, clock, ids, logger } = deps;
  const { settings } = loaded;
  const { stores, exchangeWrites, cache } = storage;
  const metrics = createMetrics();
  const markdown = createMarkdown();
  const startedAt = clock.now();

  const key = await holdOutKey(stores.settings, ids);
  const labelled = new Map<SpaceId | '', number>();
  const library = createSkillLibrary({
    source: createSkillFolderSource({
      folders: skillFolders(loaded),
      budgetTokens: settings.skills.budgetTokens,
    }),
    store: stores.library,
    samples: stores.samples,
    ids,
    clock,
    logger,
    limits: { topK: settings.skills.topK, budgetTokens: settings.skills.budgetTokens },
    retrieval: settings.skills.retrieval,
    invalidation: settings.skills.invalidation,
    experiments: {
      key,
      enabled: settings.skills.experiments,
      labelledTurnsLastMonth: (scope) => labelled.get(scope.kind === 'global' ? '' : scope.spaceId) ?? 0,
    },
    yieldNow: () => clock.sleep(0),
  });
  const modelDeps = { fetch: deps.fetch, clock, ids, logger, metrics };
  const [choice] = await Promise.all([chooseModel(settings, loaded.secrets, modelDeps), library.reload()]);
  const apart = keptApart(engine);
  const engineDeps = { ...modelDeps, ...apart };
  const answers = engine && (await composeEngineAnswers(engine, settings, loaded.secrets, engineDeps));
  const model = watchModel(deps.model ?? answers ?? (await openModel(choice, settings, modelDeps)));
  if (engine !== undefined) void lookAtEngine(engine.trainer, settings, { clock, logger }, model.suspect);

  const sessions = createSessions({
    sessions: stores.sessions,
    soon: exchangeWrites.sessions,
    turns: stores.turns,
    clock,
    ids,
    gapMs: settings.session.gapMinutes * MINUTE_MS,
  });
  const admission = createAdmissionDesk({
    settings: stores.settings,
    cache,
    ids,
    clock,
    listed: [...settings.channels.slack.allow, ...settings.channels.telegram.allow],
  });
  let proxy: ComposedProxy | undefined;
  const apiKeys = await composeApiKeys({
    ...deps,
    store: stores.apiKeys,
    flushed: async () => proxy?.flushed(),
  });
  const { hasConsent } = apiKeys.access;
  const { mayJudge, mayEvolve, ...learning } = composeLearning(settings, key, ids, hasConsent);
  const judge = await composeJudge(settings.judge, judgeServer(settings.judge, loaded.secrets, choice), {
    queue: stores.judgeQueue,
    turns: stores.turns,
    ledger: stores.ledger,
    clock,
    ids,
    logger,
    fetch: deps.fetch,
    quietTimes: learning.quietTimes,
    mayUse: mayJudge,
  });
  const schedule = await composeSchedule({
    loaded,
    stores,
    cache,
    choice,
    isEngineRoomy: isRoomy(settings, engine),
    address: deps.address ?? (() => undefined),
    machineZone: deps.machineZone ?? 'UTC',
    clock,
    ids,
    logger,
    fetch: deps.fetch,
    ...(deps.calendars === undefined ? {} : { calendars: deps.calendars }),
  });
  const embeddings = await composeEmbeddings({
    loaded,
    choice,
    library,
    vectors: stores.vectors,
    turn: (signal) => schedule.turns.take('embedding', signal),
    clock,
    logger,
    fetch: deps.fetch,
  });
  let told: ComposedTraining['policyChanged'] = () => {};
  const policies = await composePolicies({
    ...engineDeps,
    settings,
    secrets: loaded.secrets,
    store: stores.policies,
    configured: model,
    choice,
    ...(engine === undefined ? {} : { engine }),
    isHoldOut: learning.isHoldOut,
    key,
    onChange: (policy, what) => told(policy, what),
  });
  const replays = composeReplays({
    settings,
    stores,
    library,
    policies,
    foreignPlatforms: [apiPlatform],
    promptFactsOf: (platform) =>
      channels.find(({ channel }) => channel.platform === platform)?.channel.capabilities.promptFacts ?? '',
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
    onLabelled(turns) {
      for (const [space, count] of turns) labelled.set(space, count);
    },
    markdown,
    whenQuiet: schedule.answering.whenQuiet,
    turnOf: (kind) => (signal) => schedule.turns.take(kind, signal),
    clock,
    ids,
    logger,
    fetch: deps.fetch,
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
    isHoldOut: learning.isHoldOut,
    schedule,
    ...apart,
    ...(judge === undefined ? {} : { judge: judge.worker.report }),
    choice,
    ...(engine === undefined ? {} : { engine }),
    ...(deps.engine === undefined ? {} : { trainer: deps.engine.trainer }),
    onOpened: (close) => void closers.unshift(close),
    clock,
    ids,
    logger,
    fetch: deps.fetch,
  });
  told = training.policyChanged;
  const learningProblems = [...withoutServer(settings, { judge, embeddings }), ...skills.problems];
  const retention = await createSampledRetention({
    turns: stores.turns,
    keepMs: settings.engine.keepDays * DAY_MS,
    clock,
    logger,
  });
  const privacy = privacyFacts(loaded, {
    recipients: [
      ...modelRecipients(choice),
      ...engineRecipients(settings, loaded.secrets),
      ...(judge === undefined ? [] : [judge.recipient]),
      ...skills.recipients,
      ...training.recipients,
      ...schedule.recipients,
      ...(embeddings === undefined ? [] : [embeddings.recipient]),
    ],
    judges: judge !== undefined,
    evolves: skills.recipients.length > 0,
    others: training.uses,
  });
  const isJudged = settings.judge.model !== '';
  const keepsSampled = (turn: TurnFacts): boolean => isEverTrainable(turn, learning.contentPolicy);
  const bot = createBot({
    ...stores,
    cache,
    model: countedAnswers(policies.model, schedule.answering),
    policyFor: policies.desk.policyFor,
    tools: noTools,
    maxToolRounds: settings.agent.maxToolRounds,
    maxOutputTokens: settings.model.maxOutputTokens,
    markdown,
    clock,
    ids,
    logger,
    metrics,
    sessions,
    admission,
    async skillsFor(words, conversation, { personId, sessionId }) {
      const audience = {
        platform: conversation.platform,
        spaceId: conversation.spaceId,
        conversationKey: encodeConversationKey(conversation),
        personId,
        isShared: conversation.audience === 'group',
      };
      const queryVector = await embeddings?.vectorOf(words);
      return library.retrieve(words, audience, {
        sessionId,
        ...(queryVector === undefined ? {} : { queryVector }),
      });
    },
    isStale: (turn) => library.isStale(turn),
    keepsSampled,
    drafts: skills.drafts,
    persona: settings.persona,
    historyBudgetTokens: settings.agent.historyBudgetTokens,
    historyTurns: settings.agent.historyTurns,
    ...learning,
    // Where its server is away for now, turns wait for it.
    isJudged,
    maintainers: settings.maintainers,
    maxRunning: settings.intake.maxRunning,
    laneBound: settings.intake.laneBound,
    burstMs: settings.intake.burstMs,
    commands: (controls) =>
      createCommandRunner({
        controls,
        library,
        skillTools: skills.tools,
        training: training.tools,
        schedule: schedule.tools,
        turns: stores.turns,
        ledger: stores.ledger,
        quietTimes: learning.quietTimes,
        sessions,
        admission,
        clock,
        logger,
        maintainers: settings.maintainers,
        facts: { version: readVersion(), model: model.description, startedAt },
        privacy: (platform) =>
          privacyOn(platform, proxy, learning.contentPolicy, {
            ...privacy,
            // Those of an engine that answered once are there until they have aged.
            ...promptsKept(settings.engine.answers || retention.wereAny(), settings.engine.keepDays),
            uses: channels.map(({ channel: { platform } }) => ({
              platform,
              uses: usesOf(platform, learning.contentPolicy),
            })),
          }),
        problems: () => {
          const ofModel = model.problem();
          const ofProxy = proxy?.problems() ?? [];
          return [
            ...deps.problems(),
            ...(ofModel === undefined ? [] : [ofModel]),
            ...learningProblems,
            ...ofProxy,
          ];
        },
        ...(judge === undefined ? {} : { judge: judge.worker.report }),
        learning: async (spaceId) => ({
          ...(await skills.report()),
          training: await training.report(spaceId),
          schedule: await schedule.status(spaceId),
          ...(proxy === undefined ? {} : { proxy: proxy.report() }),
          ...(embeddings === undefined ? {} : { embeddings: embeddings.report() }),
        }),
      }),
  });
  proxy = settings.proxy.enabled && !deps.terminalAlone ? openProxy() : undefined;

  function openProxy(): ComposedProxy {
    const { turns } = stores;
    return composeProxy({
      ...modelDeps,
      loaded,
      choice,
      address: deps.address ?? (() => undefined),
      access: apiKeys.access,
      commands: (flushed) =>
        createApiCommands({ ...apiKeys, runner: bot.commands, turns, flushed, clock, ids, logger }),
      exchanges: {
        ...learning,
        turns: { ...turns, record: exchangeWrites.turns.record },
        ledger: stores.ledger,
        keys: exchangeWrites.keys,
        sessions,
        isJudged,
        keepsSampled,
        generation: library.generation,
      },
      skills: { library, ...(embeddings === undefined ? {} : { vectorOf: embeddings.vectorOf }) },
      ownModels: { desk: policies.desk, model: policies.model },
      activity: schedule,
    });
  }

  const channels = await composeChannels(deps.terminal, deps.terminalAlone, {
    loaded,
    clock,
    ids,
    logger,
    markdown,
    transcripts: stores.transcripts,
    settingsStore: stores.settings,
    cache,
    personName: deps.personName,
    modelDescription: model.description,
    schedule: schedule.desk,
    banner: choice.kind === 'demo' ? demoBanner : undefined,
    metrics,
    fetch: deps.fetch,
    ...(deps.telegramApiRoot === undefined ? {} : { telegramApiRoot: deps.telegramApiRoot }),
    ...(deps.slackApiRoot === undefined ? {} : { slackApiRoot: deps.slackApiRoot }),
    ...(deps.discordApiRoot === undefined ? {} : { discordApiRoot: deps.discordApiRoot }),
  });
  return {
    // The schedule is there for the others until they have stopped.
    bot: withWorkers(withWorkers(withActivity(withProxy(bot, proxy), schedule.seen), [schedule.worker]), [
      retention,
      ...(judge === undefined ? [] : [judge.worker]),
      ...(embeddings === undefined ? [] : [embeddings.worker]),
      ...skills.workers,
      ...training.workers,
    ]),
    channels,
    counters: metrics.snapshot,
    library,
    admission,
    choice,
    apiKeys,
    ...(proxy === undefined ? {} : { proxy }),
    calendarPages: schedule.mount,
    modelDescription: model.description,
    async close() {
      for (const close of closers) await close();
    },
  };
}

/** Helpers that are set and that no server is there for. */
function withoutServer(
  { judge, embeddings }: Pick<LoadedSettings['settings'], 'judge' | 'embeddings'>,
  there: { readonly judge: object | undefined; readonly embeddings: object | undefined },
): readonly string[] {
  return [
    ...(judge.model !== '' && there.judge === undefined ? [judgeWithoutServer] : []),
    ...(embeddings.model !== '' && there.embeddings === undefined ? [embeddingsWithoutServer] : []),
  ];
}

/** Others' engines have room for training and answers at once, where they can do both. */
function isRoomy(
  { engine: { profile } }: LoadedSettings['settings'],
  engine: OpenedEngine | undefined,
): boolean {
  return hostedProfiles.includes(profile) && engine?.trainer.facts.serveWhileTraining === true;
}

const demoBanner =
  'A built-in stand-in is answering, not a language model. For real answers put OPENAI_API_KEY and OPENAI_MODEL into .env, or run Ollama on this machine, and start again.';
